package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// MANIFEST is a segment.Frame with the magic below around the JSON of
// manifestFile. It names everything that is part of the shard's state as of
// one log index; whatever else lies in the folder is left over and removed.
//
// Version 1: first.
const (
	manifestName    = "MANIFEST"
	manifestMagic   = "qxmanife"
	manifestVersion = 1
	segmentPrefix   = "seg-"
)

const restoreHint = fault.Hint("restore this shard from a replica or a backup")

// durable is the state that the manifest on disk stands for.
type durable struct {
	applied uint64
	nextRow uint64
	windows []byte
	owners  []record.TableID
	ledger  []byte
	journal []byte
	tables  []durableTable
	dead    map[*piece][]byte // rows dead as of applied, encoded; none: all live
}

// durableTable is one table of it, and the pieces on disk that hold its rows.
type durableTable struct {
	t      *table
	def    *catalog.Table
	pieces []*piece
	mark   int64
	frozen bool
	whole  uint64
}

type manifestFile struct {
	Applied uint64 // everything up to this log index is in the segments below
	NextRow uint64
	Windows []byte           `json:",omitempty"`
	Owners  []record.TableID `json:",omitempty"` // the tables that the windows are of, in their order
	Ledger  []byte           `json:",omitempty"`
	Journal []byte           `json:",omitempty"`
	Tables  []manifestTable
}

type manifestTable struct {
	Table    *catalog.Table
	Mark     *int64            `json:",omitempty"` // rows whose time is below, in nanoseconds since 1970, are hidden
	Frozen   bool              `json:",omitempty"` // takes no change of its rows
	Whole    uint64            `json:",omitempty"` // the newest whole load whose rows are in
	Segments []manifestSegment `json:",omitempty"`
	States   map[string][]byte `json:",omitempty"` // engines' state of the shard, by index name; none yet
}

type manifestSegment struct {
	Name    string
	Index   uint64
	Deletes []byte `json:",omitempty"` // rows dead as of Applied, in the form of rows.Set
	Unread  bool   `json:",omitempty"` // never compared with its checksums since it was written
}

func (d *durable) encode() ([]byte, error) {
	m := manifestFile{Applied: d.applied, NextRow: d.nextRow, Windows: d.windows, Owners: d.owners, Ledger: d.ledger, Journal: d.journal}
	for _, t := range d.tables {
		mt := manifestTable{Table: t.def, Frozen: t.frozen, Whole: t.whole}
		if t.mark != NoMark {
			mt.Mark = &t.mark
		}
		for _, p := range t.pieces {
			mt.Segments = append(mt.Segments, manifestSegment{Name: p.name, Index: p.index, Deletes: d.dead[p], Unread: p.unread.Load()})
		}
		m.Tables = append(m.Tables, mt)
	}
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fault.E("store: encode manifest", fault.Internal, err)
	}
	return segment.Frame(manifestMagic, manifestVersion, body), nil
}

// decodeManifest reads and checks the content of the manifest called path.
func decodeManifest(path string, data []byte) (*manifestFile, error) {
	const op = "store: open manifest"
	_, body, err := segment.Unframe(path, manifestMagic, manifestVersion, data)
	if err != nil {
		return nil, fault.E(op, err, restoreHint)
	}
	m := &manifestFile{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fault.E(op, fault.Corrupt, fault.Item(path), err, restoreHint)
	}
	if _, err := decodeWindows(m.Windows); err != nil {
		return nil, fault.E(op, fault.Item(path), err, restoreHint)
	}
	if _, err := decodeLedger(m.Ledger); err != nil {
		return nil, fault.E(op, fault.Item(path), err, restoreHint)
	}
	if _, err := decodeJournal(m.Journal, m.Applied); err != nil {
		return nil, fault.E(op, fault.Item(path), err, restoreHint)
	}
	if err := m.check(); err != nil {
		return nil, fault.E(op, fault.Corrupt, fault.Item(path), err, restoreHint)
	}
	return m, nil
}

func (m *manifestFile) check() error {
	names, ids := map[string]bool{}, map[uint64]bool{}
	for _, t := range m.Tables {
		if t.Table == nil || ids[uint64(t.Table.ID())] {
			return errors.New("a table is missing or there twice")
		}
		ids[uint64(t.Table.ID())] = true
		for _, seg := range t.Segments {
			if _, ok := segmentNumber(seg.Name); !ok || names[seg.Name] {
				return fmt.Errorf("segment %q is no segment's name or there twice", seg.Name)
			}
			if len(t.States) > 0 {
				return errors.New("it holds engine states, which this version does not know")
			}
			if len(seg.Deletes) > 0 {
				if _, err := rows.Decode(seg.Deletes); err != nil {
					return err
				}
			}
			names[seg.Name] = true
		}
	}
	return nil
}

