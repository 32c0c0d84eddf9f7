package node

import (
	"context"
	"strings"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/segment"
	"github.com/quindex/quindex/store"
)

// placeOf returns the column of shard_by = 'geo(column)'.
func placeOf(option string) (string, bool) {
	text := strings.TrimSpace(option)
	inner, ok := strings.CutPrefix(text, "geo(")
	if !ok || !strings.HasSuffix(inner, ")") {
		return "", false
	}
	return strings.TrimSpace(strings.TrimSuffix(inner, ")")), true
}

// shardByPlace has the rows of a table live where a place of theirs says.
func (d *definer) shardByPlace(t *catalog.Table, o sql.Option, name string) error {
	i := t.Schema.Field(name)
	if i < 0 {
		return fault.E(d.op, fault.NotFound, fault.Code("42703"), fault.At(d.text, o.Pos()), t.ColumnHint(name),
			"the option shard_by names "+name+", which is no column")
	}
	if f := t.Schema.Fields[i]; f.Type.Kind != record.Point {
		return d.bad(o.Pos(), "42P16", "shard_by = 'geo("+name+")' is of a column of type POINT, and "+name+" is "+f.Type.String())
	}
	t.Sharding.Geo, t.Sharding.By = true, []record.ColumnID{columnID(t, i)}
	return nil
}

// cut gives the rows of t new ranges over so many shards: where there are as
// many as before, over the same. Hashes need none if that and how they are made
// does not change; places are cut by where there are rows.
func (n *Node) cut(ctx context.Context, t *catalog.Table, to *catalog.Sharding, shards int) error {
	ids := t.Sharding.Shards()
	if len(ids) == shards && !t.Sharding.Geo && !to.Geo {
		return nil
	}
	if len(ids) != shards {
		ids = n.spread(n.shardIDs(), shards)
	}
	sample, err := n.samplePlaces(ctx, t, *to)
	to.Cut(ids, sample)
	return err
}

// mostPlaces is the size of a sample of places: with it the parts that they are
// cut into differ by some percent.
const mostPlaces = 1 << 14

// samplePlaces reads where some rows of a table would live if it were sharded
// by a place: every so many-th of each part. It is nothing where they live
// elsewhere, and leaves out those without a place.
func (n *Node) samplePlaces(ctx context.Context, t *catalog.Table, by catalog.Sharding) (keys []uint64, err error) {
	if !by.Geo {
		return nil, nil
	}
	views, err := (&localSite{source: &source{n: n}, table: t.ID(), shards: t.Sharding.Shards()}).views(ctx)
	if err != nil {
		return nil, err
	}
	defer closeViews(views)
	rows := 0
	for _, v := range views {
		for i := range v.Parts {
			rows += v.Parts[i].Rows
		}
	}
	every := max(1, rows/mostPlaces)
	at := 0
	for _, v := range views {
		for i := range v.Parts {
			p := &v.Parts[i]
			err := segment.Guard(func() error {
				keys, err = samplePart(p, by.By[0], at, every, keys)
				return err
			})
			if err != nil {
				return nil, fault.E("node: sample places", fault.Item(p.Name), err)
			}
			at = (at - p.Rows%every + every) % every
		}
	}
	return keys, nil
}

// samplePart appends the keys of every so many-th row of a part from one on.
func samplePart(p *store.Part, by record.ColumnID, from, every int, keys []uint64) ([]uint64, error) {
	col := p.Columns.Column(by)
	for at := from; at < p.Rows && col != nil; at += every {
		b, err := col.Block(at / codec.BlockRows)
		if err != nil {
			return nil, err
		}
		if key := catalog.PlaceKey(b.Value(at % codec.BlockRows)); key != 0 {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
