package search

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/vellum"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// Index is the open text of one segment.
type Index struct {
	engine  *Engine
	def     engines.IndexDef
	foot    *footer
	bytes   []byte
	path    string        // for errors
	checked []atomic.Bool // pages whose checksum was right

	dictOnce sync.Once
	dict     *vellum.FST
	dictErr  error

	mu    sync.RWMutex
	known map[string]*postings // of terms asked for lately; nil where no row holds one
}

// maxKnown is how many terms' heads are kept: one statement asks for each of
// its terms several times, and its words come again.
const maxKnown = 512

func open(e *Engine, s engines.Section) (*Index, error) {
	f, err := splitSection(s.Bytes)
	if err != nil {
		return nil, err
	}
	if f.rows != s.Rows {
		return nil, corrupt("%d rows, want %d", f.rows, s.Rows)
	}
	if want := analyzerOf(s.Def); f.analyzer != want {
		return nil, fault.Errorf("search: open section", fault.Invalid, "it was written with analyzer %q, want %q", f.analyzer, want)
	}
	return &Index{engine: e, def: s.Def, foot: f, bytes: s.Bytes, path: s.Path, checked: make([]atomic.Bool, len(f.pages))}, nil
}

// Close has nothing to free: the bytes are the caller's.
func (ix *Index) Close() error { return nil }

// check verifies the pages that bytes [lo, hi) of the section lie on.
func (ix *Index) check(lo, hi int) error {
	for p := lo / pageBytes; p*pageBytes < hi; p++ {
		if ix.checked[p].Load() {
			continue
		}
		end := min((p+1)*pageBytes, ix.end())
		if crc := frame.Checksum(ix.bytes[p*pageBytes : end]); crc != ix.foot.pages[p] {
			return fault.E("search: read section", fault.Corrupt, fault.Item(ix.path),
				fmt.Errorf("crc32c of bytes [%d, %d) is %08x, want %08x", p*pageBytes, end, crc, ix.foot.pages[p]))
		}
		ix.checked[p].Store(true)
	}
	return nil
}

// end is where the footer begins.
func (ix *Index) end() int {
	last := ix.foot.part[parts-1]
	return (last.off + last.len + 63) &^ 63
}

// part returns the verified bytes of a part.
func (ix *Index) part(i int) ([]byte, error) {
	x := ix.foot.part[i]
	if err := ix.check(x.off, x.off+x.len); err != nil {
		return nil, err
	}
	return ix.bytes[x.off : x.off+x.len : x.off+x.len], nil
}

// fst returns the dictionary.
func (ix *Index) fst() (*vellum.FST, error) {
	ix.dictOnce.Do(func() {
		b, err := ix.part(partDict)
		if err == nil {
			ix.dict, err = vellum.Load(b)
		}
		if err == nil && ix.dict.Len() != ix.foot.terms {
			err = fault.Errorf("search: read dictionary", fault.Corrupt, "%d terms, want %d", ix.dict.Len(), ix.foot.terms)
		}
		ix.dictErr = err
	})
	return ix.dict, ix.dictErr
}

// postings are the rows of one term, still packed.
type postings struct {
	n      int // rows
	bitmap []byte
	set    atomic.Pointer[rows.Set] // of bitmap, once it was asked for
	skip   []byte                   // nil where one block is all
	blocks []byte                   // and slack behind them
	size   int                      // of the blocks without slack; for one block, at most so much
}

