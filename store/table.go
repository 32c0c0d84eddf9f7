package store

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// table is one table of a shard. Shard.mu guards it.
type table struct {
	def       *catalog.Table
	open      []openBatch // ascending by index
	openRows  int
	openBytes int64
	since     time.Time // when the oldest row that is in no file came; zero: none
	pieces    []*piece  // in log order, memory segments last unless grouped
	keys      *openKeys // of the open rows; nil: the table has no primary key
	tail      *tail     // the open rows as columns, made when first viewed; nil: not made
	dropped   bool
	frozen    bool   // takes no change of its rows: they move
	whole     uint64 // the newest whole load whose rows it has

	mark        int64 // rows whose time is below are hidden; NoMark: none
	durableMark int64 // the same as the last manifest has it
}

// openBatch is one applied batch that is in no segment yet.
type openBatch struct {
	index uint64 // of its log entry
	first uint64 // id of its first row
	size  int64
	batch *record.Batch

	hashes []uint64 // of the rows' keys, where the table has them
	dead   deaths
}

// newTable returns a table without rows.
func newTable(def *catalog.Table) *table {
	t := &table{def: def, mark: NoMark, durableMark: NoMark}
	if len(def.Key) > 0 {
		t.keys = &openKeys{}
	}
	return t
}

// piece is one segment of a table, in memory or on disk. seg, busy, gone and
// damage are guarded by Shard.mu; the state holds one reference to seg.
type piece struct {
	name  string
	seg   *segment.Segment
	index uint64 // of the newest log entry in it
	mem   bool
	busy  bool // a merge has it in hand
	gone  bool // no longer part of the state: its reference is given back

	unread atomic.Bool // it was never compared with its checksums since it was written
	damage error       // what was found when it was, or nil
	beyond bool        // the columns are damaged: the segment cannot be mended from itself

	deaths  deaths
	expiry  *expiry     // as last asked for
	names   *finder     // once asked for
	shown   []OpenIndex // the indexes of shownOf, once asked for; shared with views
	shownOf *segment.Segment
}

// newPiece returns a segment that was just written.
func newPiece(name string, seg *segment.Segment) *piece {
	p := &piece{name: name, seg: seg}
	p.unread.Store(true)
	return p
}

// defs lists the indexes that segments of t are built with, columns first.
func defs(t *catalog.Table, bare bool) []engines.IndexDef {
	columns := engines.ColumnsDef(t.Schema.Fields, nil)
	var keys []engines.IndexDef
	if len(t.Key) > 0 {
		keys = []engines.IndexDef{{Name: engines.KeysEngine, Engine: engines.KeysEngine, Fields: t.Fields(t.Key)}}
	}
	if bare {
		columns.Options = map[string]string{"shortcuts": "off"}
		return append([]engines.IndexDef{columns}, keys...)
	}
	for _, name := range []string{"bloom", "pack", catalog.Shortcuts} {
		if v := t.Options[name]; v != "" {
			if columns.Options == nil {
				columns.Options = map[string]string{}
			}
			columns.Options[name] = v
		}
	}
	out := append([]engines.IndexDef{columns}, keys...)
	for _, ix := range t.Indexes {
		out = append(out, engines.IndexDef{Name: ix.Name, Engine: ix.Engine, Fields: t.Fields(ix.Columns), Options: ix.Options})
	}
	return out
}

// tail holds the open rows of a table column by column, at most TailRows of
// them. It only ever grows at its end, so that a view is a copy of its slice
// headers: the rows a view sees are never written again. Validity bits, of
// which many rows share a word, are copied.
type tail struct {
	batch   record.Batch
	ids     segment.IDs
	batches int // how many of table.open are in it
	part    *Part
}

func newTail(s *record.Schema) *tail { return &tail{batch: *record.NewBatch(s, 0)} }

// extend appends the rows of b; columns that it does not hold get their default.
func (tl *tail) extend(s *record.Schema, b openBatch) {
	for i, f := range s.Fields {
		dst, src := &tl.batch.Cols[i], b.batch.Column(f.ID)
		if src != nil && src.Type == f.Type {
			dst.AppendRows(src, 0, src.N)
			continue
		}
		for range b.batch.N {
			dst.Append(f.Default)
		}
	}
	tl.batch.N += b.batch.N
	tl.ids = tl.ids.Append(b.first, b.batch.N)
	tl.batches++
	tl.part = nil
}

// liveAsOf is liveIn as of a log index.
func liveAsOf(open []openBatch, n int, index uint64) rows.Set {
	var dead rows.Builder
	at := 0
	for i := range open {
		for row := range open[i].dead.asOf(index).Each() {
			dead.Add(rows.Num(at) + row)
		}
		at += open[i].batch.N
	}
	return rows.All(n).AndNot(dead.Set())
}

// snapshot returns the rows so far as a part of a view; open is the batches
// that they came in.
func (tl *tail) snapshot(s *record.Schema, open []openBatch) *Part {
	if tl.part == nil {
		b := tl.batch
		b.Cols = slices.Clone(b.Cols)
		for i := range b.Cols {
			b.Cols[i] = freeze(b.Cols[i])
		}
		tl.part = &Part{Name: "open", Rows: b.N, Live: liveIn(open, b.N), Columns: engines.BatchColumns(s, &b),
			Open: true, names: segment.NewNames(slices.Clone(tl.ids))}
	}
	return tl.part
}

// liveIn returns which rows of open batches, n rows one after the other, live.
func liveIn(open []openBatch, n int) rows.Set {
	var dead rows.Builder
	at := 0
	for i := range open {
		o := &open[i]
		if o.dead.count() > 0 {
			for row := range rows.Of(o.dead.now.Clone()).Each() {
				dead.Add(rows.Num(at) + row)
			}
		}
		at += o.batch.N
	}
	return rows.All(n).AndNot(dead.Set())
}

// freeze returns c so that appending to c does not change it.
func freeze(c record.Column) record.Column {
	c.Valid = slices.Clone(c.Valid)
	if c.Elem != nil {
		e := freeze(*c.Elem)
		c.Elem = &e
	}
	return c
}
