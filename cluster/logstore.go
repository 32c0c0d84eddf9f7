package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/fault"
)

// brokenCloseTimeout is how long an unusable log store may take to close.
const brokenCloseTimeout = 3 * time.Second

// logDB is the log store of a node: one Pebble database that holds the logs
// and the stable state of all groups. Commits of several groups at one moment
// share an fsync through Pebble's commit pipeline.
type logDB struct {
	db    *pebble.DB
	dir   string
	fs    vfs.FS
	log   *slog.Logger
	halt  func(error)
	onErr func(error) // told once, when the store becomes unusable

	cause atomic.Pointer[error]
}

func openLogDB(dir string, fs vfs.FS, o Options, onErr func(error)) (*logDB, error) {
	s := &logDB{dir: dir, fs: fs, log: o.Logger, halt: o.Halt, onErr: onErr}
	old, err := checkLogFiles(fs, dir, o.Logger)
	if err != nil {
		return nil, err
	}
	db, err := pebble.Open(dir, s.pebbleOptions(fs, o))
	if err != nil {
		if s.err() != nil {
			err = s.err()
		}
		return nil, fault.E("cluster: open log", kindOr(err, fault.IO), fault.Item(dir), err)
	}
	s.db = db
	if !old { // its first file has the form of Pebble's oldest format, without offsets
		if err := db.Flush(); err != nil {
			return nil, errors.Join(fault.E("cluster: open log", fault.IO, fault.Item(dir), err), db.Close())
		}
	}
	return s, nil
}

func (s *logDB) pebbleOptions(fs vfs.FS, o Options) *pebble.Options {
	p := &pebble.Options{
		FS: fs,
		// Includes FormatWALSyncChunks, which tells a torn tail of the WAL from
		// damage within what was synced: the first is dropped, the second is an error.
		FormatMajorVersion:          pebble.FormatValueSeparation,
		Logger:                      pebbleLogger{s},
		CacheSize:                   o.CacheBytes,
		MemTableSize:                uint64(o.MemTableBytes),
		MemTableStopWritesThreshold: 4,
		L0CompactionFileThreshold:   8,
		MaxOpenFiles:                256,
		// Truncation frees the disk without waiting for a full memtable.
		FlushDelayDeleteRange: o.flushDelay,
		BytesPerSync:          1 << 20,
	}
	// Entries arrive compressed where that pays; doing it again only costs.
	p.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	p.Experimental.ValueSeparationPolicy = separateValues
	p.EventListener = &pebble.EventListener{DataCorruption: s.corrupted}
	return p
}

// separateValues keeps entries out of the tables: a compaction moves only keys,
// and what was truncated is dropped by whole files. Every flushed table holds
// entries of all groups, so with the entries inside, each compaction would
// rewrite the logs of all groups; without compactions nothing would be freed
// (48 MiB written, 47 left; separated 1.5 left, values written once,
// TestTruncationFreesTheDisk, 2026-11). A file half of whose bytes are garbage
// is the normal state of logs that are truncated one after the other.
func separateValues() pebble.ValueSeparationPolicy {
	return pebble.ValueSeparationPolicy{
		Enabled:               true,
		MinimumSize:           1 << 10,
		MaxBlobReferenceDepth: 1 << 10, // a lower one rewrites entries
		RewriteMinimumAge:     time.Minute,
		TargetGarbageRatio:    0.6,
	}
}

// err is the reason why the store is unusable, or nil.
func (s *logDB) err() error {
	if p := s.cause.Load(); p != nil {
		return *p
	}
	return nil
}

func (s *logDB) fail(err error) {
	if s.cause.CompareAndSwap(nil, &err) {
		s.log.Error("cluster: log store is unusable", "error", err)
		s.onErr(err)
	}
}

// corrupted is told of a table that does not hold what was written. Pebble's own
// answer would be the end of the process; this one is that of a failed write.
func (s *logDB) corrupted(i pebble.DataCorruptionInfo) {
	s.fail(fault.E("cluster: read log", fault.Corrupt, fault.Item(i.Path),
		fault.Hint("the disk has changed what was written: restore the node from a backup"), i.Details))
}

// commit writes b. After an error nothing more is written (a failed commit
// leaves Pebble's pipeline in an unknown state).
func (s *logDB) commit(b *pebble.Batch, sync *pebble.WriteOptions) (err error) {
	if err := s.err(); err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			f, ok := p.(commitFailure)
			if !ok {
				panic(p)
			}
			err = f.err
		}
		if err != nil {
			err = fault.E("cluster: write log", fault.IO, err)
			s.fail(err)
		}
	}()
	return b.Commit(sync)
}

// get passes the value of a key to use. Where the file of a value cannot be
// opened, Pebble 2.1.7 panics while it makes up its report.
func (s *logDB) get(key []byte, use func(value []byte) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.E("cluster: read log", fault.Corrupt, fault.Item(s.dir), fmt.Errorf("a file of values cannot be read: %v", p))
		}
	}()
	v, c, err := s.db.Get(key)
	if err != nil {
		return err
	}
	return errors.Join(use(v), c.Close())
}

// close closes the store. An unusable one is closed as far as it goes: Pebble
// may wait for ever for what a failed commit left behind.
func (s *logDB) close() error {
	if s.err() == nil {
		if err := s.db.Close(); err != nil {
			return err
		}
		if err := noteClosed(s.fs, s.dir); err != nil { // it is not needed
			s.log.Warn("cluster: no note of how the log was closed", "error", err)
		}
		return nil
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { recover() }()
		s.db.Close()
	}()
	t := time.NewTimer(brokenCloseTimeout)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
	return nil
}

// scan calls see for every entry of g's log with the size of its value, which
// it does not read. A gap between indexes is an error.
func (s *logDB) scan(g GroupID, see func(index uint64, bytes int)) error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: entryKey(g, 0), UpperBound: stableKey(g, nil)})
	if err != nil {
		return err
	}
	next := uint64(0)
	for ok := it.First(); ok; ok = it.Next() {
		index := binary.BigEndian.Uint64(it.Key()[5:])
		if next != 0 && index != next {
			err = fault.Errorf("cluster: scan log", fault.Corrupt, "entry %d of group %d follows %d", index, g, next-1)
			break
		}
		v := it.LazyValue()
		see(index, v.Len())
		next = index + 1
	}
	return errors.Join(err, it.Close())
}
