package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

const (
	snapshotVersion = 1
	snapshotsKept   = 2
	stagePrefix     = ".stage-" // a snapshot being made; removed at the next start
	metaName        = "meta.json"
	stateName       = "state"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// snapshotMeta is meta.json of a snapshot: one line of JSON, and a line with
// the crc32c of the first. The files of the state carry checksums of their own.
type snapshotMeta struct {
	Version            int                `json:"version"`
	ID                 string             `json:"id"`
	Index              uint64             `json:"index"` // raft's: the log is replayed after it
	Term               uint64             `json:"term"`
	MachineIndex       uint64             `json:"machine_index"` // what the state covers, maybe more
	Configuration      raft.Configuration `json:"configuration"`
	ConfigurationIndex uint64             `json:"configuration_index"`
	StreamBytes        int64              `json:"stream_bytes"` // length of the stream a follower gets
}

// snapshots is the raft.SnapshotStore of a group: a snapshot is a folder of
// hard links to the machine's files, put in place by a rename.
type snapshots struct {
	dir string
	log *slog.Logger
	seq atomic.Uint64

	mu   sync.Mutex
	list []snapshotMeta // newest first
}

func openSnapshots(dir string, log *slog.Logger) (*snapshots, error) {
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	found, err := os.ReadDir(dir)
	if err != nil {
		return nil, fault.E("cluster: open snapshots", fault.IO, err)
	}
	s := &snapshots{dir: dir, log: log}
	for _, e := range found {
		switch {
		case strings.HasPrefix(e.Name(), stagePrefix):
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		case e.IsDir():
			s.load(e.Name())
		}
	}
	if err != nil {
		return nil, fault.E("cluster: open snapshots", fault.IO, err)
	}
	s.sort()
	return s, nil
}

// load takes a snapshot into the list; one that is damaged is left on disk and not used.
func (s *snapshots) load(id string) {
	m, err := readMeta(filepath.Join(s.dir, id, metaName))
	if err == nil && m.ID != id {
		err = fault.Errorf("cluster: read snapshot", fault.Corrupt, "id %q in folder %q", m.ID, id)
	}
	if err != nil {
		s.log.Error("cluster: a snapshot is damaged and not used", "folder", filepath.Join(s.dir, id), "error", err)
		return
	}
	s.list = append(s.list, m)
}

func (s *snapshots) sort() {
	slices.SortFunc(s.list, func(a, b snapshotMeta) int { return strings.Compare(b.ID, a.ID) })
}

// newest returns the newest snapshot, if there is one.
func (s *snapshots) newest() (snapshotMeta, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == 0 {
		return snapshotMeta{}, false
	}
	return s.list[0], true
}

func (s *snapshots) find(id string) (snapshotMeta, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.list {
		if m.ID == id {
			return m, nil
		}
	}
	return snapshotMeta{}, fault.E("cluster: open snapshot", fault.NotFound, fault.Item(id))
}

func (s *snapshots) stateDir(id string) string { return filepath.Join(s.dir, id, stateName) }

// List returns the snapshots, newest first.
func (s *snapshots) List() ([]*raft.SnapshotMeta, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*raft.SnapshotMeta
	for _, m := range s.list {
		out = append(out, m.raft())
	}
	return out, nil
}

// Open returns a snapshot as the stream a follower gets.
func (s *snapshots) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	m, err := s.find(id)
	if err != nil {
		return nil, nil, err
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(sendSnapshot(w, m, s.stateDir(id))) }()
	return m.raft(), r, nil
}

// Create begins a snapshot. A local one adopts a staged folder, a received one
// is written to as a stream.
func (s *snapshots) Create(version raft.SnapshotVersion, index, term uint64, c raft.Configuration, cIndex uint64, _ raft.Transport) (raft.SnapshotSink, error) {
	m := snapshotMeta{Version: snapshotVersion, Index: index, Term: term, Configuration: c, ConfigurationIndex: cIndex}
	m.ID = fmt.Sprintf("%020d-%010d-%06d", index, term, s.nextSeq(index, term))
	return &sink{s: s, meta: m}, nil
}

