package cluster

import (
	"encoding/binary"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

// keyTerm is the name under which raft keeps its term.
var keyTerm = []byte("CurrentTerm")

// batchBytes is how much goes into one batch of the log store. Larger ones
// would bypass the memtable and turn the WAL over; all but the last batch of a
// call are not synced on their own, so a call costs one fsync.
const batchBytes = 2 << 20

// errNotFound has the text by which raft knows a missing key.
var errNotFound = errors.New("not found")

// groupLog is the log and the stable state of one group, raft.LogStore and
// raft.StableStore. Appends come from one goroutine; reads and the deletion of
// a prefix from any.
type groupLog struct {
	db    *logDB
	group GroupID
	grown func() // called after every append; must not block

	deletes func() // called before entries are deleted; nil: nobody asks
	started atomic.Bool

	mu          sync.Mutex
	first, last uint64 // 0, 0 when the log is empty
	sizes       logSizes
}

func (s *logDB) group(g GroupID, grown func()) (*groupLog, error) {
	l := &groupLog{db: s, group: g, grown: grown}
	err := s.scan(g, func(index uint64, bytes int) {
		if l.first == 0 {
			l.first = index
			l.sizes.start(index)
		}
		l.last = index
		l.sizes.add(index, bytes+entryKeySize)
	})
	if broken := s.err(); broken != nil {
		err = broken
	}
	if err != nil {
		return nil, fault.E("cluster: open log", kindOr(err, fault.IO), err)
	}
	return l, nil
}

// IsMonotonic tells raft that entries must be appended without a gap: after a
// snapshot was installed it removes the old log first.
func (l *groupLog) IsMonotonic() bool { return true }

func (l *groupLog) FirstIndex() (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first, nil
}

func (l *groupLog) LastIndex() (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last, nil
}

// GetLog reads one entry for raft, which cannot do without it.
func (l *groupLog) GetLog(index uint64, out *raft.Log) error {
	err := l.read(index, out)
	if err != nil && err != raft.ErrLogNotFound {
		l.unreadable(err)
	}
	return err
}

// read reads one entry. An entry below the first index is not found even while
// its deletion is not yet on disk.
func (l *groupLog) read(index uint64, out *raft.Log) error {
	l.mu.Lock()
	there := index >= l.first && index <= l.last && index > 0
	l.mu.Unlock()
	if !there {
		return raft.ErrLogNotFound
	}
	var key [entryKeySize]byte
	putEntryKey(key[:], l.group, index)
	err := l.db.get(key[:], func(v []byte) error { return readEntry(v, index, out) })
	if errors.Is(err, pebble.ErrNotFound) {
		return raft.ErrLogNotFound
	}
	return err
}

// unreadable halts the node: an entry that is there cannot be read. Raft panics
// at that; the group's goroutine ends here instead, as in Set. While raft starts,
// its panic is caught.
func (l *groupLog) unreadable(err error) {
	l.db.fail(fault.E("cluster: read log", kindOr(err, fault.IO), fault.Item(l.db.dir), err))
	if l.started.Load() {
		runtime.Goexit()
	}
}

func (l *groupLog) StoreLog(e *raft.Log) error { return l.StoreLogs([]*raft.Log{e}) }

// StoreLogs appends entries and returns when they are on disk.
func (l *groupLog) StoreLogs(es []*raft.Log) error {
	for len(es) > 0 {
		n, size := 1, entrySize(es[0])
		for n < len(es) && size+entrySize(es[n]) <= batchBytes {
			size += entrySize(es[n])
			n++
		}
		sync := pebble.NoSync
		if n == len(es) {
			sync = pebble.Sync
		}
		if err := l.append(es[:n], size, sync); err != nil {
			return err
		}
		es = es[n:]
	}
	l.grown()
	return nil
}

func (l *groupLog) append(es []*raft.Log, size int, sync *pebble.WriteOptions) error {
	b := l.db.db.NewBatchWithSize(size + len(es)*(entryKeySize+16) + 32)
	defer b.Close()
	for _, e := range es {
		op := b.SetDeferred(entryKeySize, entrySize(e))
		putEntryKey(op.Key, l.group, e.Index)
		putEntry(op.Value, e)
		if err := op.Finish(); err != nil {
			return err
		}
	}
	if err := l.db.commit(b, sync); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == 0 {
		l.first = es[0].Index
	}
	l.last = es[len(es)-1].Index
	for _, e := range es {
		l.sizes.add(e.Index, entrySize(e)+entryKeySize)
	}
	return nil
}

// DeleteRange removes [from, to], a prefix (after a snapshot) or a suffix (an
// overruled follower). It need not be on disk at once: a prefix that comes
// back lies below the snapshot, and a suffix is synced by the append after it.
func (l *groupLog) DeleteRange(from, to uint64) error {
	if from > to {
		return nil
	}
	if l.deletes != nil {
		l.deletes()
	}
	l.forget(from, to)
	b := l.db.db.NewBatch()
	defer b.Close()
	if err := b.DeleteRange(entryKey(l.group, from), entryKey(l.group, to+1), nil); err != nil {
		return err
	}
	return l.db.commit(b, pebble.NoSync)
}

func (l *groupLog) forget(from, to uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case from <= l.first && to >= l.last:
		l.first, l.last = 0, 0
		l.sizes.dropTo(to)
	case from <= l.first:
		l.first = to + 1
		l.sizes.dropTo(to)
	default:
		l.last = from - 1
		l.sizes.cutFrom(from)
	}
}

