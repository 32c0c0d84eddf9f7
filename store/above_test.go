package store

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/quindex/quindex/record"
)

// TestViewAbove holds views above any mark, rising and falling, to the model:
// what is below it, or below the table's watermark, is not in them, and nothing
// else is missing. What a piece remembers of one mark must not be taken for another.
func TestViewAbove(t *testing.T) {
	for _, kind := range []record.Kind{record.Timestamp, record.Date} {
		rng := random(t)
		h := readingsOf(t, kind, Options{TailRows: 20, SealRows: 60, MergeWidth: 2, FlushBytes: 4 << 10})
		unit := nanosOf(record.Value{Type: record.T(kind), Valid: true, I: 1})
		for step := range int64(150) {
			h.write(rng, step, false)
			if rng.IntN(10) == 0 {
				h.mark(step - rng.Int64N(30))
			}
			for range 4 {
				above := (step + rng.Int64N(40) - 20) * unit
				if kind == record.Date {
					above += rng.Int64N(3) - 1 // not always the begin of a day
				}
				switch rng.IntN(12) {
				case 0:
					above = NoMark
				case 1:
					above = math.MaxInt64
				}
				want := 0
				for _, at := range h.rows {
					if at < 0 || at >= h.marks && at*unit >= above {
						want++
					}
				}
				v, err := h.s.ViewAbove(context.Background(), 1, above)
				if err != nil {
					t.Fatal(err)
				}
				if have := readView(t, v); len(have) != want {
					t.Fatalf("step %d: %d rows above %d, want %d: %v of %v", step, len(have), above, want, have, h.rows)
				}
				v.Close()
			}
			h.check(fmt.Sprint("step ", step)) // a view without a mark is as ever
		}
		h.s.Close()
	}
}

// TestExpiryIsKept: while no row's time is passed, a piece's expired rows are
// those found before, and nothing is read.
func TestExpiryIsKept(t *testing.T) {
	h := readingsOf(t, record.Timestamp, Options{})
	defer h.s.Close()
	h.batch(false, 1, 10, 2, 20, 3, 30)
	h.flush()
	f := func(above int64, rows int, kept bool) {
		t.Helper()
		p := h.s.tables[1].pieces[0]
		before := p.expiry
		v, err := h.s.ViewAbove(context.Background(), 1, above)
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		if got := readView(t, v); len(got) != rows || (p.expiry == before) != kept {
			t.Errorf("above %d: rows %v, want %d; expiry %+v, before %+v, want it kept: %v", above, got, rows, p.expiry, before, kept)
		}
	}
	f(15, 2, false)
	f(16, 2, true)
	f(20, 2, true)
	f(21, 1, false)
	f(30, 1, true)
	f(25, 1, true)
	f(15, 2, false)
	f(31, 0, false)
	f(1000, 0, true)
}
