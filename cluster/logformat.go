package cluster

import (
	"encoding/binary"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

// Keys of the log store, big-endian, so that a group's entries sort by index:
//
//	| group 4 | 'l' 1 | index 8 |     an entry
//	| group 4 | 's' 1 | name... |     stable state: term, vote
//
// Value of an entry, little-endian:
//
//	| version 1 | type 1 | term 8 | appended at 8 | extensions length 4 | extensions | data |
//
// "appended at" is in nanoseconds since 1970 UTC, 0 for unknown. The store's
// own checksums cover keys and values, in its log and in its tables.
//
// Versions: 1, the first.
const (
	entryVersion    = 1
	entryHeaderSize = 1 + 1 + 8 + 8 + 4
	entryKeySize    = 4 + 1 + 8
)

func entryKey(g GroupID, index uint64) []byte {
	k := make([]byte, entryKeySize)
	putEntryKey(k, g, index)
	return k
}

func putEntryKey(k []byte, g GroupID, index uint64) {
	binary.BigEndian.PutUint32(k, uint32(g))
	k[4] = 'l'
	binary.BigEndian.PutUint64(k[5:], index)
}

func stableKey(g GroupID, name []byte) []byte {
	k := make([]byte, 5, 5+len(name))
	binary.BigEndian.PutUint32(k, uint32(g))
	k[4] = 's'
	return append(k, name...)
}

func entrySize(l *raft.Log) int { return entryHeaderSize + len(l.Extensions) + len(l.Data) }

// putEntry writes l into v; len(v) == entrySize(l).
func putEntry(v []byte, l *raft.Log) {
	v[0], v[1] = entryVersion, byte(l.Type)
	binary.LittleEndian.PutUint64(v[2:], l.Term)
	at := int64(0)
	if !l.AppendedAt.IsZero() {
		at = l.AppendedAt.UnixNano()
	}
	binary.LittleEndian.PutUint64(v[10:], uint64(at))
	binary.LittleEndian.PutUint32(v[18:], uint32(len(l.Extensions)))
	n := copy(v[entryHeaderSize:], l.Extensions)
	copy(v[entryHeaderSize+n:], l.Data)
}

// readEntry fills l from v, which it copies.
func readEntry(v []byte, index uint64, l *raft.Log) error {
	if len(v) < entryHeaderSize {
		return fault.Errorf("cluster: read entry", fault.Corrupt, "entry %d has %d bytes, wanted at least %d", index, len(v), entryHeaderSize)
	}
	if v[0] != entryVersion {
		return fault.Errorf("cluster: read entry", fault.Corrupt, "entry %d has version %d, wanted %d", index, v[0], entryVersion)
	}
	ext := uint64(binary.LittleEndian.Uint32(v[18:]))
	rest := v[entryHeaderSize:]
	if ext > uint64(len(rest)) {
		return fault.Errorf("cluster: read entry", fault.Corrupt, "entry %d has %d bytes of extensions, wanted at most %d", index, ext, len(rest))
	}
	*l = raft.Log{Index: index, Type: raft.LogType(v[1]), Term: binary.LittleEndian.Uint64(v[2:])}
	if at := int64(binary.LittleEndian.Uint64(v[10:])); at != 0 {
		l.AppendedAt = time.Unix(0, at)
	}
	rest = append([]byte(nil), rest...)
	if ext > 0 {
		l.Extensions = rest[:ext:ext]
	}
	l.Data = rest[ext:]
	return nil
}