// bytesAfter estimates the size of the entries above index.
func (l *groupLog) bytesAfter(index uint64) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sizes.after(index)
}

// trailing is the number of newest entries that together have at most the given bytes.
func (l *groupLog) trailing(bytes int64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last - min(l.last, l.sizes.within(bytes))
}

// Set stores a piece of stable state and returns when it is on disk. Raft
// panics when its term cannot be stored; with a log store that is already
// known to be unusable the group's goroutine ends here instead, and the other
// groups can still say why they refuse.
func (l *groupLog) Set(key, value []byte) error {
	b := l.db.db.NewBatch()
	defer b.Close()
	if err := b.Set(stableKey(l.group, key), value, nil); err != nil {
		return err
	}
	err := l.db.commit(b, pebble.Sync)
	if err != nil {
		runtime.Goexit()
	}
	return nil
}

func (l *groupLog) Get(key []byte) (value []byte, err error) {
	err = l.db.get(stableKey(l.group, key), func(v []byte) error {
		value = append([]byte(nil), v...)
		return nil
	})
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, errNotFound
	}
	return value, err
}

func (l *groupLog) SetUint64(key []byte, value uint64) error {
	return l.Set(key, binary.BigEndian.AppendUint64(nil, value))
}

func (l *groupLog) GetUint64(key []byte) (uint64, error) {
	v, err := l.Get(key)
	if err != nil {
		return 0, err
	}
	if len(v) != 8 {
		return 0, fault.Errorf("cluster: read log", fault.Corrupt, "%s has %d bytes, wanted 8", key, len(v))
	}
	return binary.BigEndian.Uint64(v), nil
}

// bootstrap makes voters the first members of an empty group. Term and
// configuration are written in one batch: raft.BootstrapCluster writes them
// one after the other, and a crash between them leaves a group that can
// neither elect nor be bootstrapped again.
func (l *groupLog) bootstrap(voters raft.Configuration) error {
	e := &raft.Log{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(voters)}
	b := l.db.db.NewBatch()
	defer b.Close()
	term := binary.BigEndian.AppendUint64(nil, 1)
	if err := b.Set(stableKey(l.group, keyTerm), term, nil); err != nil {
		return err
	}
	v := make([]byte, entrySize(e))
	putEntry(v, e)
	if err := b.Set(entryKey(l.group, 1), v, nil); err != nil {
		return err
	}
	if err := l.db.commit(b, pebble.Sync); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.first, l.last = 1, 1
	l.sizes.add(1, len(v)+entryKeySize)
	return nil
}
