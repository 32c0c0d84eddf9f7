package graph

import (
	"context"
	"encoding/binary"
	"io"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// FuzzOpen opens any bytes, with every checksum put right so that reading goes
// deep, and asks and walks what opened.
func FuzzOpen(f *testing.F) {
	f.Add(tinySection(f, RoleEdge))
	f.Add(tinySection(f, RoleVertex))
	f.Add(tinySection(f, RoleEdge)[:100])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append([]byte(nil), b...)
		repair(b)
		sec, err := splitSection(b)
		if err != nil || sec.rows > 1<<16 {
			return
		}
		_ = Engine{}.Inspect(io.Discard, b) // an error is an answer, a panic is not
		def := defOf(sec)
		ix, err := open(engines.Section{Def: def, Rows: sec.rows, Bytes: b})
		if err != nil {
			return
		}
		var dirs []*engines.Nodes
		for _, field := range def.Fields {
			v := record.IntValue(3)
			if field.Type.Kind != record.Int64 {
				v = record.KeywordValue("OSL")
			}
			p := predicate.Compare{Field: predicate.Field{ID: field.ID, Type: field.Type}, Value: v}
			ix.Estimate(p)
			_, _ = ix.Match(context.Background(), p, rows.All(sec.rows))
			dir, err := engines.NewNodes(field.Type)
			if err != nil {
				t.Fatal(err)
			}
			dirs = append(dirs, dir)
		}
		if placed, is := ix.(engines.Placed); is {
			_, _ = placed.Numbers(dirs[0])
			_, _ = placed.RowsOf(dirs[0], []uint32{0, 1, 7})
			return
		}
		for _, d := range []engines.Direction{engines.Out, engines.In} {
			all := engines.NewBits(64)
			all[0] = ^uint64(0)
			_ = ix.(engines.Walker).Step(context.Background(), &engines.Step{Source: dirs[0], Target: dirs[1], Dir: d, All: true, Frontier: all})
		}
	})
}

// repair writes the checksums of the footer and, as far as it can be read, of
// the parts.
func repair(b []byte) {
	enginetest.Reseal(b, func(foot []byte, end int) {
		r := frame.NewReader(foot, end)
		columns := 1
		if r.Flag() {
			columns = 2
		}
		for range 2 + 4*columns {
			r.Uvarint()
		}
		at := frame.HeadBytes
		for range r.Int(edgeParts) {
			p := part{at: at, bytes: r.Int(end)}
			crc := r.Take(4)
			if at = p.end(); !r.OK() || at > end {
				break
			}
			binary.LittleEndian.PutUint32(crc, frame.Checksum(b[p.at:p.end()]))
		}
	})
}
