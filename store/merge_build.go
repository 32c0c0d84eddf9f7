package store

import (
	"context"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// buildMerged makes one segment of the rows of r that live, whose pieces are
// pinned, in the folder to, or in memory if that is "". It is nil if none lives.
func (s *Shard) buildMerged(ctx context.Context, def *catalog.Table, r *rebuild, to string) (seg *segment.Segment, err error) {
	if r.live() == 0 {
		r.to = r.places(nil)
		return nil, nil
	}
	err = segment.Guard(func() error {
		seg, err = s.merged(ctx, def, r, to)
		return err
	})
	return seg, err
}

func (s *Shard) merged(ctx context.Context, def *catalog.Table, r *rebuild, to string) (*segment.Segment, error) {
	var ids segment.IDs
	var cols []engines.Columns
	for i, p := range r.from {
		ids = idsWithout(ids, p.seg.Meta().Names.IDs(), r.dead[i])
		cols = append(cols, p.seg.Columns())
	}
	fields := def.Schema.Fields
	src := engines.Columns(join(fields, cols, r.dead))
	layout, err := s.layoutOf(def)
	if err != nil {
		return nil, err
	}
	keys, err := orderKeys(layout, src)
	if err != nil {
		return nil, err
	}
	order := keys.sort(nil, src.Rows())
	if order != nil {
		ids = ids.Ordered(order)
	}
	r.to = r.places(order)
	spec := s.spec(def, ids, r.from[0].seg.Meta().Group)
	make := segment.FromMerge(s.reg, r.inputs(), func() (engines.Columns, error) { return reordered(fields, src, order) })
	if to == "" {
		return segment.Build(ctx, s.reg, spec, make)
	}
	return segment.Create(ctx, s.fs, to, s.reg, spec, s.throttled(make))
}

// idsWithout appends the ids of rows that are not dead.
func idsWithout(out, ids segment.IDs, dead rows.Set) segment.IDs {
	if dead.IsEmpty() {
		for _, r := range ids {
			out = out.Append(r.First, int(r.Count))
		}
		return out
	}
	for _, r := range ids {
		for i := range r.Count {
			if !dead.Has(rows.Num(r.Row + i)) {
				out = out.Append(r.First+uint64(i), 1)
			}
		}
	}
	return out
}
