package catalog

import (
	"bytes"
	"encoding/binary"
	"encoding/json"

	"github.com/quindex/quindex/fault"
)

// An entry of the meta group's log is a Change as JSON, an object; one that brings
// rows, a WholeLoad, has them beside the JSON:
//
//	rows      | 1 | 1 | 0, 0 | length of the JSON u32 | Change, JSON | record.Batch, wire |
//
// The number is little-endian. Until 2026-11-22 the rows stood in the JSON, in
// base64; such entries are still read.
const (
	tagRows      = 1
	rowsVersion  = 1
	rowsHeadSize = 8
)

// Encode returns the log entry of a change.
func Encode(ch Change) []byte {
	var rows []byte
	if ch.WholeLoad != nil {
		w := *ch.WholeLoad
		rows, w.Batch = w.Batch, nil
		ch.WholeLoad = &w
	}
	b, err := json.Marshal(ch)
	if err != nil {
		panic("BUG: a catalog change has no JSON form: " + err.Error())
	}
	if len(rows) == 0 {
		return b
	}
	e := make([]byte, rowsHeadSize, rowsHeadSize+len(b)+len(rows))
	e[0], e[1] = tagRows, rowsVersion
	binary.LittleEndian.PutUint32(e[4:], uint32(len(b)))
	return append(append(e, b...), rows...)
}

// decodeChange reads what Encode wrote. It keeps nothing of entry.
func decodeChange(entry []byte) (ch Change, err error) {
	const op = "catalog: read entry"
	text, rows := entry, []byte(nil)
	if len(entry) > 0 && entry[0] == tagRows {
		if len(entry) < rowsHeadSize {
			return ch, fault.Errorf(op, fault.Corrupt, "%d bytes, want at least %d", len(entry), rowsHeadSize)
		}
		if v := entry[1]; v != rowsVersion {
			return ch, fault.Errorf(op, fault.Corrupt, "an entry with rows of version %d, want %d", v, rowsVersion)
		}
		size, rest := uint64(binary.LittleEndian.Uint32(entry[4:])), entry[rowsHeadSize:]
		if size >= uint64(len(rest)) {
			return ch, fault.Errorf(op, fault.Corrupt, "%d bytes of JSON and then rows, want less than the %d that follow", size, len(rest))
		}
		text, rows = rest[:size], rest[size:]
	}
	if err := json.Unmarshal(text, &ch); err != nil {
		return ch, fault.E(op, fault.Corrupt, err)
	}
	if rows == nil {
		return ch, nil
	}
	if ch.WholeLoad == nil || len(ch.WholeLoad.Batch) > 0 {
		return ch, fault.Errorf(op, fault.Corrupt, "%d bytes of rows beside a change that takes none", len(rows))
	}
	ch.WholeLoad.Batch = bytes.Clone(rows)
	return ch, nil
}
