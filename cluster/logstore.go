package cluster

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/fault"
)

// logDB is the log store of a node: one Pebble database that holds the logs
// and the stable state of all groups. Commits of several groups at one moment
// share an fsync through Pebble's commit pipeline.
type logDB struct {
	db    *pebble.DB
	log   *slog.Logger
	halt  func(error)
	onErr func(error) // told once, when the store becomes unusable

	cause atomic.Pointer[error]
}

func openLogDB(dir string, fs vfs.FS, o Options, onErr func(error)) (*logDB, error) {
	s := &logDB{log: o.Logger, halt: o.Halt, onErr: onErr}
	db, err := pebble.Open(dir, s.pebbleOptions(fs, o))
	if err != nil {
		return nil, fault.E("cluster: open log", fault.IO, fault.Item(dir), err)
	}
	s.db = db
	return s, nil
}

func (s *logDB) pebbleOptions(fs vfs.FS, o Options) *pebble.Options {
	p := &pebble.Options{
		FS: fs,
		// FormatWALSyncChunks tells a torn tail of the WAL from damage within
		// what was synced: the first is dropped, the second is an error.
		FormatMajorVersion: pebble.FormatWALSyncChunks,
		Logger:             pebbleLogger{s},
		CacheSize:          o.CacheBytes,
		MemTableSize:       uint64(o.MemTableBytes),
		// Entries are written once, read rarely and dropped by whole ranges:
		// let flushed tables wait in L0 for their range deletion instead of
		// rewriting them, and stop writes late.
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       16,
		L0CompactionFileThreshold:   1000,
		L0StopWritesThreshold:       200,
		LBaseMaxBytes:               512 << 20,
		MaxOpenFiles:                256,
		// Truncation frees the disk without waiting for a full memtable.
		FlushDelayDeleteRange: 10 * time.Second,
		BytesPerSync:          1 << 20,
	}
	// Entries arrive compressed where that pays; doing it again only costs.
	p.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	return p
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

func (s *logDB) get(key []byte, use func(value []byte) error) error {
	v, c, err := s.db.Get(key)
	if err != nil {
		return err
	}
	return errors.Join(use(v), c.Close())
}

func (s *logDB) close() error {
	if s.err() != nil {
		// Pebble waits in Close for writers that a failed commit left behind.
		return nil
	}
	return s.db.Close()
}

// bounds returns the first and last index in g's log, or 0, 0 if it is empty.
func (s *logDB) bounds(g GroupID) (first, last uint64, err error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: entryKey(g, 0), UpperBound: stableKey(g, nil)})
	if err != nil {
		return 0, 0, err
	}
	if it.First() {
		first = binary.BigEndian.Uint64(it.Key()[5:])
	}
	if it.Last() {
		last = binary.BigEndian.Uint64(it.Key()[5:])
	}
	return first, last, it.Close()
}

// diskBytes estimates the size of g's log on disk.
func (s *logDB) diskBytes(g GroupID) (uint64, error) {
	return s.db.EstimateDiskUsage(entryKey(g, 0), stableKey(g, nil))
}
