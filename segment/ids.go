package segment

import (
	"encoding/binary"
	"fmt"
	"sort"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// Run says that Count rows from row number Row on have the row ids First,
// First+1, ...
type Run struct {
	Row   uint32
	Count uint32
	First uint64
}

// IDs names the rows of a segment: runs ascending by Row, without gaps from 0.
type IDs []Run

// Append adds count rows with ids from first on at the end.
func (ids IDs) Append(first uint64, count int) IDs {
	if count == 0 {
		return ids
	}
	if n := len(ids); n > 0 && ids[n-1].First+uint64(ids[n-1].Count) == first {
		ids[n-1].Count += uint32(count)
		return ids
	}
	return append(ids, Run{Row: uint32(ids.Rows()), Count: uint32(count), First: first})
}

// Rows returns the number of rows named.
func (ids IDs) Rows() int {
	if len(ids) == 0 {
		return 0
	}
	last := ids[len(ids)-1]
	return int(last.Row) + int(last.Count)
}

// ID returns the id of row r, which is below Rows.
func (ids IDs) ID(r rows.Num) uint64 {
	i := sort.Search(len(ids), func(i int) bool { return ids[i].Row > uint32(r) }) - 1
	return ids[i].First + uint64(uint32(r)-ids[i].Row)
}

// Span returns the smallest and the largest id; of no rows, 0 and 0.
func (ids IDs) Span() (lo, hi uint64) {
	for i, r := range ids {
		last := r.First + uint64(r.Count) - 1
		if i == 0 {
			lo, hi = r.First, last
		}
		lo, hi = min(lo, r.First), max(hi, last)
	}
	return lo, hi
}

// Ordered returns the ids of rows that were put in another order: row i of
// the result is row order[i] of ids.
func (ids IDs) Ordered(order []rows.Num) IDs {
	var out IDs
	for _, r := range order {
		out = out.Append(ids.ID(r), 1)
	}
	return out
}

// encode writes runs as varints: the step from the last id, and the count.
func (ids IDs) encode() []byte {
	var out []byte
	next := uint64(0)
	for _, r := range ids {
		out = binary.AppendVarint(out, int64(r.First-next))
		out = binary.AppendUvarint(out, uint64(r.Count))
		next = r.First + uint64(r.Count)
	}
	return out
}

// eachRun reads what encode wrote for n rows, and calls run with each run.
func eachRun(b []byte, n int, run func(Run)) error {
	next, row := uint64(0), uint64(0)
	for at, i := 0, 0; at < len(b); i++ {
		step, k := binary.Varint(b[at:])
		if k <= 0 {
			return fault.Errorf("segment: row ids", fault.Corrupt, "run %d: bad step", i)
		}
		at += k
		count, k := binary.Uvarint(b[at:])
		if k <= 0 || count == 0 || count > uint64(n)-row {
			return fault.Errorf("segment: row ids", fault.Corrupt, "run %d: bad count", i)
		}
		at += k
		first := next + uint64(step)
		run(Run{Row: uint32(row), Count: uint32(count), First: first})
		row, next = row+count, first+count
	}
	if row != uint64(n) {
		return fault.E("segment: row ids", fault.Corrupt, fmt.Errorf("%d rows named, want %d", row, n))
	}
	return nil
}
