package sql

import (
	"fmt"
	"testing"

	"github.com/quindex/quindex/fault"
)

// levels is the table "Operator Precedence" of PostgreSQL's manual (4.1.6),
// tightest first, for operators between two operands.
var levels = []struct {
	operators []string
	chain     bool // may follow itself
}{
	{[]string{"AT TIME ZONE"}, true},
	{[]string{"^"}, true},
	{[]string{"*", "/", "%"}, true},
	{[]string{"+", "-"}, true},
	{[]string{"||", "->", "->>", "~", "~*", "!~", "!~*", "<->", "@>", "<@", "&&"}, true},
	{[]string{"LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE", "BETWEEN 1 AND", "NOT BETWEEN SYMMETRIC 1 AND"}, false},
	{[]string{"=", "<>", "<", "<=", ">", ">="}, false},
	{[]string{"IS DISTINCT FROM", "IS NOT DISTINCT FROM"}, false},
	{[]string{"AND"}, true},
	{[]string{"OR"}, true},
}

func TestPrecedence(t *testing.T) {
	pairs := 0
	for i, first := range levels {
		for j, second := range levels {
			for _, a := range first.operators {
				for _, b := range second.operators {
					checkPair(t, a, b, i < j || i == j && first.chain, i == j && !first.chain)
					pairs++
				}
			}
		}
	}
	t.Logf("%d pairs of operators", pairs)
}

// checkPair checks x a y b z against the same with parentheses.
func checkPair(t *testing.T, a, b string, left, refused bool) {
	t.Helper()
	bare := fmt.Sprintf("x %s y %s z", a, b)
	got, err := parseExpr(bare)
	if refused {
		if !fault.Is(err, fault.Syntax) {
			t.Errorf("%s: %v, %v; wanted a syntax error", bare, got, err)
		}
		return
	}
	grouped := fmt.Sprintf("x %s (y %s z)", a, b)
	if left {
		grouped = fmt.Sprintf("(x %s y) %s z", a, b)
	}
	want, err2 := parseExpr(grouped)
	if err != nil || err2 != nil {
		t.Errorf("%s: %v; %s: %v", bare, err, grouped, err2)
		return
	}
	if dump(got) != dump(want) {
		t.Errorf("%s is %s, wanted %s", bare, dump(got), dump(want))
	}
	mustHold(t, checkLaw(bare, got, parseExprNode))
	other := fmt.Sprintf("x %s (y %s z)", a, b)
	if !left {
		other = fmt.Sprintf("(x %s y) %s z", a, b)
	}
	if e, err := parseExpr(other); err != nil || dump(e) == dump(got) {
		t.Errorf("%s: %v, %v; the parentheses change nothing", other, e, err)
	} else {
		mustHold(t, checkLaw(other, e, parseExprNode))
	}
}

// TestPrefix checks the operators before and after an operand.
func TestPrefix(t *testing.T) {
	f := func(bare, grouped string) {
		t.Helper()
		a, err := parseExpr(bare)
		b, err2 := parseExpr(grouped)
		if err != nil || err2 != nil || dump(a) != dump(b) {
			t.Errorf("%s is %v (%v), wanted %v (%v)", bare, a, err, b, err2)
		}
	}
	for _, op := range []string{"^", "*", "+", "||", "LIKE", "=", "AND", "OR", "AT TIME ZONE", "IS DISTINCT FROM"} {
		f("- x "+op+" y", "(- x) "+op+" y")
		f("x "+op+" - y", "x "+op+" (- y)")
		f("x "+op+" y::t", "x "+op+" (y::t)")
		f("x "+op+" y[1]", "x "+op+" (y[1])")
	}
	for _, op := range []string{"^", "*", "+", "||", "LIKE", "="} {
		f("NOT x "+op+" y", "NOT (x "+op+" y)")
		f("x "+op+" y IS NULL", "(x "+op+" y) IS NULL")
		f("x IS NULL "+op+" y", "(x IS NULL) "+op+" y")
		f("x "+op+" NOT y AND z", "(x "+op+" (NOT y)) AND z")
	}
	for _, op := range []string{"AND", "OR"} {
		f("NOT x "+op+" y", "(NOT x) "+op+" y")
		f("x "+op+" NOT y", "x "+op+" (NOT y)")
		f("x "+op+" y IS NULL", "x "+op+" (y IS NULL)")
		f("x "+op+" y IN (1)", "x "+op+" (y IN (1))")
	}
	f("x BETWEEN y = z AND w", "x BETWEEN (y = z) AND w")
	f("x BETWEEN y AND z AND w", "(x BETWEEN y AND z) AND w")
	f("- x::t", "- (x::t)")
	f("- x[1]", "- (x[1])")
	f("x::t::u", "(x::t)::u")
	f("x IN (1) = y", "(x IN (1)) = y")
	f("x = y IN (1)", "x = (y IN (1))")
	f("x + y IN (1)", "(x + y) IN (1)")
	f("x = ANY (y) AND z", "(x = ANY (y)) AND z")
	f("x + y = ANY (z)", "(x + y) = ANY (z)")
	f("x IN (1) LIKE y", "(x IN (1)) LIKE y")
}
