package store

import (
	"slices"
	"sync"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// joined reads the rows of several segments, one after the other, as one:
// the source of a merge. A column that a segment does not hold is filled with
// its default.
type joined struct {
	fields []record.Field
	in     []engines.Columns
	live   []rows.Set // of each input; the others are left out
	start  []int      // row number of the first row of each input, and the total at the end
}

func join(fields []record.Field, in []engines.Columns, dead []rows.Set) *joined {
	j := &joined{fields: fields, in: in, start: []int{0}}
	for i, c := range in {
		live := rows.All(c.Rows()).AndNot(dead[i])
		j.live = append(j.live, live)
		j.start = append(j.start, j.start[len(j.start)-1]+live.Len())
	}
	return j
}

func (j *joined) Rows() int { return j.start[len(j.in)] }

// Column returns a reader with a memory of its own, nil if it is none of the fields.
func (j *joined) Column(id record.ColumnID) engines.ColumnReader {
	at := slices.IndexFunc(j.fields, func(f record.Field) bool { return f.ID == id })
	if at < 0 {
		return nil
	}
	r := &joinedReader{j: j, field: j.fields[at], last: -1}
	for _, c := range j.in {
		part := c.Column(id)
		if part != nil && part.Field().Type != r.field.Type {
			part = nil
		}
		r.parts = append(r.parts, part)
	}
	return r
}

// joinedReader is one column of joined.
type joinedReader struct {
	j     *joined
	field record.Field
	parts []engines.ColumnReader

	mu     sync.Mutex // guards what was decoded last
	last   int        // block of the result, or -1
	block  *codec.Block
	source *codec.Block // the input block decoded last, which the next block may go on with
	from   *record.Column

	stats struct {
		sync.Once
		blocks []codec.Stats
		whole  codec.Stats
	}
}

func (r *joinedReader) Field() record.Field        { return r.field }
func (r *joinedReader) Dict() (*codec.Dict, error) { return nil, nil }

// Stats reads the whole column at its first call; a block that cannot be read
// is reported by Block.
func (r *joinedReader) Stats() codec.Stats {
	r.stats.Do(r.survey)
	return r.stats.whole
}

func (r *joinedReader) BlockStats(b int) codec.Stats {
	r.stats.Do(r.survey)
	return r.stats.blocks[b]
}

func (r *joinedReader) survey() {
	n := r.j.Rows()
	for b := 0; b*codec.BlockRows < n; b++ {
		blk, err := r.Block(b)
		if err != nil {
			r.stats.blocks = append(r.stats.blocks, codec.Stats{Rows: min(codec.BlockRows, n-b*codec.BlockRows)})
			continue
		}
		r.stats.blocks = append(r.stats.blocks, blk.Stats())
	}
	r.stats.whole = codec.FoldStats(r.stats.blocks)
}

// Block gathers block b from the inputs.
func (r *joinedReader) Block(b int) (*codec.Block, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b == r.last {
		return r.block, nil
	}
	lo := b * codec.BlockRows
	hi := min(r.j.Rows(), lo+codec.BlockRows)
	out := record.NewColumn(r.field.Type, hi-lo)
	for p := 0; p < len(r.parts); p++ {
		from, to := max(lo, r.j.start[p]), min(hi, r.j.start[p+1])
		if from >= to {
			continue
		}
		if err := r.gather(out, p, from-r.j.start[p], to-r.j.start[p]); err != nil {
			return nil, err
		}
	}
	r.last, r.block = b, codec.View(out, 0, out.N)
	return r.block, nil
}

// gather appends rows [lo, hi) of input p to out.
func (r *joinedReader) gather(out *record.Column, p, lo, hi int) error {
	if r.parts[p] == nil {
		for range hi - lo {
			out.Append(r.field.Default)
		}
		return nil
	}
	if live := r.j.live[p]; !live.IsAll(r.j.in[p].Rows()) {
		return r.gatherLive(out, p, live, lo, hi)
	}
	for lo < hi {
		b := lo / codec.BlockRows
		blk, err := r.parts[p].Block(b)
		if err != nil {
			return err
		}
		first := b * codec.BlockRows
		end := min(hi, first+blk.N)
		if lo == first && end == first+blk.N {
			blk.AppendTo(out)
		} else {
			if blk != r.source {
				r.source, r.from = blk, record.NewColumn(r.field.Type, blk.N)
				blk.AppendTo(r.from)
			}
			out.AppendRows(r.from, lo-first, end-first)
		}
		lo = end
	}
	return nil
}

// gatherLive appends the live rows lo to hi, counted among those, of input p.
func (r *joinedReader) gatherLive(out *record.Column, p int, live rows.Set, lo, hi int) error {
	for b := 0; lo < hi; b++ {
		n := live.BlockLen(b)
		if lo >= n {
			lo, hi = lo-n, hi-n
			continue
		}
		blk, err := r.parts[p].Block(b)
		if err != nil {
			return err
		}
		if blk != r.source {
			r.source, r.from = blk, record.NewColumn(r.field.Type, blk.N)
			blk.AppendTo(r.from)
		}
		var at []uint32
		for row := range live.And(rows.Range(b*rows.BlockRows, (b+1)*rows.BlockRows)).Each() {
			at = append(at, uint32(row)-uint32(b*rows.BlockRows))
		}
		end := min(hi, n)
		out.Take(r.from, at[lo:end])
		lo, hi = 0, hi-n
	}
	return nil
}

// reordered reads rows of src in another order; nil is the one they are in. All
// columns are held decoded.
func reordered(fields []record.Field, src engines.Columns, order []rows.Num) (engines.Columns, error) {
	if order == nil {
		return src, nil
	}
	b := &record.Batch{N: src.Rows()}
	for _, f := range fields {
		c, err := whole(src, f.ID)
		if err != nil {
			return nil, err
		}
		if c != nil {
			b.IDs, b.Cols = append(b.IDs, f.ID), append(b.Cols, *c)
		}
	}
	return engines.BatchColumns(&record.Schema{Fields: fields}, b).Ordered(order), nil
}
