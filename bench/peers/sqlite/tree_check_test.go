package sqlite

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestShrink shrinks statements that "fail" as long as they say LEFT JOIN: a
// failing one is left with nothing it does not need.
func TestShrink(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	shrunk := 0
	for range 500 {
		q := statement(rnd)
		fails := func() bool { return strings.Contains(q.String(), "LEFT JOIN") }
		if !fails() {
			continue
		}
		shrunk++
		shrink(q, fails)
		if s := q.String(); !fails() || strings.Contains(s, "WHERE") || strings.Contains(s, "ORDER BY") || strings.Count(s, "JOIN") != 1 {
			t.Errorf("left: %s", s)
		}
	}
	if shrunk < 50 {
		t.Errorf("%d statements to shrink, want 50 at least", shrunk)
	}
}

// TestSameRows: the comparison sees what it must, and no more.
func TestSameRows(t *testing.T) {
	n := func(f float64) cell { return cell{kind: double, number: f} }
	w := func(s string) cell { return cell{kind: word, word: s} }
	f := func(want, ordered bool, a, b [][]cell) {
		t.Helper()
		if sameRows(a, b, ordered) != want {
			t.Errorf("sameRows(%s, %s, %v) is not %v", printRows(a), printRows(b), ordered, want)
		}
	}
	one, two := []cell{n(1), w("a")}, []cell{n(2), w("a")}
	f(true, false, [][]cell{one, two}, [][]cell{two, one})
	f(false, true, [][]cell{one, two}, [][]cell{two, one})
	f(false, false, [][]cell{one, one, two}, [][]cell{two, two, one})
	f(false, false, [][]cell{one}, [][]cell{one, one})
	f(false, false, [][]cell{{n(0)}}, [][]cell{{}})
	f(false, false, [][]cell{{n(0)}}, [][]cell{{{}}})
	f(false, false, [][]cell{{w("")}}, [][]cell{{{}}})
	f(false, false, [][]cell{{w("1")}}, [][]cell{{n(1)}})
	f(true, false, [][]cell{{n(0.1 + 0.2)}}, [][]cell{{n(0.3)}})
	f(false, false, [][]cell{{n(0.3)}}, [][]cell{{n(0.3001)}})
}
