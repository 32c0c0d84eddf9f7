package store

import (
	"encoding/binary"
	"encoding/json"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// A log entry starts with its kind and the version of that kind's form:
//
//	batch   +---+---+-------+----------+-----------+---------+---------------+
//	        | 1 | 1 | flags | 0 ... x5 | client 16 | seq u64 | record.Batch, |
//	        |   |   |       |          |           |         | wire          |
//	        +---+---+-------+----------+-----------+---------+---------------+
//	define  | 2 | 1 | catalog.Table, JSON                                    |
//	drop    | 3 | 1 | table id u64                                           |
//	        +---+---+--------------------------------------------------------+
//
// Flag 1 says that a row whose primary key is there already is left out; else
// it takes the place of the one that is there. Integers are little-endian. A batch starts at a multiple of eight bytes, so
// that a copy of the entry can be read without copying its values.
const (
	tagBatch  = 1
	tagDefine = 2
	tagDrop   = 3

	entryVersion = 1
	flagKeep     = 1
	batchAt      = 32
)

// IdempotencyKey names a batch of a client, so that a retry adds nothing. The
// zero key is none. Seq rises with each new batch of a client; a retry has the
// Seq of its first try. A client may have up to 1024 batches under way.
type IdempotencyKey struct {
	Client [16]byte
	Seq    uint64
}

// BatchResult is the value of an applied batch. The rows have the ids
// FirstRow, FirstRow+1, ...; of a Duplicate, those that its first try got.
type BatchResult struct {
	FirstRow  uint64
	Rows      int // that were sent
	Replaced  int // rows that died because one of these has their key
	Kept      int // of Rows, those left out because their key was there
	Duplicate bool
}

// EncodeBatch returns the log entry that appends the rows of b to its table.
func EncodeBatch(key IdempotencyKey, b *record.Batch) []byte {
	e := make([]byte, batchAt, batchAt+256)
	e[0], e[1] = tagBatch, entryVersion
	copy(e[8:], key.Client[:])
	binary.LittleEndian.PutUint64(e[24:], key.Seq)
	return b.AppendWire(e)
}

// EncodeFresh is EncodeBatch for rows that are left out where there is a row
// with their primary key: ON CONFLICT DO NOTHING.
func EncodeFresh(key IdempotencyKey, b *record.Batch) []byte {
	e := EncodeBatch(key, b)
	e[2] = flagKeep
	return e
}

// EncodeDefine returns the log entry that says: from here on the table is t.
// It makes the table, or gives it a newer version of its schema; an older or
// the same version changes nothing.
func EncodeDefine(t *catalog.Table) []byte {
	body, err := json.Marshal(t)
	if err != nil {
		panic("BUG: store: a table without JSON form: " + err.Error())
	}
	return append([]byte{tagDefine, entryVersion}, body...)
}

// EncodeDrop returns the log entry that drops the table and all its rows.
func EncodeDrop(id record.TableID) []byte { return encodeTable(tagDrop, id) }

// encodeTable returns an entry that is a table's id, or begins with it.
func encodeTable(tag byte, id record.TableID) []byte {
	return binary.LittleEndian.AppendUint64([]byte{tag, entryVersion}, uint64(id))
}

// decodeBatch reads a batch entry into memory of its own: one copy, aligned.
func decodeBatch(entry []byte) (key IdempotencyKey, b *record.Batch, size int, err error) {
	if len(entry) < batchAt {
		return key, nil, 0, badEntry("batch of %d bytes, want at least %d", len(entry), batchAt)
	}
	copy(key.Client[:], entry[8:])
	key.Seq = binary.LittleEndian.Uint64(entry[24:])
	own := make([]byte, len(entry)-batchAt)
	copy(own, entry[batchAt:])
	b, err = record.DecodeBatch(own)
	return key, b, len(own), err
}

func decodeDefine(entry []byte) (*catalog.Table, error) {
	t := &catalog.Table{}
	if err := json.Unmarshal(entry[2:], t); err != nil {
		return nil, badEntry("definition: %v", err)
	}
	return t, nil
}

func decodeDrop(entry []byte) (record.TableID, error) {
	if len(entry) != 10 {
		return 0, badEntry("drop of %d bytes, want 10", len(entry))
	}
	return record.TableID(binary.LittleEndian.Uint64(entry[2:])), nil
}

func badEntry(format string, args ...any) error {
	return fault.Errorf("store: read log entry", fault.Corrupt, format, args...)
}
