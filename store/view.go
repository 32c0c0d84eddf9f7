package store

import (
	"math"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// View is what one query reads of one table in one shard: the rows as of one
// log index. It does not change and pins its segments until Close, which must
// be called exactly once. A View may be used by any number of goroutines.
type View struct {
	Table   *catalog.Table // as of Applied
	Applied uint64         // the log index the view reflects
	Parts   []Part
	Shard   uint32 // whoever opened the view may say which shard it is of; else 0

	release func()
}

// RowColumn and ShardColumn stand for the names of rows where the columns of a
// scan are listed: their ids, and the Shard of their View. They are BIGINT.
const (
	RowColumn   record.ColumnID = math.MaxUint32 - 16
	ShardColumn record.ColumnID = math.MaxUint32 - 17
)

// Part is one segment in a view, or the open rows (at most TailRows of them).
type Part struct {
	Name    string // "open", "mem-17", "seg-000012"
	Rows    int    // rows are 0..Rows-1
	Live    rows.Set
	Columns engines.Columns
	Indexes []OpenIndex // none for the open rows: Eval decides there; shared, not to be changed
	Open    bool

	names *segment.Names
}

// IDs name the rows for ever; they are shared and not to be changed. Whoever
// needs many of them keeps what this returns.
func (p *Part) IDs() segment.IDs { return p.names.IDs() }

// OpenIndex is one index of a segment.
type OpenIndex struct {
	Def   engines.IndexDef
	Index engines.Index
}

// Close lets go of the view's segments.
func (v *View) Close() {
	if v.release != nil {
		v.release()
		v.release = nil
	}
}

// Value reads one value: the field's default where the part is older than it.
func (p *Part) Value(f record.Field, row int) (record.Value, error) {
	c := p.Columns.Column(f.ID)
	if c == nil {
		return f.Default, nil
	}
	b, err := c.Block(row / rows.BlockRows)
	if err != nil {
		return record.Value{}, err
	}
	return b.Value(row % rows.BlockRows), nil
}
