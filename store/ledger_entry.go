package store

import (
	"encoding/binary"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Two kinds of log entries speak of chunks of sources (see Chunk):
//
//	part    +----+---+----------+-----------+-----------+-----------+---------+----------+-------------+
//	        | 16 | 1 | 0 ... x6 | table u64 | source 16 | start u64 | end u64 | part u64 | batch entry |
//	        +----+---+----------+-----------+-----------+-----------+---------+----------+-------------+
//	marked  | 17 | 1 | f | 0.x5 | table u64 | source 16 | start u64 | end u64 | rows u64 |
//	        +----+---+----------+-----------+-----------+-----------+---------+----------+
//
// Flag f is 1 for a mark that a frozen table takes, too, and else 0.
// A part's batch is a log entry of its own kind, without an idempotency key: a
// part that is in already is left out.
const (
	tagPart   = 16
	tagMarked = 17

	chunkBytes = 56
	flagMoved  = 1
)

// EncodePart returns the log entry that applies the entry of a batch unless
// the ledger has that part of the chunk. The numbers of the parts of a chunk
// are the caller's, and the same whenever the chunk is sent again.
func EncodePart(c Chunk, part uint64, batch []byte) []byte {
	return append(encodeChunk(tagPart, c, part, len(batch)), batch...)
}

// EncodeMarked returns the log entry that says: all of the chunk, rows rows,
// is in. It comes after the chunk's parts are applied on all shards.
func EncodeMarked(c Chunk, rows uint64) []byte { return encodeChunk(tagMarked, c, rows, 0) }

// EncodeMoved is EncodeMarked of a chunk whose rows were moved into its table,
// which is frozen for that.
func EncodeMoved(c Chunk, rows uint64) []byte {
	e := EncodeMarked(c, rows)
	e[2] = flagMoved
	return e
}

func encodeChunk(tag byte, c Chunk, last uint64, room int) []byte {
	e := make([]byte, chunkBytes, chunkBytes+room)
	e[0], e[1] = tag, entryVersion
	binary.LittleEndian.PutUint64(e[8:], uint64(c.Table))
	copy(e[16:], c.Source[:])
	binary.LittleEndian.PutUint64(e[32:], c.Start)
	binary.LittleEndian.PutUint64(e[40:], c.End)
	binary.LittleEndian.PutUint64(e[48:], last)
	return e
}

func decodeChunk(e []byte) (c Chunk, last uint64, err error) {
	if len(e) < chunkBytes {
		return c, 0, badEntry("chunk of %d bytes, want at least %d", len(e), chunkBytes)
	}
	c.Table = record.TableID(binary.LittleEndian.Uint64(e[8:]))
	copy(c.Source[:], e[16:])
	c.Start, c.End = binary.LittleEndian.Uint64(e[32:]), binary.LittleEndian.Uint64(e[40:])
	return c, binary.LittleEndian.Uint64(e[48:]), nil
}

// decodePart reads a part, and returns what to do under the lock.
func (s *Shard) decodePart(index uint64, entry []byte) (func() (any, error), error) {
	c, part, err := decodeChunk(entry)
	if err != nil {
		return nil, err
	}
	inner := entry[chunkBytes:]
	if len(inner) > 0 && (inner[0] == tagPart || inner[0] == tagMarked) {
		return nil, badEntry("a part within a part")
	}
	apply, err := s.decode(index, inner)
	if err != nil {
		return nil, err
	}
	return func() (any, error) {
		if s.tables[c.Table] == nil {
			return nil, fault.Errorf("store: apply load", fault.NotFound, "there is no table with id %d", c.Table)
		}
		if r, done, err := s.ledger.find(c, part); done || err != nil {
			return r, err
		}
		value, err := apply()
		if r, ok := value.(BatchResult); ok && err == nil {
			s.ledger.add(c, part, r)
		}
		return value, err
	}, nil
}

// decodeMarked reads a mark, and returns what to do under the lock.
func (s *Shard) decodeMarked(entry []byte) (func() (any, error), error) {
	c, rows, err := decodeChunk(entry)
	if err != nil {
		return nil, err
	}
	if len(entry) != chunkBytes {
		return nil, badEntry("mark of %d bytes, want %d", len(entry), chunkBytes)
	}
	moved := entry[2] == flagMoved
	return func() (any, error) {
		t := s.tables[c.Table]
		if t == nil { // dropped meanwhile
			return nil, nil
		}
		if err := t.takes("store: mark load"); err != nil && !moved {
			return nil, err
		}
		return nil, s.ledger.mark(c, rows)
	}, nil
}