// segmentName is the folder of segment n.
func segmentName(n uint64) string { return fmt.Sprintf("%s%06d", segmentPrefix, n) }

func segmentNumber(name string) (uint64, bool) {
	var n uint64
	digits, ok := strings.CutPrefix(name, segmentPrefix)
	if !ok || len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, segmentName(n) == name
}

// writeManifest makes d the state on disk. The folders it names are durable
// before, their names in the shard's folder included.
func (s *Shard) writeManifest(d *durable) error {
	data, err := d.encode()
	if err != nil {
		return err
	}
	path := s.path(manifestName)
	if err := s.replaceFile(path, data); err != nil {
		return fault.E("store: write manifest", ioKind(err), fault.Item(path), err)
	}
	s.counters.bytesWritten.Add(int64(len(data)))
	return nil
}

// load opens the state in the shard's folder, or starts an empty one there,
// and removes what a crash left over.
func (s *Shard) load(ctx context.Context) error {
	if err := s.fs.MkdirAll(s.dir, 0o755); err != nil {
		return fault.E("store: open", ioKind(err), fault.Item(s.dir), err)
	}
	names, err := s.fs.List(s.dir)
	if err != nil {
		return fault.E("store: open", ioKind(err), fault.Item(s.dir), err)
	}
	path := s.path(manifestName)
	data, err := segment.ReadFile(s.fs, path)
	if errors.Is(err, os.ErrNotExist) {
		return s.create(names)
	}
	if err != nil {
		return fault.E("store: open manifest", ioKind(err), fault.Item(path), err)
	}
	m, err := decodeManifest(path, data)
	if err != nil {
		return err
	}
	for _, name := range names {
		n, _ := segmentNumber(name)
		s.nextName.Store(max(s.nextName.Load(), n))
	}
	st, err := s.openState(ctx, m)
	if err != nil {
		return err
	}
	s.use(st)
	if len(st.renewed) > 0 {
		if err := s.writeRenewed(st); err != nil {
			return err
		}
	}
	if err := s.removeLeftOver(names); err != nil {
		return err
	}
	if !slices.Contains(names, damagedName) {
		return nil
	}
	note, err := segment.ReadFile(s.fs, s.path(damagedName))
	if err != nil {
		return fault.E("store: open", ioKind(err), fault.Item(s.path(damagedName)), err)
	}
	return s.recallDamages(ctx, string(note))
}

// create writes the first manifest. Segments without one are a loss, not a start.
func (s *Shard) create(names []string) error {
	for _, name := range names {
		if _, ok := segmentNumber(name); ok {
			return fault.E("store: open manifest", fault.Corrupt, fault.Item(s.path(manifestName)),
				fault.Hint("put the file back, or restore this shard from a replica or a backup"),
				fmt.Errorf("the file is missing, but there are segments such as %s", name))
		}
	}
	if err := segment.SyncDir(s.fs, s.fs.PathDir(s.dir)); err != nil {
		return fault.E("store: open", ioKind(err), fault.Item(s.dir), err)
	}
	return s.writeManifest(s.durable)
}

// state is what a manifest stands for, opened.
type state struct {
	durable *durable
	tables  map[record.TableID]*table
	windows *windows
	ledger  *ledger
	journal *journal
	renewed []string // segments of the manifest that did not open and have others in their place
}

// writeRenewed writes the manifest of a state whose segments have other names
// than the one on disk says.
func (s *Shard) writeRenewed(st *state) error {
	if err := segment.SyncDir(s.fs, s.dir); err != nil {
		return fault.E("store: sync folder", ioKind(err), fault.Item(s.dir), err)
	}
	return s.writeManifest(st.durable)
}

// use makes st the state of the shard.
func (s *Shard) use(st *state) {
	s.durable, s.tables, s.windows, s.ledger, s.journal, s.nextRow = st.durable, st.tables, st.windows, st.ledger, st.journal, st.durable.nextRow
	s.applied.Store(st.durable.applied)
}

