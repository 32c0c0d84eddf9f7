package store

import (
	"context"
	"sort"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// IDs are the names of rows of one shard.
type IDs = roaring64.Bitmap

// IDCache keeps the names of the rows of segments, so that those of the next
// view of the same table are known without walking over them again. The zero
// value is empty. One goroutine uses it.
type IDCache struct{ pieces map[*segment.Names]*IDs } // a segment made anew has others

// Live returns the names of the rows that live in a view.
func (c *IDCache) Live(v *View) *IDs {
	out, used := roaring64.New(), map[*segment.Names]*IDs{}
	for i := range v.Parts {
		p := &v.Parts[i]
		all := c.pieces[p.names]
		if all == nil || p.Open {
			all = namesIn(p.IDs())
		}
		if !p.Open {
			used[p.names] = all
		}
		if dead := rows.All(p.Rows).AndNot(p.Live); !dead.IsEmpty() {
			all = roaring64.AndNot(all, namesAt(p.IDs(), dead))
		}
		out.Or(all)
	}
	c.pieces = used
	return out
}

func namesIn(ids segment.IDs) *IDs {
	out := roaring64.New()
	for _, r := range ids {
		out.AddRange(r.First, r.First+uint64(r.Count))
	}
	out.RunOptimize()
	return out
}

// namesAt returns the names of some rows.
func namesAt(ids segment.IDs, at rows.Set) *IDs {
	out, run := roaring64.New(), 0
	for row := range at.Each() {
		for uint32(row)-ids[run].Row >= ids[run].Count {
			run++
		}
		out.Add(ids[run].First + uint64(uint32(row)-ids[run].Row))
	}
	return out
}

// Copy reads some columns of the rows of a view that live and are among want
// (nil: all), and hands them out in batches of at most a block, with the names
// of their rows. Both are the callee's.
func (v *View) Copy(ctx context.Context, fields []record.Field, want *IDs, take func(ids []uint64, b *record.Batch) error) error {
	for i := range v.Parts {
		p := &v.Parts[i]
		names := p.IDs()
		for first := 0; first < p.Rows; first += rows.BlockRows {
			if err := ctx.Err(); err != nil {
				return err
			}
			ids, at := p.wanted(names, first, want)
			if len(at) == 0 {
				continue
			}
			b, err := p.copy(fields, first/rows.BlockRows, at)
			if err != nil {
				return fault.E("store: copy", fault.Item(p.Name), err)
			}
			if err := take(ids, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// wanted returns the rows of the block from first on that live and are wanted:
// their names, and their places in the block.
func (p *Part) wanted(names segment.IDs, first int, want *IDs) (ids []uint64, at []uint32) {
	live := p.Live.And(rows.Range(first, min(p.Rows, first+rows.BlockRows)))
	run := sort.Search(len(names), func(i int) bool { return names[i].Row > uint32(first) }) - 1
	for row := range live.Each() {
		for uint32(row)-names[run].Row >= names[run].Count {
			run++
		}
		id := names[run].First + uint64(uint32(row)-names[run].Row)
		if want == nil || want.Contains(id) {
			ids, at = append(ids, id), append(at, uint32(row)-uint32(first))
		}
	}
	return ids, at
}

// copy reads rows of one block. A column that the part does not hold has its default.
func (p *Part) copy(fields []record.Field, block int, at []uint32) (*record.Batch, error) {
	b := &record.Batch{N: len(at)}
	for _, f := range fields {
		c := record.NewColumn(f.Type, len(at))
		if err := copyColumn(c, p.Columns.Column(f.ID), f, block, at); err != nil {
			return nil, err
		}
		b.IDs, b.Cols = append(b.IDs, f.ID), append(b.Cols, *c)
	}
	return b, nil
}

func copyColumn(to *record.Column, from engines.ColumnReader, f record.Field, block int, at []uint32) error {
	if from == nil || from.Field().Type != f.Type {
		for range at {
			to.Append(f.Default)
		}
		return nil
	}
	return segment.Guard(func() error {
		blk, err := from.Block(block)
		if err == nil {
			to.Take(blk.Column(), at)
		}
		return err
	})
}
