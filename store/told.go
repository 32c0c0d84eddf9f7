package store

import (
	"fmt"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Told is what an entry of the log did to a table: at most one of its parts is
// more than one kind of thing, rows that died and rows that came.
type Told struct {
	Came    *record.Batch // rows that came, the first of which has the id Came.FirstRow; nil: none
	Died    []uint64      // ids of rows that were deleted or updated, ascending; rows that died because others came with their keys are not among them
	Keys    *record.Batch // the primary keys of Died, in their order; nil: the entry does not say
	Emptied bool          // all rows of the shard died
	Mark    int64         // rows whose time is below died; NoMark: none did
	Defined *catalog.Table
	Dropped bool
}

// Tell reads an entry of the log of which Effects has told. The entry is the
// callee's.
func Tell(entry []byte, e Effect) (t Told, err error) {
	t.Mark = NoMark
	if len(entry) < 2 || entry[1] != entryVersion {
		return t, badEntry("% x, want a kind and version %d", entry[:min(2, len(entry))], entryVersion)
	}
	switch entry[0] {
	case tagPart:
		if len(entry) < chunkBytes+2 || entry[chunkBytes] != tagBatch {
			return t, badEntry("a part of %d bytes, want one with a batch", len(entry))
		}
		return Tell(entry[chunkBytes:], e)
	case tagBatch:
		_, t.Came, _, err = decodeBatch(entry)
	case tagWhole:
		if len(entry) < wholeAt {
			return t, badEntry("whole load of %d bytes, want at least %d", len(entry), wholeAt)
		}
		t.Came, err = record.DecodeBatch(append([]byte(nil), entry[wholeAt:]...)) // aligned
	case tagChange, tagMove:
		var c *change
		if c, err = decodeChange(entry); err == nil {
			t.Came, t.Keys = c.batch, c.keys
			if entry[0] == tagChange {
				t.Died = c.ids
			}
		}
	case tagTruncate:
		t.Emptied = true
	case tagExpire:
		_, t.Mark, err = decodeExpire(entry)
	case tagDefine:
		t.Defined, err = decodeDefine(entry)
	case tagDrop:
		t.Dropped = true
	default:
		return t, badEntry("kind %d, want one that changes a table", entry[0])
	}
	if err == nil {
		err = t.trim(e)
	}
	return t, err
}

// trim leaves those rows that e says were added, and names them.
func (t *Told) trim(e Effect) error {
	if t.Came == nil {
		if e.Rows > 0 {
			return badEntry("no rows, want %d", e.Rows)
		}
		return nil
	}
	if n := len(e.Part); n > 0 && int(e.Part[n-1]) >= t.Came.N {
		return badEntry("%d rows, want more than %d", t.Came.N, e.Part[n-1])
	}
	if e.Part != nil {
		t.Came = t.Came.Only(e.Part)
	}
	if t.Came.N != e.Rows || t.Came.Table != e.Table {
		return fault.E("store: read log entry", fault.Corrupt,
			fmt.Errorf("%d rows of table %d, want %d of %d", t.Came.N, t.Came.Table, e.Rows, e.Table))
	}
	t.Came.FirstRow = e.First
	return nil
}
