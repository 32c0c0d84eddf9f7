package store

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// plain is the smallest engine that can store columns: a section is a batch
// in its wire form and a checksum. It lets the store be tested by itself.
type plain struct{}

func (plain) Name() string                  { return "columnar" }
func (plain) Functions() []engines.Function { return nil }

func (plain) NewBuilder(def engines.IndexDef, src engines.Columns) (engines.Builder, error) {
	return plainBuilder{def, src}, nil
}

type plainBuilder struct {
	def engines.IndexDef
	src engines.Columns
}

func (b plainBuilder) Build(_ context.Context, w io.Writer) error {
	out := &record.Batch{N: b.src.Rows()}
	for _, f := range b.def.Fields {
		c, err := whole(b.src, f.ID)
		if err != nil {
			return err
		}
		if c != nil {
			out.IDs, out.Cols = append(out.IDs, f.ID), append(out.Cols, *c)
		}
	}
	data := out.AppendWire(nil)
	_, err := w.Write(binary.LittleEndian.AppendUint64(data, uint64(crc32.Checksum(data, segment.Castagnoli))))
	return err
}

func (plain) Open(s engines.Section) (engines.Index, error) {
	n := len(s.Bytes) - 8
	if n < 0 || binary.LittleEndian.Uint64(s.Bytes[n:]) != uint64(crc32.Checksum(s.Bytes[:n], segment.Castagnoli)) {
		return nil, fault.E("plain: open", fault.Corrupt, fault.Item(s.Path), "bad checksum")
	}
	b, err := record.DecodeBatch(s.Bytes[:n])
	if err != nil {
		return nil, err
	}
	schema := &record.Schema{}
	for _, f := range s.Def.Fields {
		if b.Column(f.ID) != nil {
			schema.Fields = append(schema.Fields, f)
		}
	}
	return plainIndex{engines.BatchColumns(schema, b)}, nil
}

type plainIndex struct{ *engines.MemColumns }

func (plainIndex) Close() error                                  { return nil }
func (plainIndex) Estimate(predicate.P) (engines.Estimate, bool) { return engines.Estimate{}, false }
func (plainIndex) Match(context.Context, predicate.P, rows.Set) (rows.Set, error) {
	return rows.Set{}, fault.E("plain: match", fault.Unsupported)
}

// echo is an engine whose index holds nothing, over any fields; with a layout
// it is the engine "sorted", which groups by column 2 and sorts by column 3.
type echo struct{}

func (echo) Name() string                                { return "echo" }
func (echo) Functions() []engines.Function               { return nil }
func (echo) Open(engines.Section) (engines.Index, error) { return plainIndex{}, nil }
func (echo) NewBuilder(def engines.IndexDef, src engines.Columns) (engines.Builder, error) {
	if def.Options["refuse"] != "" {
		return nil, fault.E("echo: build", fault.Invalid, "refused")
	}
	return echo{}, nil
}
func (echo) Build(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, "echo")
	return err
}

type sortedRows struct{ echo }

func (sortedRows) Name() string { return "sorted" }
func (sortedRows) Layout(engines.IndexDef) engines.Layout {
	return engines.Layout{OrderBy: []record.ColumnID{3}, Group: func(b *record.Batch, row int) string {
		return b.Column(2).Value(row).S
	}}
}
