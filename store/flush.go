package store

import (
	"context"
	"slices"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// A flush makes everything up to one log index durable. The order is that of
// a promise and its proof: segment folders and their content, the names in the
// shard's folder, the manifest that names them, and only then are files
// deleted that no manifest needs any more.

// moment is the state of the machine as of one log index.
type moment struct {
	applied uint64
	nextRow uint64
	windows []byte
	owners  []record.TableID
	ledger  []byte
	journal []byte
	tables  []*table
	defs    []*catalog.Table
	marks   []int64
	frozen  []bool
	wholes  []uint64
	mem     [][]*piece // of each table: what of it is in memory, pinned
}

// Flush makes everything applied so far durable in segments and manifest.
func (s *Shard) Flush(ctx context.Context) error {
	if err := s.jobs.lock(ctx); err != nil {
		return err
	}
	defer s.jobs.unlock()
	return s.ended(flushWork, s.flush(ctx))
}

// flush is Flush with the jobs gate held.
func (s *Shard) flush(ctx context.Context) error {
	for {
		m, err := s.sealMoment(ctx)
		if m == nil || err != nil {
			return err // nil: nothing was applied since the last one
		}
		s.at(atMoment)
		if s.pinMoment(m) {
			return s.flushMoment(ctx, m)
		}
	}
}

// pinMoment keeps the memory segments of a moment, whatever becomes of their
// tables. It returns false if one has been dropped or truncated since: rows of
// it are gone that the log after the moment still counts and names, so the flush has to
// be of a later moment. What was sealed for this one is not sealed again, so
// that comes to an end though tables go all the time.
func (s *Shard) pinMoment(m *moment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.opts.flushesGone && slices.ContainsFunc(m.tables, func(t *table) bool { return t.dropped }) {
		return false
	}
	for _, t := range m.tables {
		mem := slicesKeep(t.pieces, func(p *piece) bool { return p.mem && p.index <= m.applied })
		pin(mem)
		m.mem = append(m.mem, mem)
	}
	return true
}

// flushMoment writes a moment, which is pinned, and its manifest.
func (s *Shard) flushMoment(ctx context.Context, m *moment) (err error) {
	defer func() {
		for _, mem := range m.mem {
			s.releasePieces(mem)
		}
	}()
	syncs := s.syncFails.Load()
	written := make([]flushed, len(m.tables))
	discard := func() {
		for _, w := range written {
			s.discard(w.pieces())
		}
	}
	for i, mem := range m.mem {
		if written[i], err = s.writeTable(ctx, mem, m.defs[i], m.applied); err != nil {
			discard()
			return fault.E("store: flush", fault.Item(m.defs[i].Name), err)
		}
	}
	return s.installFlushed(m, written, syncs)
}

// sealMoment picks the moment to flush, the present one, and seals all rows
// that are open as of it. It returns nil if the manifest has them all.
func (s *Shard) sealMoment(ctx context.Context) (*moment, error) {
	if err := s.sealing.lock(ctx); err != nil {
		return nil, err
	}
	defer s.sealing.unlock()
	if err := s.manifest.lock(ctx); err != nil {
		return nil, err
	}
	done := s.durable.applied
	s.manifest.unlock()

	s.mu.Lock()
	if err := s.usable(); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	m := &moment{applied: s.applied.Load(), nextRow: s.nextRow, windows: s.windows.encode(), owners: s.windows.owners(), ledger: s.ledger.encode(), journal: s.journal.encode(), tables: s.ordered()}
	for _, t := range m.tables {
		m.defs, m.marks, m.frozen = append(m.defs, t.def), append(m.marks, t.mark), append(m.frozen, t.frozen)
		m.wholes = append(m.wholes, t.whole)
	}
	s.mu.Unlock()
	if m.applied == done {
		return nil, nil
	}
	for _, t := range m.tables {
		if err := s.seal(ctx, t, m.applied); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// flushed is one table's memory segments and the folders they were written to.
type flushed struct {
	groups []flushGroup
}

// flushGroup is memory segments side by side that became one segment on disk.
type flushGroup struct {
	*rebuild
	to *piece // nil: no row lives
}

func (f flushed) pieces() []*piece {
	var out []*piece
	for _, g := range f.groups {
		out = append(out, some(g.to)...)
	}
	return out
}

// writeTable writes memory segments of a table, as of index upTo, to disk, small
// ones that lie side by side as one.
func (s *Shard) writeTable(ctx context.Context, mem []*piece, def *catalog.Table, upTo uint64) (flushed, error) {
	s.mu.Lock()
	var f flushed
	for _, from := range s.flushGroups(mem) {
		f.groups = append(f.groups, flushGroup{rebuild: s.rebuildOf(from, func(p *piece) rows.Set { return p.deaths.asOf(upTo) })})
	}
	s.mu.Unlock()
	for i := range f.groups {
		var err error
		if f.groups[i].to, err = s.writeGroup(ctx, def, f.groups[i].rebuild); err != nil {
			return f, err
		}
	}
	return f, nil
}

// flushGroups parts memory segments into those that are written as one: of one
// group, and with so few rows that one more pass costs less than one more file.
func (s *Shard) flushGroups(mem []*piece) [][]*piece {
	var out [][]*piece
	last := map[string]int{} // group -> where its last ones are in out
	for _, p := range mem {
		g := p.seg.Meta().Group
		if at, ok := last[g]; ok && !s.opts.NoMerge && rowsOf(out[at])+p.seg.Rows() <= s.opts.SealRows {
			out[at] = append(out[at], p)
			continue
		}
		last[g] = len(out)
		out = append(out, []*piece{p})
	}
	return out
}

// writeGroup writes the live rows of memory segments into one new folder and
// opens it; nil if there are none.
func (s *Shard) writeGroup(ctx context.Context, def *catalog.Table, r *rebuild) (*piece, error) {
	seg := r.from[0].seg
	if len(r.from) > 1 || !r.dead[0].IsEmpty() {
		merged, err := s.buildMerged(ctx, def, r, "")
		if err != nil || merged == nil {
			return nil, err
		}
		defer merged.Release()
		seg = merged
	}
	p, err := s.save(seg)
	if err == nil {
		p.index = newest(r.from)
		s.counters.rowsFlushed.Add(int64(seg.Rows()))
	}
	return p, err
}

// save writes a memory segment into a new folder and opens it.
func (s *Shard) save(mem *segment.Segment) (*piece, error) {
	name := segmentName(s.nextName.Add(1))
	n, err := mem.Save(s.fs, s.path(name))
	s.counters.bytesWritten.Add(n)
	var seg *segment.Segment
	if err == nil {
		seg, err = segment.Open(s.fs, s.path(name), s.reg)
	}
	if err != nil {
		s.discardFolder(s.path(name))
		return nil, err
	}
	return newPiece(name, seg), nil
}

// installFlushed writes the manifest of moment m and puts the written pieces
// in the place of those in memory.
func (s *Shard) installFlushed(m *moment, written []flushed, syncs uint64) error {
	s.manifest.hold()
	defer s.manifest.unlock()
	old := s.durable
	d := &durable{applied: m.applied, nextRow: m.nextRow, windows: m.windows, owners: m.owners, ledger: m.ledger, journal: m.journal, dead: map[*piece][]byte{}}
	s.mu.Lock()
	for i, t := range m.tables {
		for _, p := range old.piecesOf(t) {
			d.note(p, p.deaths.asOf(m.applied))
		}
		for _, g := range written[i].groups {
			if g.to != nil {
				carried := g.carried()
				d.note(g.to, carried.asOf(m.applied))
			}
		}
		d.tables = append(d.tables, durableTable{t: t, def: m.defs[i], mark: m.marks[i], frozen: m.frozen[i], whole: m.wholes[i], pieces: append(old.piecesOf(t), written[i].pieces()...)})
	}
	s.mu.Unlock()
	var fresh []*piece
	for _, w := range written {
		fresh = append(fresh, w.pieces()...)
	}
	s.at(atFlushWritten)
	if err := s.commit(d, fresh, syncs); err != nil {
		return fault.E("store: flush", err)
	}
	s.at(atFlushDone)
	s.durable = d
	s.mu.Lock()
	var gone []*piece
	for i, t := range m.tables {
		gone = append(gone, s.replaceFlushed(t, written[i], m.applied)...)
		t.durableMark = m.marks[i]
	}
	s.mu.Unlock()
	s.drop(gone...)
	s.dropLost(old, d)
	s.counters.flushes.Add(1)
	poke(s.mergeDue)
	return nil
}

// replaceFlushed swaps the pieces of t and returns those in memory. mu is held.
func (s *Shard) replaceFlushed(t *table, f flushed, applied uint64) (gone []*piece) {
	if t.dropped {
		return nil // its memory segments are gone already; the disk ones are the manifest's
	}
	for _, g := range f.groups {
		if g.to != nil {
			g.to.deaths = g.carried()
		}
		replace(t, g.from, g.to)
		for _, p := range g.from {
			s.counters.pressure.Add(-p.seg.Bytes())
		}
		gone = append(gone, g.from...)
	}
	for _, p := range t.pieces {
		p.deaths.settle(applied)
	}
	t.since = s.opts.Now()
	if len(t.open) == 0 && !slices.ContainsFunc(t.pieces, func(p *piece) bool { return p.mem || len(p.deaths.late) > 0 }) {
		t.since = time.Time{}
	}
	return gone
}

// dropLost deletes what the manifest named and now does not.
func (s *Shard) dropLost(old, now *durable) {
	live := map[*piece]bool{}
	for _, t := range now.tables {
		for _, p := range t.pieces {
			live[p] = true
		}
	}
	for _, t := range old.tables {
		for _, p := range t.pieces {
			if !live[p] {
				s.drop(p)
			}
		}
	}
}

// piecesOf returns a copy of the list of pieces of t.
func (d *durable) piecesOf(t *table) []*piece {
	for _, dt := range d.tables {
		if dt.t == t {
			return slices.Clone(dt.pieces)
		}
	}
	return nil
}

// releasePieces gives back references taken with Acquire.
func (s *Shard) releasePieces(ps []*piece) {
	segs := make([]*segment.Segment, len(ps))
	for i, p := range ps {
		segs[i] = p.seg
	}
	s.releaseAll(segs)
}
