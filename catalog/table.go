package catalog

import (
	"time"

	"github.com/quindex/quindex/record"
)

// Table is one table as of one version of its schema. It is immutable: a
// change makes a new Table. Its JSON form is what logs and manifests hold.
type Table struct {
	Name     string
	Schema   record.Schema     // Schema.Table is the id
	Key      []record.ColumnID `json:",omitempty"` // primary key
	Indexes  []Index           `json:",omitempty"` // besides the columns, which are always there
	Sharding Sharding
	Last     record.ColumnID   `json:",omitempty"` // the largest id a column ever had; 0: that of a column it has
	Time     *TimeOptions      `json:",omitempty"`
	Order    []record.ColumnID `json:",omitempty"` // rows lie in segments by these; none: as their engines want
	Former   []Generation      `json:",omitempty"` // where the rows were before the table was rewritten, oldest first
	Options  map[string]string `json:",omitempty"` // WITH (...) as written, for SHOW CREATE
}

// ID is the table's id, which is never used again.
func (t *Table) ID() record.TableID { return t.Schema.Table }

// Index is one index of a table, in every segment of it.
type Index struct {
	Name    string
	Engine  string
	Columns []record.ColumnID
	Options map[string]string `json:",omitempty"`
}

// Sharding says where the rows of a table live: the key of a row, which Keys
// makes of the By columns (or, with none, a number given to each batch in turn),
// falls into one of Ranges, whose shard is its home.
type Sharding struct {
	By     []record.ColumnID `json:",omitempty"`
	Geo    bool              `json:",omitempty"` // By is one POINT, and the key its place on the curve; else a hash
	Ranges []Range           // ascending by From; Ranges[0].From == 0
}

// Range gives keys from From up to the next Range's From to a shard.
type Range struct {
	From  uint64
	Shard uint32 // group id, from 1
}

// TimeOptions are those of a table with a time column.
type TimeOptions struct {
	Column    record.ColumnID
	Series    []record.ColumnID `json:",omitempty"`
	Chunk     time.Duration     `json:",omitempty"`
	Retention time.Duration     `json:",omitempty"`
	TTL       time.Duration     `json:",omitempty"`
}

// Keys writes to out the key of each of n rows; cols are the columns of By, in
// their order. It is the one place that says where a row lives.
func (s *Sharding) Keys(cols []*record.Column, n int, out []uint64) {
	if !s.Geo {
		record.HashRows(cols, n, out)
		return
	}
	for i := range n {
		out[i] = PlaceKey(cols[0].Value(i))
	}
}

// KeyOf is Keys for one row.
func (s *Sharding) KeyOf(row []record.Value) uint64 {
	switch {
	case s.Geo:
		return PlaceKey(row[0])
	case len(row) == 1:
		return record.HashValue(row[0])
	}
	h := uint64(0)
	for _, v := range row {
		h = record.CombineHashes(h, record.HashValue(v))
	}
	return h
}

// Cut gives each of shards a range. sample is keys of rows, which may be none:
// hashes fall evenly, places do not.
func (s *Sharding) Cut(shards []uint32, sample []uint64) {
	if s.Geo {
		s.Ranges = PlaceRanges(shards, sample)
	} else {
		s.Ranges = EvenRanges(shards)
	}
}

// ShardOf returns the home of a row of key h.
func (s *Sharding) ShardOf(h uint64) uint32 {
	lo, hi := 0, len(s.Ranges)
	for hi-lo > 1 { // invariant: Ranges[lo].From <= h, and hi == len or h < Ranges[hi].From
		if mid := (lo + hi) / 2; s.Ranges[mid].From <= h {
			lo = mid
		} else {
			hi = mid
		}
	}
	return s.Ranges[lo].Shard
}

// Shards returns the shards that hold rows of the table, ascending, each once.
func (s *Sharding) Shards() []uint32 {
	seen := map[uint32]bool{}
	var out []uint32
	for _, r := range s.Ranges {
		if !seen[r.Shard] {
			seen[r.Shard] = true
			out = append(out, r.Shard)
		}
	}
	return out
}

// EvenRanges cuts the hash space into one range for each shard given.
func EvenRanges(shards []uint32) []Range {
	step := ^uint64(0)/uint64(len(shards)) + 1 // 0 for one shard: the whole space
	out := make([]Range, len(shards))
	for i, s := range shards {
		out[i] = Range{From: uint64(i) * step, Shard: s}
	}
	return out
}