// nextSeq tells snapshots of one index and term apart, across starts too.
func (s *snapshots) nextSeq(index, term uint64) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.seq.Add(1)
	for _, m := range s.list {
		var i, t, q uint64
		if _, err := fmt.Sscanf(m.ID, "%d-%d-%d", &i, &t, &q); err == nil && i == index && t == term {
			n = max(n, q+1)
		}
	}
	s.seq.Store(n)
	return n
}

// stage makes a folder for a snapshot in the making, with an empty state folder.
func (s *snapshots) stage() (string, error) {
	dir, err := os.MkdirTemp(s.dir, stagePrefix)
	if err != nil {
		return "", err
	}
	if err := os.Mkdir(filepath.Join(dir, stateName), 0o755); err != nil {
		os.RemoveAll(dir)
		return "", err
	}
	return dir, nil
}

// install puts the staged folder in place as the newest snapshot and drops old ones.
func (s *snapshots) install(stage string, m snapshotMeta) error {
	if err := writeMeta(filepath.Join(stage, metaName), m); err != nil {
		return err
	}
	if err := syncTree(stage); err != nil {
		return err
	}
	if err := os.Rename(stage, filepath.Join(s.dir, m.ID)); err != nil {
		return err
	}
	if err := syncDir(s.dir); err != nil {
		return err
	}
	s.mu.Lock()
	s.list = append(s.list, m)
	s.sort()
	var old []snapshotMeta
	if len(s.list) > snapshotsKept {
		old = slices.Clone(s.list[snapshotsKept:])
		s.list = s.list[:snapshotsKept]
	}
	s.mu.Unlock()
	for _, m := range old {
		if err := s.remove(m.ID); err != nil {
			s.log.Warn("cluster: an old snapshot could not be removed", "snapshot", m.ID, "error", err)
		}
	}
	return nil
}

// remove renames first, so that a crash leaves no half snapshot behind.
func (s *snapshots) remove(id string) error {
	gone := filepath.Join(s.dir, stagePrefix+id)
	if err := os.Rename(filepath.Join(s.dir, id), gone); err != nil {
		return err
	}
	return os.RemoveAll(gone)
}

func (m snapshotMeta) raft() *raft.SnapshotMeta {
	return &raft.SnapshotMeta{Version: raft.SnapshotVersionMax, ID: m.ID, Index: m.Index, Term: m.Term,
		Configuration: m.Configuration, ConfigurationIndex: m.ConfigurationIndex, Size: m.StreamBytes}
}

func writeMeta(name string, m snapshotMeta) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return os.WriteFile(name, fmt.Appendf(b, "\ncrc32c %08x\n", crc32.Checksum(b, castagnoli)), 0o644)
}

func readMeta(name string) (snapshotMeta, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return snapshotMeta{}, fault.E("cluster: read snapshot", fault.IO, err)
	}
	m, err := parseMeta(b)
	if err != nil {
		return m, fault.E("cluster: read snapshot", fault.Item(name), err)
	}
	return m, nil
}

func parseMeta(b []byte) (m snapshotMeta, err error) {
	line, tail, _ := strings.Cut(string(b), "\n")
	if want := fmt.Sprintf("crc32c %08x\n", crc32.Checksum([]byte(line), castagnoli)); tail != want {
		return m, fault.Errorf("cluster: parse snapshot meta", fault.Corrupt, "checksum line %.20q, wanted %q", tail, want)
	}
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		return m, fault.E("cluster: parse snapshot meta", fault.Corrupt, err)
	}
	if m.Version != snapshotVersion {
		return m, fault.Errorf("cluster: parse snapshot meta", fault.Unsupported, "version %d, wanted %d", m.Version, snapshotVersion)
	}
	return m, nil
}
