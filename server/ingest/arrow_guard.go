package ingest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"
	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/quindex/quindex/fault"
)

// arrow-go believes the lengths that a stream claims: a schema of a hundred
// bytes can ask for a list of 2^31 fields, a compressed buffer for 2^62 bytes.
// Running out of memory ends a Go program, so both are bounded here.
const (
	maxArrowMeta  = 16 << 20  // bytes of one message's metadata
	maxArrowBody  = 512 << 20 // bytes of one batch, and of one buffer unpacked
	maxFieldDepth = 64
	maxFields     = 100_000
)

// boundedMemory refuses large requests by a panic, which guard makes an error.
type boundedMemory struct{ memory.Allocator }

func (m boundedMemory) Allocate(size int) []byte {
	checkSize(size)
	return m.Allocator.Allocate(size)
}

func (m boundedMemory) Reallocate(size int, b []byte) []byte {
	checkSize(size)
	return m.Allocator.Reallocate(size, b)
}

func checkSize(size int) {
	if size < 0 || size > maxArrowBody {
		panic(fmt.Sprintf("a buffer of %d bytes; %d are allowed", size, maxArrowBody))
	}
}

// checkedStream returns the stream r once its schema was found sound.
func checkedStream(r io.Reader) (io.Reader, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:4]); err != nil {
		return nil, err
	}
	n := 4
	size := binary.LittleEndian.Uint32(head[:])
	if size == 1<<32-1 { // the continuation mark; before version 0.15 there was none
		if _, err := io.ReadFull(r, head[4:]); err != nil {
			return nil, err
		}
		n, size = 8, binary.LittleEndian.Uint32(head[4:])
	}
	if size < 8 || size > maxArrowMeta {
		return nil, fault.Errorf("load: read Arrow schema", fault.Invalid, "%d bytes of metadata, want 8 to %d", size, maxArrowMeta)
	}
	meta := make([]byte, size)
	if _, err := io.ReadFull(r, meta); err != nil {
		return nil, err
	}
	_, err := guard(func() (struct{}, error) { return struct{}{}, checkSchema(meta) })
	return io.MultiReader(bytes.NewReader(head[:n]), bytes.NewReader(meta), r), err
}

// The places of fields in the vtables of Arrow's Message, Schema and Field.
const (
	slotHeader        = 8
	slotFields        = 6
	slotSchemaMeta    = 8
	slotFieldChildren = 14
	slotFieldMeta     = 16
)

func checkSchema(meta []byte) error {
	message := flatbuffers.Table{Bytes: meta, Pos: flatbuffers.GetUOffsetT(meta)}
	at := message.Offset(slotHeader)
	if at == 0 {
		return fmt.Errorf("a message without a header")
	}
	var schema flatbuffers.Table
	message.Union(&schema, flatbuffers.UOffsetT(at))
	if _, err := vectorOf(schema, slotSchemaMeta); err != nil {
		return err
	}
	budget := maxFields
	return checkFields(schema, slotFields, maxFieldDepth, &budget)
}

// checkFields looks at a list of fields and at their children.
func checkFields(t flatbuffers.Table, slot flatbuffers.VOffsetT, depth int, budget *int) error {
	n, err := vectorOf(t, slot)
	if err != nil {
		return err
	}
	if *budget -= n; *budget < 0 || depth == 0 {
		return fmt.Errorf("more than %d fields, or nested deeper than %d", maxFields, maxFieldDepth)
	}
	for i := range n {
		place := t.Vector(flatbuffers.UOffsetT(t.Offset(slot))) + flatbuffers.UOffsetT(4*i)
		field := flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(place)}
		if _, err := vectorOf(field, slotFieldMeta); err != nil {
			return err
		}
		if err := checkFields(field, slotFieldChildren, depth-1, budget); err != nil {
			return err
		}
	}
	return nil
}

// vectorOf returns the length of a vector of offsets, which must fit the bytes.
func vectorOf(t flatbuffers.Table, slot flatbuffers.VOffsetT) (int, error) {
	at := t.Offset(slot)
	if at == 0 {
		return 0, nil
	}
	n := t.VectorLen(flatbuffers.UOffsetT(at))
	if n < 0 || n > len(t.Bytes)/4 {
		return 0, fmt.Errorf("a list of %d in %d bytes", n, len(t.Bytes))
	}
	return n, nil
}
