package sql

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/quindex/quindex/fault"
)

// dump writes every field of a tree that is not zero, but no positions: two
// trees are the same if and only if their dumps are.
func dump(v any) string {
	var b strings.Builder
	dumpValue(&b, reflect.ValueOf(v))
	return b.String()
}

func dumpValue(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		dumpValue(b, v.Elem())
	case reflect.Slice:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(' ')
			}
			dumpValue(b, v.Index(i))
		}
		b.WriteByte(']')
	case reflect.Struct:
		dumpStruct(b, v)
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	default:
		fmt.Fprint(b, v.Interface())
	}
}

func dumpStruct(b *strings.Builder, v reflect.Value) {
	switch n := v.Interface().(type) {
	case Ident:
		fmt.Fprintf(b, "%s", n.Name)
		return
	case Name:
		b.WriteString(strings.Join(n.Parts, "."))
		return
	case Literal:
		switch n.Kind {
		case Int, Number:
			fmt.Fprintf(b, "%s", n.Text)
			if fmt.Sprint(n.Int) != n.Text {
				fmt.Fprintf(b, "(%d)", n.Int)
			}
			return
		case String:
			fmt.Fprintf(b, "'%s'", n.Text)
			return
		}
	}
	b.WriteString(v.Type().Name() + "{")
	sep := ""
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Type == reflect.TypeFor[At]() || f.Type == reflect.TypeFor[Extent]() {
			continue
		}
		if v.Field(i).IsZero() && f.Name != "Op" || v.Field(i).Kind() == reflect.Slice && v.Field(i).Len() == 0 {
			continue
		}
		b.WriteString(sep)
		if sep = " "; f.Name != "Op" {
			b.WriteString(f.Name + ":")
		}
		dumpValue(b, v.Field(i))
	}
	b.WriteByte('}')
}

// checkLaw checks law 1 and 2 of the package on what text was parsed to.
func checkLaw(text string, n Node, again func(string) (Node, error)) error {
	printed := n.String()
	m, err := again(printed)
	if fault.CodeOf(err) == tooComplex || fault.Is(err, fault.TooLarge) {
		return nil // its parentheses and spaces may carry a statement over a limit
	}
	if err != nil {
		return fmt.Errorf("%q prints as %q, which cannot be parsed: %v", text, printed, err)
	}
	if a, b := dump(n), dump(m); a != b {
		return fmt.Errorf("%q prints as %q, whose tree is another:\n%s\n%s", text, printed, a, b)
	}
	if p := m.String(); p != printed {
		return fmt.Errorf("%q prints as %q, and that as %q", text, printed, p)
	}
	if !equal(n, m) {
		return fmt.Errorf("%q is not equal to its print", text)
	}
	return checkPositions(text, n)
}

// checkPositions checks that nodes are where their text is.
func checkPositions(text string, n Node) (err error) {
	Walk(n, func(n Node) bool {
		if n.Pos() < 0 || n.Pos() >= max(len(text), 1) {
			err = fmt.Errorf("%T %s at %d, but the text has %d bytes: %q", n, n, n.Pos(), len(text), text)
		}
		if s, ok := n.(Stmt); ok && err == nil {
			if start, end := s.Span(); start >= end || end > len(text) {
				err = fmt.Errorf("%T %s spans [%d, %d) of %d bytes: %q", n, n, start, end, len(text), text)
			}
		}
		if c, ok := n.(*Name); ok && err == nil {
			if got := text[c.Pos()]; got != '"' && lower(got) != c.Parts[0][0] {
				err = fmt.Errorf("name %s at %d, where %q stands: %q", c, c.Pos(), got, text)
			}
		}
		return err == nil
	})
	return err
}

func parseNode(s string) (Node, error) {
	n, err := Parse(s)
	return n, err
}

func parseExprNode(s string) (Node, error) {
	n, err := parseExpr(s)
	return n, err
}

func mustHold(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
