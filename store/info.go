package store

import (
	"sync/atomic"
	"time"

	"github.com/quindex/quindex/record"
)

type counters struct {
	rowsApplied, rowsSealed, rowsFlushed, rowsMerged atomic.Int64
	rowsDeleted                                      atomic.Int64
	seals, flushes, memMerges, merges, bytesWritten  atomic.Int64
	pressure                                         atomic.Int64
}

// Counters count what a shard has done since it was opened.
type Counters struct {
	RowsApplied, RowsSealed, RowsFlushed, RowsMerged int64
	RowsDeleted                                      int64 // that died: deleted, or replaced
	Seals                                            int64 // open rows made into memory segments
	MemoryMerges                                     int64
	Flushes                                          int64
	Merges                                           int64 // of disk segments
	BytesWritten                                     int64
}

// Counters returns what the shard has done so far.
func (s *Shard) Counters() Counters {
	c := &s.counters
	return Counters{RowsApplied: c.rowsApplied.Load(), RowsSealed: c.rowsSealed.Load(), RowsFlushed: c.rowsFlushed.Load(),
		RowsMerged: c.rowsMerged.Load(), RowsDeleted: c.rowsDeleted.Load(), Seals: c.seals.Load(), MemoryMerges: c.memMerges.Load(), Flushes: c.flushes.Load(),
		Merges: c.merges.Load(), BytesWritten: c.bytesWritten.Load()}
}

// Pressure is the memory, in bytes, of rows that are in no file yet: open
// batches and memory segments.
func (s *Shard) Pressure() int64 { return s.counters.pressure.Load() }

// SegmentInfo describes a segment of a shard.
type SegmentInfo struct {
	Name    string
	Table   record.TableID
	Group   string
	Rows    int
	Deleted int // of Rows: those that no view shows any more
	Bytes   int64
	Indexes []IndexInfo
	Memory  bool
	Merging bool
	Created time.Time
	FirstID uint64 // smallest row id
	LastID  uint64 // largest row id
	Damage  string `json:",omitempty"` // what does not hold what was written
}

// IndexInfo describes one index of a segment.
type IndexInfo struct {
	Name, Engine string
	Bytes        int64
}

// Segments lists the segments of all tables, by table and then in log order.
func (s *Shard) Segments() []SegmentInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []SegmentInfo
	for _, t := range s.ordered() {
		for _, p := range t.pieces {
			out = append(out, p.info())
		}
	}
	return out
}

func (p *piece) info() SegmentInfo {
	m := p.seg.Meta()
	i := SegmentInfo{Name: p.name, Table: m.Table, Group: m.Group, Rows: m.Rows, Deleted: p.deaths.count(), Bytes: p.seg.Bytes(), Memory: p.mem,
		Merging: p.busy, Created: time.Unix(0, m.Created).UTC()}
	i.FirstID, i.LastID = m.Names.Span()
	if p.damage != nil {
		i.Damage = p.damage.Error()
	}
	for _, sec := range m.Sections {
		i.Indexes = append(i.Indexes, IndexInfo{Name: sec.Def.Name, Engine: sec.Def.Engine, Bytes: sec.Size})
	}
	return i
}

// RowsOf returns how many live rows the shard holds of a table; 0 for a table
// it does not know.
func (s *Shard) RowsOf(id record.TableID) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[id]
	if t == nil {
		return 0
	}
	rows := int64(t.openRows)
	for i := range t.open {
		rows -= int64(t.open[i].dead.count())
	}
	for _, p := range t.pieces {
		rows += int64(p.seg.Meta().Rows - p.deaths.count())
	}
	return rows
}
