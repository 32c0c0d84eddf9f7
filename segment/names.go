package segment

import (
	"slices"
	"sync/atomic"
	"unsafe"
	"weak"
)

// Names are the row ids of a segment, kept small: where rows were put into
// another order, each has a run of its own of 16 bytes, and few statements ask
// for them. There they stay encoded, in two to four bytes a row, until somebody
// does. Any number of goroutines may use them.
type Names struct {
	few    IDs                               // as they are, where there are few runs
	packed []byte                            // else as encode wrote them
	runs   int                               // how many are packed
	held   atomic.Pointer[weak.Pointer[Run]] // the first of them, decoded, while somebody uses it
	rows   int
	lo, hi uint64
}

// fewRuns is how many runs stay as they are: 64 KiB of them.
const fewRuns = 4096

// NewNames keeps ids, which must not be changed afterwards.
func NewNames(ids IDs) *Names {
	n := &Names{rows: ids.Rows()}
	n.lo, n.hi = ids.Span()
	if len(ids) <= fewRuns {
		n.few = ids
	} else {
		n.packed, n.runs = ids.encode(), len(ids)
	}
	return n
}

// openNames checks and keeps what encode wrote for so many rows.
func openNames(packed []byte, rows int) (*Names, error) {
	n := &Names{rows: rows}
	first := true
	err := eachRun(packed, rows, func(r Run) {
		last := r.First + uint64(r.Count) - 1
		if first {
			n.lo, n.hi, first = r.First, last, false
		}
		n.lo, n.hi = min(n.lo, r.First), max(n.hi, last)
		n.runs++
	})
	if err != nil {
		return nil, err
	}
	if n.packed = packed; n.runs <= fewRuns {
		n.few, n.packed = n.decode(), nil
	}
	return n, nil
}

// IDs returns the row ids, which are shared and not to be changed. Whoever
// needs many keeps what this returns: decoding takes some 10 ns a row.
func (n *Names) IDs() IDs {
	if n.packed == nil {
		return n.few
	}
	if w := n.held.Load(); w != nil {
		if first := w.Value(); first != nil {
			return unsafe.Slice(first, n.runs)
		}
	}
	ids := n.decode()
	w := weak.Make(&ids[0])
	n.held.Store(&w)
	return ids
}

// Span returns the smallest and the largest id; of no rows, 0 and 0.
func (n *Names) Span() (lo, hi uint64) { return n.lo, n.hi }

func (n *Names) decode() IDs {
	ids := make(IDs, 0, n.runs)
	// An error would have been one when the names were opened.
	_ = eachRun(n.packed, n.rows, func(r Run) { ids = append(ids, r) })
	return ids
}

func (n *Names) encode() []byte {
	if n.packed != nil {
		return n.packed
	}
	return n.few.encode()
}

// equal reports whether both name their rows alike.
func (n *Names) equal(m *Names) bool { return n.rows == m.rows && slices.Equal(n.IDs(), m.IDs()) }
