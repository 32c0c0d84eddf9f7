package history

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// Check returns nil if ops, in any order, are linearizable, where no row is
// there at first. The error shows the operations that cannot be put in order.
func Check(ops []Op) error {
	byKey := map[int64][]Op{}
	for _, o := range ops {
		byKey[o.Key] = append(byKey[o.Key], o)
	}
	keys := make([]int64, 0, len(byKey))
	for k := range byKey {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		switch ok, decided := ordered(byKey[k]); {
		case !decided:
			return fmt.Errorf("history: the %d operations on key %d are too many at once to be decided in %d steps", len(byKey[k]), k, mostSteps)
		case !ok:
			return explain(byKey[k])
		}
	}
	return nil
}

// event is the call or the answer of an operation, in a list by time.
type event struct {
	op         int
	call       bool
	answer     *event // of a call; nil: there is none
	prev, next *event
}

// events lists the calls and answers of ops; a call comes before an answer of
// the same moment, which allows more orders, not fewer.
func events(ops []Op) *event {
	type moment struct {
		at time.Duration
		e  *event
	}
	var all []moment
	for i, o := range ops {
		call := &event{op: i, call: true}
		all = append(all, moment{o.Call, call})
		if o.Answered {
			call.answer = &event{op: i}
			all = append(all, moment{o.Return, call.answer})
		}
	}
	slices.SortStableFunc(all, func(a, b moment) int {
		if a.at == b.at && a.e.call != b.e.call {
			if a.e.call {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.at, b.at)
	})
	head := &event{}
	last := head
	for _, m := range all {
		last.next, m.e.prev = m.e, last
		last = m.e
	}
	return head
}

// lift takes a call and its answer off the list, unlift puts them back.
func (e *event) lift() {
	e.unlink()
	if e.answer != nil {
		e.answer.unlink()
	}
}

func (e *event) unlift() {
	if e.answer != nil {
		e.answer.relink()
	}
	e.relink()
}

func (e *event) unlink() {
	e.prev.next = e.next
	if e.next != nil {
		e.next.prev = e.prev
	}
}

func (e *event) relink() {
	e.prev.next = e
	if e.next != nil {
		e.next.prev = e
	}
}

// mostSteps bounds the search: operations without an answer may come anywhere
// later, and each of them may double the work.
const mostSteps = 20_000_000

// ordered reports whether operations on one row can be put in order, and
// whether that could be decided.
func ordered(ops []Op) (ok, decided bool) {
	head := events(ops)
	left := 0 // operations with an answer that have no place yet
	for _, o := range ops {
		if o.Answered {
			left++
		}
	}
	type placed struct {
		e      *event
		before row
	}
	var order []placed
	var now row
	done := make([]byte, (len(ops)+7)/8)
	type known struct {
		done string
		row  row
	}
	tried := map[known]bool{}
	e := head.next
	for steps := 0; left > 0; steps++ {
		if steps == mostSteps {
			return false, false
		}
		if e != nil && e.call {
			next, ok := ops[e.op].step(now)
			if ok {
				done[e.op/8] |= 1 << (e.op % 8)
				k := known{string(done), next}
				if ok = !tried[k]; ok {
					tried[k] = true
					order = append(order, placed{e, now})
					if ops[e.op].Answered {
						left--
					}
					now = next
					e.lift()
					e = head.next
					continue
				}
				done[e.op/8] &^= 1 << (e.op % 8)
			}
			e = e.next
			continue
		}
		// an answer, or the end: what was called before it and has no place yet
		// fits nowhere after what is in order
		if len(order) == 0 {
			return false, true
		}
		last := order[len(order)-1]
		order = order[:len(order)-1]
		now = last.before
		done[last.e.op/8] &^= 1 << (last.e.op % 8)
		if ops[last.e.op].Answered {
			left++
		}
		last.e.unlift()
		e = last.e.next
	}
	return true, true
}

// shown is how many operations an error lists.
const shown = 24

// explain cuts what cannot be put in order after the first answer by which that
// is so.
func explain(ops []Op) error {
	var ends []time.Duration
	for _, o := range ops {
		if o.Answered {
			ends = append(ends, o.Return)
		}
	}
	slices.Sort(ends)
	at := sort.Search(len(ends), func(i int) bool {
		ok, decided := ordered(upTo(ops, ends[i]))
		return decided && !ok
	})
	end := ends[min(at, len(ends)-1)]
	some := upTo(ops, end)
	slices.SortFunc(some, func(a, b Op) int { return cmp.Compare(a.Call, b.Call) })
	var b strings.Builder
	fmt.Fprintf(&b, "history: no order explains the %d operations on key %d up to %v; the last are\n", len(some), ops[0].Key, end)
	for _, o := range some[max(0, len(some)-shown):] {
		fmt.Fprintf(&b, "  %v\n", o)
	}
	return fmt.Errorf("%s", b.String())
}

// upTo is what was known at a moment.
func upTo(ops []Op, end time.Duration) (out []Op) {
	for _, o := range ops {
		if o.Call > end {
			continue
		}
		if o.Answered && o.Return > end {
			o.Answered, o.Hit = false, false
			if o.Kind == Read {
				continue
			}
		}
		out = append(out, o)
	}
	return out
}
