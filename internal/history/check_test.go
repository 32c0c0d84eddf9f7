package history

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestCheck decides small histories that a person can.
func TestCheck(t *testing.T) {
	op := func(call, ret int, kind Kind, arg int64, hit bool) Op {
		return Op{Key: 1, Kind: kind, Arg: arg, Call: time.Duration(call), Return: time.Duration(ret), Answered: ret > 0, Hit: hit}
	}
	swap := func(o Op, old int64) Op { o.Old = old; return o }
	f := func(what string, want bool, ops ...Op) {
		t.Helper()
		if err := Check(ops); (err == nil) != want {
			t.Errorf("%s: %v, want it to be linearizable: %v", what, err, want)
		}
	}
	f("nothing", true)
	f("read of nothing", true, op(1, 2, Read, 0, false))
	f("read of what nobody wrote", false, op(1, 2, Read, 7, true))
	f("write, then read", true, op(1, 2, Put, 7, true), op(3, 4, Read, 7, true))
	f("a write that is lost", false, op(1, 2, Put, 7, true), op(3, 4, Read, 0, false))
	f("a read beside a write", true, op(1, 5, Put, 7, true), op(2, 3, Read, 0, false))
	f("reads go back", false, op(1, 9, Put, 7, true), op(2, 3, Read, 7, true), op(4, 5, Read, 0, false))
	f("no answer, and it happened late", true, op(1, 0, Put, 7, false), op(3, 4, Read, 0, false), op(5, 6, Read, 7, true))
	f("no answer, and it happened twice", false, op(1, 0, Put, 7, false), op(3, 4, Read, 7, true), op(5, 6, Put, 8, true), op(7, 8, Read, 7, true))
	f("no answer, and an addition happened twice", false, op(1, 2, Put, 1, true), op(3, 0, Add, 10, false), op(5, 6, Read, 21, true))
	f("two that both were first", false, op(1, 4, Fresh, 1, true), op(2, 3, Fresh, 2, true))
	f("one of two was first", true, op(1, 4, Fresh, 1, false), op(2, 3, Fresh, 2, true), op(5, 6, Read, 2, true))
	f("two swaps of one value", false, op(1, 2, Put, 1, true), swap(op(3, 6, Swap, 2, true), 1), swap(op(4, 5, Swap, 3, true), 1))
	f("dropped and there", false, op(1, 2, Put, 1, true), op(3, 4, Drop, 0, true), op(5, 6, Read, 1, true))
	f("dropped twice", false, op(1, 2, Put, 1, true), op(3, 6, Drop, 0, true), op(4, 5, Drop, 0, true))
	f("an addition that missed", false, op(1, 2, Put, 1, true), op(3, 4, Add, 1, false))
	other := op(5, 6, Read, 0, false)
	other.Key = 2
	f("another key", true, op(1, 2, Put, 1, true), other)
}

// TestRandom makes histories from a real order of operations, which must be
// found linearizable, and spoils one answer of each, which must show.
func TestRandom(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	shows, rounds := 0, 0
	for range 150 {
		ops := randomHistory(rng, 60)
		rng.Shuffle(len(ops), func(i, j int) { ops[i], ops[j] = ops[j], ops[i] })
		if err := Check(ops); err != nil {
			t.Fatal(err)
		}
		reads := slices.IndexFunc(ops, func(o Op) bool { return o.Kind == Read && o.Answered && o.Hit })
		if reads < 0 {
			continue
		}
		rounds++
		ops[reads].Arg += 1 << 40
		err := Check(ops)
		if err == nil {
			continue
		}
		shows++
		if !strings.Contains(err.Error(), "no order explains") || !strings.Contains(err.Error(), ops[reads].String()) {
			t.Fatalf("the error does not show %v:\n%v", ops[reads], err)
		}
	}
	if shows < rounds || rounds < 100 {
		t.Errorf("%d of %d spoilt histories showed", shows, rounds)
	}
}

// randomHistory lets operations of several clients happen at a moment between
// their calls and answers; some have no answer, and some of those never happen.
func randomHistory(rng *rand.Rand, n int) (ops []Op) {
	var now row
	at := time.Duration(0)
	for i := range n {
		at += time.Duration(1 + rng.IntN(10))
		o := Op{Key: 1, Client: i, Kind: Kind(rng.IntN(6)), Arg: int64(rng.IntN(5)), Old: int64(rng.IntN(5))}
		o.Call, o.Return = at-time.Duration(rng.IntN(20)), at+time.Duration(rng.IntN(20))
		o.Answered = rng.IntN(20) > 0
		if !o.Answered && rng.IntN(2) == 0 {
			o.Hit = false
			ops = append(ops, o)
			continue
		}
		was := now
		o.Hit = was.there
		switch o.Kind {
		case Fresh:
			o.Hit = !was.there
		case Swap:
			o.Hit = was.there && was.value == o.Old
		case Read:
			o.Arg = was.value
		}
		now, _ = o.step(was)
		if !o.Answered {
			o.Hit = false
		}
		ops = append(ops, o)
	}
	return ops
}
