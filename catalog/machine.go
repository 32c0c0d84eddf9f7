package catalog

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// fileName holds the catalog in the machine's folder: JSON, then its crc32c
// (4 bytes, little-endian), then magic.
const (
	fileName  = "CATALOG"
	magic     = "QXCAT001"
	trailSize = 4 + len(magic)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Machine is the state machine of the meta group: it applies Changes and
// keeps the current Catalog. Apply and Restore are called from one goroutine,
// the rest from any: a backup and a snapshot may flush side by side while
// entries are applied.
type Machine struct {
	dir     string
	now     atomic.Pointer[asOf]
	writing sync.Mutex // held while the file is written: a later one has a later catalog

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
}

// asOf is a catalog and the last log entry that is in it. They are read
// together: a file that said a later entry than it has would lose that one.
type asOf struct {
	catalog *Catalog
	applied uint64
}

// state is the file's JSON.
type state struct {
	Applied uint64
	Version uint64
	NextID  record.TableID
	Tables  []*Table
	Graphs  []*Graph    `json:",omitempty"`
	Loads   []*Load     `json:",omitempty"`
	Ended   []EndedLoad `json:",omitempty"`
}

// Open opens the catalog kept in dir, which must exist; an empty folder is an empty catalog.
func Open(dir string) (*Machine, error) {
	m := &Machine{dir: dir, changed: make(chan struct{})}
	m.now.Store(&asOf{catalog: Empty()})
	return m, m.load(filepath.Join(dir, fileName))
}

// Current returns the catalog as of the last applied entry.
func (m *Machine) Current() *Catalog { return m.now.Load().catalog }

// Applied returns the index of the last applied entry.
func (m *Machine) Applied() uint64 { return m.now.Load().applied }

// Changed returns a channel that is closed at the next change.
func (m *Machine) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

// Apply decides one log entry: the value is the *Table made or removed, or
// nil if there was nothing to do. Every replica decides alike.
func (m *Machine) Apply(index uint64, entry []byte) (*Table, error) {
	now := m.now.Load()
	if index <= now.applied {
		return nil, nil
	}
	next, t, err := now.catalog.applyEntry(entry)
	if err != nil {
		m.now.Store(&asOf{now.catalog, index})
		return nil, err
	}
	m.now.Store(&asOf{next, index})
	m.mu.Lock()
	close(m.changed)
	m.changed = make(chan struct{})
	m.mu.Unlock()
	return t, nil
}

func (c *Catalog) applyEntry(entry []byte) (*Catalog, *Table, error) {
	ch, err := decodeChange(entry)
	if err != nil {
		return nil, nil, err
	}
	return c.Apply(ch)
}

// Flush writes the catalog to the machine's folder, durably.
func (m *Machine) Flush() error {
	m.writing.Lock()
	defer m.writing.Unlock()
	_, err := m.flush()
	return err
}

// flush is Flush with writing held. It returns the last entry that is in the file.
func (m *Machine) flush() (applied uint64, err error) {
	now := m.now.Load()
	c := now.catalog
	body, err := json.Marshal(state{now.applied, c.version, c.nextID, c.Tables(), c.Graphs(), c.loads, c.ended})
	if err != nil {
		return 0, fault.E("catalog: flush", fault.Internal, err)
	}
	body = binary.LittleEndian.AppendUint32(body, crc32.Checksum(body, castagnoli))
	return now.applied, writeDurably(filepath.Join(m.dir, fileName), append(body, magic...))
}

// Link flushes and puts a hard link to the catalog's file into dir. It returns
// the last entry that is in it.
func (m *Machine) Link(dir string) (uint64, error) {
	m.writing.Lock()
	defer m.writing.Unlock()
	applied, err := m.flush()
	if err != nil {
		return 0, err
	}
	if err := os.Link(filepath.Join(m.dir, fileName), filepath.Join(dir, fileName)); err != nil {
		return 0, fault.E("catalog: link", fault.IO, err)
	}
	return applied, nil
}

// Restore takes over the catalog that Link put into dir.
func (m *Machine) Restore(dir string) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	body, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		return fault.E("catalog: restore", fault.IO, err)
	}
	if err := writeDurably(filepath.Join(m.dir, fileName), body); err != nil {
		return err
	}
	return m.load(filepath.Join(m.dir, fileName))
}

func (m *Machine) load(path string) error {
	const op = "catalog: open"
	body, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fault.E(op, fault.IO, fault.Item(path), err)
	}
	s, err := decodeState(body)
	if err != nil {
		return fault.E(op, fault.Item(path), fault.Hint("restore the file from a backup"), err)
	}
	c := &Catalog{version: s.Version, shape: s.Version, nextID: s.NextID, byName: map[string]*Table{}, graphs: map[string]*Graph{}, loads: s.Loads, ended: s.Ended}
	for _, t := range s.Tables {
		c.byName[t.Name] = t
	}
	for _, g := range s.Graphs {
		c.graphs[g.Name] = g
	}
	m.now.Store(&asOf{c, s.Applied})
	return nil
}

func decodeState(body []byte) (*state, error) {
	const op = "catalog: decode"
	n := len(body) - trailSize
	if n < 0 || string(body[n+4:]) != magic {
		return nil, fault.Errorf(op, fault.Corrupt, "offset %d: %d bytes without the closing %q", max(0, n+4), len(body), magic)
	}
	if got, want := crc32.Checksum(body[:n], castagnoli), binary.LittleEndian.Uint32(body[n:]); got != want {
		return nil, fault.Errorf(op, fault.Corrupt, "offset %d: checksum %08x, want %08x", n, got, want)
	}
	s := &state{}
	if err := json.Unmarshal(body[:n], s); err != nil {
		return nil, fault.E(op, fault.Corrupt, err)
	}
	return s, nil
}

// writeDurably replaces path by body: at every moment a reader, or a machine
// that lost power, finds the old file or the new one, whole.
func writeDurably(path string, body []byte) error {
	const op = "catalog: write"
	f, err := os.CreateTemp(filepath.Dir(path), fileName+".tmp-*")
	if err != nil {
		return fault.E(op, fault.IO, err)
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(body); err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fault.E(op, fault.IO, fault.Item(path), err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
