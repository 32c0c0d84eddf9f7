package sql

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/quindex/quindex/fault"
)

// TestScripts runs testdata. Commands:
//
//	parse   canonical text and tree of a statement
//	print   canonical text of statements, one a line
//	expr    canonical text and tree of expressions, one a line
//	error   message, place, code and hint of statements, one a line
//
// Everything that parses must obey the laws of the package.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.Contains(path, "fuzz") {
			return
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "parse":
				return scriptParse(t, d.Input)
			case "print":
				return eachLine(d.Input, func(line string) string { return scriptPrint(t, line) })
			case "expr":
				return eachLine(d.Input, func(line string) string { return scriptExpr(t, line) })
			case "error":
				if d.HasArg("whole") {
					return scriptError(d.Input)
				}
				return eachLine(d.Input, scriptError)
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

func eachLine(input string, f func(string) string) string {
	var out []string
	for line := range strings.SplitSeq(input, "\n") {
		out = append(out, f(line))
	}
	return strings.Join(out, "\n") + "\n"
}

func scriptParse(t *testing.T, input string) string {
	n, err := Parse(input)
	if err != nil {
		return errorText(err)
	}
	mustHold(t, checkLaw(input, n, parseNode))
	return n.String() + "\n" + dump(n) + "\n"
}

func scriptPrint(t *testing.T, input string) string {
	n, err := Parse(input)
	if err != nil {
		return errorText(err)
	}
	mustHold(t, checkLaw(input, n, parseNode))
	return n.String()
}

func scriptExpr(t *testing.T, input string) string {
	n, err := parseExpr(input)
	if err != nil {
		return errorText(err)
	}
	mustHold(t, checkLaw(input, n, parseExprNode))
	return fmt.Sprintf("%s\n    %s", n, dump(n))
}

func scriptError(input string) string {
	n, err := Parse(input)
	if err == nil {
		return fmt.Sprintf("no error: %s", n)
	}
	return errorText(err)
}

func errorText(err error) string {
	var e *fault.Error
	if !errors.As(err, &e) {
		return fmt.Sprintf("not a fault: %v", err)
	}
	s := fmt.Sprintf("%d:%d %s %v", e.Pos.Line, e.Pos.Column, fault.CodeOf(err), e.Err)
	if e.Hint != "" {
		s += fmt.Sprintf("\n    hint: %s", e.Hint)
	}
	return s
}
