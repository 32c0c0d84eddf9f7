package columnar

import (
	"math"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// Index is the open columns of one segment: it answers conditions, and it is
// the segment's engines.Columns.
type Index struct {
	def     engines.IndexDef
	n       int
	bytes   []byte
	path    string // for errors
	keeps   keeper
	columns []*column
	byID    map[record.ColumnID]*column
	fields  map[record.ColumnID]record.Field // of the definition, stored or not
}

// column reads one column of a section. Blocks and the dictionary are checked
// when they are first touched and then kept, except text that had to be
// decompressed and integers that were unpacked: they are kept as long as
// somebody uses them. Integers, and the text of dictionaries, are kept longer
// as far as the engine's keeper allows.
type column struct {
	field  record.Field
	meta   columnMeta
	ix     *Index
	stats  []codec.Stats
	whole  codec.Stats
	blocks []atomic.Pointer[codec.Block]
	packed []atomic.Pointer[weak.Pointer[codec.Block]] // blocks of decompressed text and unpacked integers
	ints   []atomic.Pointer[keptInts]                  // of the latter, those that are kept
	fines  []atomic.Pointer[fine]                      // bounds within blocks, where a range was asked
	maps   []atomic.Bool                               // bitmaps whose checksum was right
	blooms []atomic.Bool                               // filters whose checksum was right

	opening sync.Mutex                 // dict, while it is nil
	dict    atomic.Pointer[codec.Dict] // once asked for, and until held lets it go
	asked   atomic.Bool                // for dict, since held looked
}

func open(s engines.Section, k keeper) (*Index, error) {
	f, err := splitSection(s.Bytes)
	if err != nil {
		return nil, err
	}
	if f.rows != s.Rows {
		return nil, corrupt("%d rows, want %d", f.rows, s.Rows)
	}
	ix := &Index{def: s.Def, n: f.rows, bytes: s.Bytes, path: s.Path, keeps: k, byID: map[record.ColumnID]*column{}, fields: map[record.ColumnID]record.Field{}}
	for _, fd := range s.Def.Fields {
		ix.fields[fd.ID] = fd
	}
	for _, meta := range f.columns {
		field, known := ix.fields[meta.id]
		if !known {
			continue // dropped since
		}
		if field.Type != meta.typ {
			return nil, corrupt("column %s is stored as %s, want %s", field.Name, meta.typ, field.Type)
		}
		c := &column{field: field, meta: meta, ix: ix}
		c.blocks = make([]atomic.Pointer[codec.Block], len(meta.blocks))
		c.fines = make([]atomic.Pointer[fine], len(meta.blocks))
		c.packed = make([]atomic.Pointer[weak.Pointer[codec.Block]], len(meta.blocks))
		c.ints = make([]atomic.Pointer[keptInts], len(meta.blocks))
		c.maps = make([]atomic.Bool, len(meta.bitmaps)+1)
		c.blooms = make([]atomic.Bool, len(meta.blooms))
		c.foldStats()
		ix.columns = append(ix.columns, c)
		ix.byID[meta.id] = c
	}
	return ix, nil
}

// Rows returns the number of rows of the segment.
func (ix *Index) Rows() int { return ix.n }

// Column returns a stored column, or nil.
func (ix *Index) Column(id record.ColumnID) engines.ColumnReader {
	if c := ix.byID[id]; c != nil {
		return c
	}
	return nil
}

// Close lets go of dictionaries; the bytes are the caller's.
func (ix *Index) Close() error {
	ix.keeps.remove(ix)
	return nil
}

func (c *column) Field() record.Field          { return c.field }
func (c *column) Stats() codec.Stats           { return c.whole }
func (c *column) BlockStats(b int) codec.Stats { return c.stats[b] }
func (c *column) coded() bool                  { return c.meta.entries >= 0 }
func (c *column) nulls() int                   { return c.whole.Nulls }
func (c *column) elem() bool                   { return c.field.Type.IsArray() }
func (c *column) valueType() record.Type       { return valueType(c.field.Type) }
func (c *column) storage() record.Storage      { return c.valueType().Storage() }
func (c *column) Block(b int) (*codec.Block, error) {
	if blk := c.held(b); blk != nil {
		return blk, nil
	}
	dict, err := c.Dict()
	if err != nil {
		return nil, err
	}
	m := &c.meta.blocks[b]
	bytes, err := c.ix.bytesOf(m.extent, "block of "+c.field.Name)
	if err != nil {
		return nil, err
	}
	blk, err := codec.Open(bytes, c.field.Type, dict)
	if err != nil {
		return nil, fault.E("columnar: read block", fault.Item(c.field.Name), err)
	}
	if blk.N != m.Rows || blk.Nulls != m.Nulls {
		return nil, fault.Errorf("columnar: read block", fault.Corrupt, "%d rows with %d nulls, want %d with %d", blk.N, blk.Nulls, m.Rows, m.Nulls)
	}
	c.hold(b, blk)
	return blk, nil
}

// held returns block b if it is at hand.
func (c *column) held(b int) *codec.Block {
	if k := c.ints[b].Load(); k != nil {
		ask(&k.asked)
		return k.blk
	}
	if w := c.packed[b].Load(); w != nil {
		return w.Value()
	}
	return c.blocks[b].Load()
}

func (c *column) hold(b int, blk *codec.Block) {
	text := blk
	if blk.Elem != nil {
		text = blk.Elem
	}
	if m := &c.meta.blocks[b]; m.Form == codec.FormPacked || text.Form == codec.FormStrings && m.Width == 1 {
		w := weak.Make(blk)
		c.packed[b].Store(&w)
		if m.Form == codec.FormPacked && c.ix.keeps.ints != nil {
			if k := (&keptInts{c: c, b: b, blk: blk}); c.ints[b].CompareAndSwap(nil, k) {
				c.ix.keeps.ints.add(k, blk.Ints.Bytes())
			}
		}
		return
	}
	c.blocks[b].Store(blk)
	if text.Dict != nil && text.Dict != c.dict.Load() { // forget may have passed by
		c.blocks[b].CompareAndSwap(blk, nil)
	}
}

// valueType is the type of single values: an array's elements'.
func valueType(t record.Type) record.Type {
	if t.IsArray() {
		return t.Elem()
	}
	return t
}

// bytesOf is extent.bytesOf; its error names the file.
func (ix *Index) bytesOf(x extent, what string) ([]byte, error) {
	b, err := bytesOf(x, ix.bytes, what)
	if err != nil && ix.path != "" {
		err = fault.E("columnar: read section", fault.Item(ix.path), err)
	}
	return b, err
}

// Dict returns the dictionary, or nil where the column has none.
func (c *column) Dict() (*codec.Dict, error) {
	if !c.coded() {
		return nil, nil
	}
	if d := c.dict.Load(); d != nil {
		ask(&c.asked)
		return d, nil
	}
	c.opening.Lock()
	defer c.opening.Unlock()
	if d := c.dict.Load(); d != nil {
		return d, nil
	}
	bytes, err := c.ix.bytesOf(c.meta.dict, "dictionary of "+c.field.Name)
	if err != nil {
		return nil, err
	}
	d, err := codec.OpenDict(bytes)
	if err != nil {
		return nil, err
	}
	if d.Len() != c.meta.entries {
		return nil, fault.Errorf("columnar: read dictionary", fault.Corrupt, "%d entries, want %d", d.Len(), c.meta.entries)
	}
	c.dict.Store(d)
	c.ix.keeps.texts.add(keptDict{c}, d.Unpacked())
	return d, nil
}

// foldStats turns the footer's numbers into values, once.
func (c *column) foldStats() {
	for i := range c.meta.blocks {
		c.stats = append(c.stats, blockStats(c.field.Type, &c.meta.blocks[i]))
	}
	c.whole = codec.FoldStats(c.stats)
	c.whole.Distinct = c.meta.distinct
}

func blockStats(t record.Type, m *blockMeta) codec.Stats {
	s := codec.Stats{Rows: m.Rows, Nulls: m.Nulls}
	if !m.Known || t.IsArray() {
		return s
	}
	s.SumHi, s.SumLo, s.SumFloat = m.Sum.Hi, m.Sum.Lo, m.SumFloat
	lo, hi := record.Value{Type: t, Valid: true}, record.Value{Type: t, Valid: true}
	switch t.Storage() {
	case record.Ints:
		lo.I, hi.I = m.Lo, m.Hi
	case record.Floats, record.Points:
		lo.F, hi.F = math.Float64frombits(uint64(m.Lo)), math.Float64frombits(uint64(m.Hi))
		lo.Lat, hi.Lat = m.LatLo, m.LatHi
	default:
		if !m.textBounds {
			return s
		}
		lo.S, hi.S = m.LoS, m.HiS
	}
	s.Min, s.Max = lo, hi
	return s
}

// valueMap returns the rows that hold value i, from its bitmap.
func (c *column) valueMap(i int) (rows.Set, error) { return c.bitmap(c.meta.bitmaps[i], i) }

// nullRows returns the rows that are NULL where that costs no scan.
func (c *column) nullRows() (rows.Set, bool, error) {
	switch {
	case c.nulls() == 0:
		return rows.Set{}, true, nil
	case c.nulls() == c.ix.n:
		return rows.All(c.ix.n), true, nil
	case c.meta.nullMap.Len > 0:
		s, err := c.bitmap(c.meta.nullMap, len(c.meta.bitmaps))
		return s, true, err
	}
	return rows.Set{}, false, nil
}

// bitmap opens the bitmap at x, which is the slot-th of the column. The set
// points into the section.
func (c *column) bitmap(x extent, slot int) (rows.Set, error) {
	bytes := c.ix.bytes[x.Off : x.Off+x.Len : x.Off+x.Len]
	if !c.maps[slot].Load() {
		if _, err := c.ix.bytesOf(x, "bitmap of "+c.field.Name); err != nil {
			return rows.Set{}, err
		}
	}
	m := roaring.New()
	if _, err := m.FromBuffer(bytes); err != nil {
		return rows.Set{}, fault.E("columnar: read bitmap", fault.Corrupt, fault.Item(c.field.Name), err)
	}
	if !m.IsEmpty() && int(m.Maximum()) >= c.ix.n {
		return rows.Set{}, fault.Errorf("columnar: read bitmap", fault.Corrupt, "row %d of %d", m.Maximum(), c.ix.n)
	}
	c.maps[slot].Store(true)
	return rows.Of(m), nil
}
