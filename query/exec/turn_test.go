package exec

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// turnsAtOnce makes n turns that every task needs from its first moment.
func turnsAtOnce(n int) *Turns {
	t := NewTurns(n)
	t.turnless = 0
	return t
}

// awaitOne returns when a statement waits for its turn.
func awaitOne(turns *Turns) {
	for turns.Waiting() == 0 {
		runtime.Gosched()
	}
}

// allFree fails unless n turns can be had and nobody waits.
func allFree(t *testing.T, turns *Turns, n int64) {
	t.Helper()
	if w, h := turns.Waiting(), turns.Held(); w != 0 || h != 0 {
		t.Errorf("%d statements wait for a turn and %d have one, want none", w, h)
	}
	if !turns.free.TryAcquire(n) {
		t.Fatalf("not all of %d turns were given back", n)
	}
	turns.free.Release(n)
}

func TestTurn(t *testing.T) {
	turns := turnsAtOnce(1)
	first, second := turns.Statement(), turns.Statement()
	take := func(s *Turn) error { return s.take(t.Context()) }
	first.begin()
	second.begin()
	if err := take(first); err != nil {
		t.Fatalf("the first statement: %v", err)
	}
	if err := take(first); err != nil {
		t.Fatalf("the first statement, which has its turn: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error)
	go func() { got <- second.take(ctx) }()
	awaitOne(turns)
	for !second.Waiting() {
		runtime.Gosched()
	}
	if first.Waiting() {
		t.Error("the statement that has its turn is said to wait for one")
	}
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Fatalf("the second statement, cancelled while the first computes: %v", err)
	}
	first.leave()
	if err := take(second); err != nil {
		t.Fatalf("the second statement, after the first: %v", err)
	}
	if err := take(first); err != nil {
		t.Fatalf("nobody waits for the first's rows, so its workers run ahead: %v", err)
	}
	second.leave()
	second.leave()
	allFree(t, turns, 1)

	turns.turnless = turnless
	first.begin()
	second.begin()
	if take(first) != nil || take(second) != nil {
		t.Error("statements that have just begun wait for turns")
	}
	first.leave()
	second.leave()
	allFree(t, turns, 1)
	var none *Turn
	none.begin()
	if err := none.take(t.Context()); err != nil {
		t.Error(err)
	}
	none.leave()
}

// A turn that comes after its stretch has ended, of a worker that ran ahead,
// goes to the next.
func TestTurnTooLate(t *testing.T) {
	turns := turnsAtOnce(1)
	first, second := turns.Statement(), turns.Statement()
	first.begin()
	second.begin()
	if err := first.take(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := make(chan error)
	go func() { got <- second.take(t.Context()) }()
	awaitOne(turns)
	second.leave()
	first.leave()
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	allFree(t, turns, 1)
}

// Statements that compute at once on few turns give what they give alone,
// whether they are read to the end, given up or cancelled, and in the end all
// turns are free.
func TestTurnsShared(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, r, 2, 30_000, 300, 40) // enough for workers that run ahead
	two := scanOf()
	two.Columns, two.Out = two.Columns[:2], two.Out[:2]
	part, final := halves(aggregate(scanOf(), groupings()["dict"], manyAggs()[:3]))
	sorted := &plan.Sort{Input: two, Keys: []plan.SortKey{{Expr: col(cID)}}, Limit: 2000}
	plans := []plan.Node{
		final(&plan.Gather{Fragment: part, Table: table(), Shards: w.shards()}),
		&plan.Gather{Fragment: two, Table: table(), Shards: w.shards()},
		&plan.Sort{Input: &plan.Gather{Fragment: sorted, Table: table(), Shards: w.shards()}, Keys: sorted.Keys, Limit: 2000},
	}
	run := func(ctx context.Context, n plan.Node, turn *Turn) (Stream, error) {
		env := Env{Workers: 2, Turn: turn}
		return Run(ctx, &plan.Plan{Root: n}, nil, w.source(1, env), env)
	}
	var want [][]string
	for _, n := range plans {
		s, err := run(t.Context(), n, nil)
		want = append(want, sortedText(readAll(t, s, err)))
	}
	for _, n := range []int{1, 2} {
		turns := turnsAtOnce(n)
		var wg sync.WaitGroup
		for i := range 16 {
			which, fate := r.IntN(len(plans)), r.IntN(4)
			wg.Go(func() {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				s, err := run(ctx, plans[which], turns.Statement())
				if err != nil {
					t.Error(err)
					return
				}
				switch fate {
				case 0: // given up after a chunk
					if _, err := s.Next(ctx); err != nil && err != io.EOF {
						t.Error(err)
					}
					s.Close()
				case 1: // cancelled
					go cancel()
					for err == nil {
						_, err = s.Next(ctx)
					}
					if err != io.EOF && !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					s.Close()
				default:
					got, err := rowsOf(s)
					if err != nil {
						t.Error(err)
					} else if !slices.Equal(sortedText(got), want[which]) {
						t.Errorf("statement %d of plan %d gives others than alone with %d turns", i, which, n)
					}
				}
			})
		}
		wg.Wait()
		allFree(t, turns, int64(n))
	}
}

func sortedText(rows [][]record.Value) []string {
	lines := text(rows)
	slices.Sort(lines)
	return lines
}
