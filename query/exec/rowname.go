package exec

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
	"github.com/quindex/quindex/store"
)

// columnOf returns the reader of a scan's column: one that the rows hold, or
// one that names them.
func columnOf(p *store.Part, shard uint32, id record.ColumnID) engines.ColumnReader {
	if id == store.RowColumn || id == store.ShardColumn {
		return &nameColumn{part: p, ids: p.IDs(), shard: shard, id: id}
	}
	return p.Columns.Column(id)
}

// nameColumn gives the id of every row of a part, or its shard.
type nameColumn struct {
	part  *store.Part
	ids   segment.IDs
	shard uint32
	id    record.ColumnID
}

func (c *nameColumn) Field() record.Field {
	return record.Field{ID: c.id, Name: "row", Type: record.T(record.Int64)}
}

func (c *nameColumn) Stats() codec.Stats         { return codec.Stats{Rows: c.part.Rows} }
func (c *nameColumn) Dict() (*codec.Dict, error) { return nil, nil }

func (c *nameColumn) BlockStats(b int) codec.Stats {
	return codec.Stats{Rows: min(rows.BlockRows, c.part.Rows-b*rows.BlockRows)}
}

func (c *nameColumn) Block(b int) (*codec.Block, error) {
	lo := b * rows.BlockRows
	hi := min(c.part.Rows, lo+rows.BlockRows)
	out := record.NewColumn(record.T(record.Int64), hi-lo)
	for _, r := range c.ids {
		from, to := max(lo, int(r.Row)), min(hi, int(r.Row+r.Count))
		for i := from; i < to; i++ {
			v := int64(c.shard)
			if c.id == store.RowColumn {
				v = int64(r.First) + int64(i-int(r.Row))
			}
			out.Append(record.IntValue(v))
		}
	}
	return codec.View(out, 0, out.N), nil
}