// lookUp returns the postings of a term, or nil if no row holds it.
func (ix *Index) lookUp(term string) (*postings, error) {
	ix.mu.RLock()
	p, ok := ix.known[term]
	ix.mu.RUnlock()
	if ok {
		return p, nil
	}
	p, err := ix.find(term)
	if err != nil || len(term) > maxPattern {
		return p, err
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.known == nil || len(ix.known) >= maxKnown {
		ix.known = make(map[string]*postings)
	}
	ix.known[term] = p
	return p, nil
}

// find is lookUp in the dictionary.
func (ix *Index) find(term string) (*postings, error) {
	dict, err := ix.fst()
	if err != nil {
		return nil, err
	}
	at, ok, err := get(dict, term)
	if err != nil {
		return nil, fault.E("search: read dictionary", fault.Corrupt, err)
	}
	if !ok {
		return nil, nil
	}
	return ix.postingsAt(at)
}

func get(dict *vellum.FST, term string) (at uint64, ok bool, err error) {
	defer guarded(&err)
	return dict.Get([]byte(term))
}

// maxHead is more than the varints before the skip table take.
const maxHead = 64

// postingsAt reads the head of a term's postings and verifies all of them.
func (ix *Index) postingsAt(at uint64) (*postings, error) {
	x := ix.foot.part[partPostings]
	if at >= uint64(x.len) {
		return nil, badPostings(at)
	}
	lo := x.off + int(at)
	if err := ix.check(lo, min(lo+maxHead, x.off+x.len)); err != nil {
		return nil, err
	}
	r := headReader{b: ix.bytes[lo : x.off+x.len : x.off+x.len]}
	head := r.number()
	p := &postings{n: int(head >> 1)}
	if head&1 != 0 {
		if err := ix.bitmapAt(p, int(r.number()), int(r.number())); err != nil {
			return nil, err
		}
	}
	skip := 0
	if p.n > blockRows {
		p.size = int(r.number())
		skip = (p.n + blockRows - 1) / blockRows * skipBytes
	} else {
		p.size = min(len(r.b)-slack, oneBlock(r.b, p.n))
	}
	if r.bad || p.n < 1 || p.n > ix.foot.rows || p.size < 3 || skip+p.size+slack > len(r.b) {
		return nil, badPostings(at)
	}
	from := x.off + x.len - len(r.b)
	if err := ix.check(from, from+skip+p.size); err != nil {
		return nil, err
	}
	if skip > 0 {
		p.skip = r.b[:skip]
	}
	p.blocks = r.b[skip : skip+p.size+slack]
	return p, nil
}

// oneBlock bounds the bytes of a single block of n rows from its frequencies.
func oneBlock(b []byte, n int) int {
	if len(b) < 3+slack {
		return 0
	}
	wd, wf, wp := uint(b[0]), uint(b[1]), uint(b[2])
	docs := 3 + packed(n, wd)
	if wd > 32 || wf > 32 || wp > 32 || docs+packed(n, wf)+slack > len(b) {
		return 0
	}
	many := n
	if wf > 0 {
		var less [blockRows]uint32
		unpack(b[docs:], less[:n], wf)
		for _, f := range less[:n] {
			many += int(f)
		}
	}
	return docs + packed(n, wf) + packed(many, wp)
}

func badPostings(at uint64) error {
	return fault.Errorf("search: read postings", fault.Corrupt, "no postings at offset %d", at)
}

func (ix *Index) bitmapAt(p *postings, off, size int) error {
	x := ix.foot.part[partBitmaps]
	if off < 0 || size < 0 || off > x.len || size > x.len-off {
		return fault.Errorf("search: read postings", fault.Corrupt, "bitmap [%d, +%d) of %d bytes", off, size, x.len)
	}
	if err := ix.check(x.off+off, x.off+off+size); err != nil {
		return err
	}
	p.bitmap = ix.bytes[x.off+off : x.off+off+size : x.off+off+size]
	return nil
}

// headReader reads varints; after the first bad one they are 0.
type headReader struct {
	b   []byte
	bad bool
}

func (r *headReader) number() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > 1<<48 || r.bad {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

// rowsOf returns the rows of p, which has a bitmap. Terms that are kept are
// opened once.
func (ix *Index) rowsOf(p *postings) (rows.Set, error) {
	if s := p.set.Load(); s != nil {
		return *s, nil
	}
	s, err := ix.setOf(p.bitmap)
	if err == nil {
		p.set.Store(&s)
	}
	return s, err
}

// setOf opens a bitmap of rows. The set points into the section.
func (ix *Index) setOf(bytes []byte) (rows.Set, error) {
	m := roaring.New()
	if _, err := m.FromBuffer(bytes); err != nil {
		return rows.Set{}, fault.E("search: read bitmap", fault.Corrupt, err)
	}
	if !m.IsEmpty() && int(m.Maximum()) >= ix.foot.rows {
		return rows.Set{}, fault.Errorf("search: read bitmap", fault.Corrupt, "row %d of %d", m.Maximum(), ix.foot.rows)
	}
	return rows.Of(m), nil
}

// present returns the rows that have a text.
func (ix *Index) present() (rows.Set, error) {
	all := rows.All(ix.foot.rows)
	if ix.foot.nulls == 0 {
		return all, nil
	}
	b, err := ix.part(partNulls)
	if err != nil {
		return rows.Set{}, err
	}
	nulls, err := ix.setOf(b)
	return all.AndNot(nulls), err
}

// lengths returns the length byte of every row.
func (ix *Index) lengths() ([]byte, error) { return ix.part(partLengths) }
