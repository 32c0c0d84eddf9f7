package timeseries

import (
	"context"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// near is how many rows are tried one by one before a set is asked as a whole.
const near = 64

// Newest returns the last rows of each series: see engines.Newest. Without
// deletes and conditions it reads nothing but the directory.
func (ix *Index) Newest(ctx context.Context, within rows.Set, perSeries int) ([]rows.Num, error) {
	if !ix.foot.ordered {
		return nil, fault.E("timeseries: newest", fault.Unsupported, "rows are not in the order of series and time")
	}
	if within.IsEmpty() || perSeries < 1 {
		return nil, nil
	}
	d, err := ix.directory()
	if err != nil {
		return nil, err
	}
	var out []rows.Num
	whole := within.IsAll(d.n)
	for _, among := range d.seriesIn(within) {
		for s := among.lo; s < among.hi; s++ {
			if s&1023 == 0 {
				if err := ctx.Err(); err != nil {
					return nil, fault.E("timeseries: newest", err)
				}
			}
			lo, hi := d.timed(s)
			if !whole {
				out = lastOf(out, within, lo, hi, perSeries)
				continue
			}
			for r := max(lo, hi-perSeries); r < hi; r++ {
				out = append(out, rows.Num(r))
			}
		}
	}
	return out, nil
}

// lastOf appends the last k rows of set in [lo, hi), ascending.
func lastOf(out []rows.Num, set rows.Set, lo, hi, k int) []rows.Num {
	from := len(out)
	r := hi
	for r > max(lo, hi-k-near) && len(out)-from < k {
		if r--; set.Has(rows.Num(r)) {
			out = append(out, rows.Num(r))
		}
	}
	if len(out)-from < k && r > lo {
		rest := set.And(rows.Range(lo, r))
		for last, ok := rest.Max(); ok && len(out)-from < k; last, ok = rest.Max() {
			out = append(out, last)
			rest = rest.And(rows.Range(lo, int(last)))
		}
	}
	for i, j := from, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}
