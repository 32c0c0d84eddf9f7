package sqlite

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/quindex/quindex/record"
)

// cell is one value of an answer: a number (booleans are 0 and 1, as in
// SQLite), a word, or NULL, which is the zero cell.
type cell struct {
	kind   kind // clause: NULL; double: a number; word
	number float64
	word   string
}

func cellOfSQLite(t *testing.T, v any) cell {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return cell{}
	case bool:
		return numberOf(v)
	case int64:
		return cell{kind: double, number: float64(v)}
	case float64:
		return cell{kind: double, number: v}
	case string:
		return cell{kind: word, word: v}
	}
	t.Fatalf("sqlite gave a %T", v)
	return cell{}
}

func numberOf(b bool) cell {
	if b {
		return cell{kind: double, number: 1}
	}
	return cell{kind: double}
}

func cellOfQuindex(t *testing.T, v record.Value) cell {
	t.Helper()
	switch {
	case v.Type.Kind == record.Null:
		return cell{}
	case v.Type.Kind == record.Bool:
		return numberOf(v.I != 0)
	case v.Type.IsString():
		return cell{kind: word, word: v.S}
	case v.Type.Kind == record.Int64 || v.Type.Kind == record.Float64 || v.Type.Kind == record.Decimal:
		f, err := strconv.ParseFloat(v.Text(), 64)
		if err != nil {
			t.Fatal(err)
		}
		return cell{kind: double, number: f}
	}
	t.Fatalf("quindex gave a %s", v.Type)
	return cell{}
}

func (c cell) String() string {
	switch c.kind {
	case double:
		return fmt.Sprintf("%.9g", c.number+0) // not -0
	case word:
		return "'" + c.word + "'"
	}
	return "NULL"
}

// same allows for numbers that were computed in another order.
func (c cell) same(d cell) bool {
	if c.kind != double || d.kind != double {
		return c == d
	}
	return math.Abs(c.number-d.number) <= 1e-9*max(1, math.Abs(c.number))
}

// sameRows compares two answers, in order or as bags. It may sort both.
func sameRows(a, b [][]cell, ordered bool) bool {
	if !ordered {
		sortRows(a)
		sortRows(b)
	}
	return slices.EqualFunc(a, b, func(x, y []cell) bool { return slices.EqualFunc(x, y, cell.same) })
}

func sortRows(rows [][]cell) {
	slices.SortFunc(rows, func(a, b []cell) int { return strings.Compare(line(a), line(b)) })
}

func line(row []cell) string {
	var b strings.Builder
	for _, c := range row {
		b.WriteString(" " + c.String())
	}
	return b.String()
}

// printRows prints an answer, the first rows of a long one.
func printRows(rows [][]cell) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %d rows\n", len(rows))
	for _, r := range rows[:min(len(rows), 20)] {
		b.WriteString(" " + line(r) + "\n")
	}
	return b.String()
}
