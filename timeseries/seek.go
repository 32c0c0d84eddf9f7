package timeseries

import (
	"sort"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
)

// seeker finds times in series. It keeps the block of times it read last and
// is used by one goroutine.
type seeker struct {
	*directory
	// blind keeps it from reading the time column: what it finds is then an
	// estimate where the directory alone cannot tell, and guessed is set.
	blind   bool
	guessed bool

	col  engines.ColumnReader
	blk  *codec.Block
	from int // the first row of blk
}

// below returns how many rows of series s have a time less than t.
func (k *seeker) below(s int, t int64) (int, error) {
	lo, hi := k.timed(s)
	n := hi - lo
	first := uint64(k.origin) + uint64(k.lists[firsts].at(s))*k.unit
	span := uint64(k.lists[spans].at(s)) * k.unit
	switch {
	case n == 0 || t <= int64(first):
		return 0, nil
	case t > int64(first+span):
		return n, nil
	}
	off := uint64(t) - first // in (0, span]
	if even := uint64(k.lists[strides].at(s)); even > 0 {
		stride := max(1, (even-1)*k.unit) // 0 only where first is last
		return int(min(uint64(n-1), (off-1)/stride)) + 1, nil
	}
	return k.uneven(s, lo, n, t, off, span)
}

// uneven looks between the fences of series s, whose n timed rows begin at lo.
func (k *seeker) uneven(s, lo, n int, t int64, off, span uint64) (int, error) {
	from, to := 0, n
	if k.fenced != nil {
		a, b := int(k.fenced[s]), int(k.fenced[s+1])
		at := sort.Search(b-a, func(i int) bool { return k.fence(a+i) >= t })
		from, to = at*fenceRows, min(n, (at+1)*fenceRows)
		if at > 0 {
			from++ // the fence itself is below
		}
	}
	if k.blind {
		k.guessed = true
		if n > fenceRows {
			return (from + to) / 2, nil
		}
		return int(float64(n) * (float64(off) / float64(span))), nil
	}
	for from < to {
		mid := (from + to) / 2
		have, err := k.timeAt(lo + mid)
		if err != nil {
			return 0, err
		}
		if have < t {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from, nil
}

func (k *seeker) fence(i int) int64 {
	return int64(uint64(k.origin) + uint64(k.lists[fences].at(i))*k.unit)
}

// timeAt returns the time of a row, which has one.
func (k *seeker) timeAt(row int) (int64, error) {
	if k.blk == nil || row < k.from || row >= k.from+k.blk.N {
		if k.col == nil {
			if k.columns != nil {
				k.col = k.columns.Column(k.field.ID)
			}
			if k.col == nil {
				return 0, fault.Errorf("timeseries: seek", fault.Corrupt, "the segment has no column %s", k.field.Name)
			}
		}
		b := row / codec.BlockRows
		blk, err := k.col.Block(b)
		if err != nil {
			return 0, err
		}
		k.blk, k.from = blk, b*codec.BlockRows
		if row >= k.from+blk.N {
			return 0, fault.Errorf("timeseries: seek", fault.Corrupt, "block %d of %s has %d rows, want row %d", b, k.field.Name, blk.N, row-k.from)
		}
	}
	return k.blk.Ints.At(row - k.from), nil
}