// openState opens what the manifest names.
func (s *Shard) openState(ctx context.Context, m *manifestFile) (st *state, err error) {
	st = &state{durable: &durable{applied: m.Applied, nextRow: m.NextRow, windows: m.Windows, owners: m.Owners, ledger: m.Ledger, journal: m.Journal, dead: map[*piece][]byte{}}, tables: map[record.TableID]*table{}}
	defer func() {
		if err != nil {
			s.releasePieces(st.durable.pieces())
		}
	}()
	for _, mt := range m.Tables {
		t := newTable(mt.Table)
		t.frozen, t.whole = mt.Frozen, mt.Whole
		if mt.Mark != nil {
			t.mark, t.durableMark = *mt.Mark, *mt.Mark
		}
		for _, ms := range mt.Segments {
			if err := ctx.Err(); err != nil {
				return st, err
			}
			p, err := s.openPiece(ctx, mt.Table, ms)
			if err != nil {
				return st, err
			}
			if p.name != ms.Name {
				st.renewed = append(st.renewed, ms.Name)
			}
			t.pieces = append(t.pieces, p)
			if len(ms.Deletes) > 0 {
				st.durable.dead[p] = ms.Deletes
			}
		}
		st.tables[t.def.ID()] = t
		st.durable.tables = append(st.durable.tables, durableTable{t: t, def: t.def, pieces: t.pieces, mark: t.mark, frozen: t.frozen, whole: t.whole})
	}
	if st.windows, err = decodeWindows(m.Windows); err != nil {
		return st, err
	}
	st.windows.own(m.Owners)
	if st.ledger, err = decodeLedger(m.Ledger); err != nil {
		return st, err
	}
	st.journal, err = decodeJournal(m.Journal, m.Applied)
	return st, err
}

func (s *Shard) openPiece(ctx context.Context, t *catalog.Table, ms manifestSegment) (*piece, error) {
	n, _ := segmentNumber(ms.Name)
	s.nextName.Store(max(s.nextName.Load(), n))
	seg, name, err := s.openOrRenew(ctx, ms.Name)
	if err != nil {
		return nil, fault.E("store: open", err, restoreHint)
	}
	if id := seg.Meta().Table; id != t.ID() {
		seg.Release()
		return nil, fault.E("store: open", fault.Corrupt, fault.Item(s.path(ms.Name)),
			fmt.Errorf("it holds rows of table %d, want %d", id, t.ID()))
	}
	p := &piece{name: name, seg: seg, index: ms.Index}
	p.unread.Store(ms.Unread || name != ms.Name)
	if len(ms.Deletes) == 0 {
		return p, nil
	}
	dead, err := rows.Decode(ms.Deletes)
	if last, some := dead.Max(); err == nil && some && int(last) >= seg.Rows() {
		err = fault.Errorf("store: open deletes", fault.Corrupt, "row %d of %d", last, seg.Rows())
	}
	if err != nil {
		seg.Release()
		return nil, fault.E("store: open", fault.Corrupt, fault.Item(s.path(ms.Name)), err, restoreHint)
	}
	p.deaths.open(dead)
	return p, nil
}

// pieces lists all pieces of all tables.
func (d *durable) pieces() []*piece {
	var out []*piece
	for _, t := range d.tables {
		out = append(out, t.pieces...)
	}
	return out
}

// removeLeftOver removes what is not named by the manifest.
func (s *Shard) removeLeftOver(names []string) error {
	live := map[string]bool{}
	for _, t := range s.durable.tables {
		for _, p := range t.pieces {
			live[p.name] = true
		}
	}
	synced := false
	for _, name := range names {
		_, isSegment := segmentNumber(name)
		if !isSegment && name != manifestName+".tmp" || live[name] {
			continue
		}
		if !synced {
			// The manifest may have been put in place by a process that was killed
			// before it had synced the folder: what its forerunner names goes after.
			if err := segment.SyncDir(s.fs, s.dir); err != nil {
				return fault.E("store: sync folder", ioKind(err), fault.Item(s.dir), err)
			}
			synced = true
		}
		if err := s.fs.RemoveAll(s.path(name)); err != nil {
			return fault.E("store: remove what a crash left over", ioKind(err), fault.Item(s.path(name)), err)
		}
	}
	return nil
}

func (s *Shard) path(name string) string { return s.fs.PathJoin(s.dir, name) }

// ioKind keeps the kind that err has; a bare error is the disk's.
func ioKind(err error) fault.Kind {
	if k := fault.KindOf(err); k != fault.Other {
		return k
	}
	return fault.IO
}
