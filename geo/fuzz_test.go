package geo

import (
	"context"
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
// deep, and asks what opened some questions.
func FuzzOpen(f *testing.F) {
	section := tinySection(f)
	f.Add(section)
	f.Add(section[:100])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append([]byte(nil), b...)
		repair(b)
		sec, err := splitSection(b)
		if err != nil || sec.rows > 1<<16 {
			return
		}
		_ = Engine{}.Inspect(io.Discard, b)
		batch := record.NewBatch(tinySchema(), sec.rows)
		for range sec.rows {
			batch.AppendRow(record.PointValue(1, 2))
		}
		ix, err := open(engines.Section{Def: tinyDef(), Rows: sec.rows, Bytes: b, Columns: engines.BatchColumns(tinySchema(), batch)})
		if err != nil {
			return
		}
		ask := func(function string, args ...record.Value) predicate.P {
			return predicate.Call{Function: function, Fields: []predicate.Field{{ID: 1, Type: record.T(record.Point)}}, Args: args}
		}
		for _, p := range []predicate.P{
			ask(DWithin, record.PointValue(10, 60), record.FloatValue(1e5)),
			ask(Within, record.KeywordValue("POLYGON((0 50, 12 50, 12 70, 0 50))")),
			predicate.Not{Of: ask(GeohashPrefix, record.KeywordValue("u4"))},
			ask(InS2Cell, record.IntValue(0x4641000000000000)),
		} {
			ix.Estimate(p)
			ix.Count(p)
			_, _ = ix.Match(context.Background(), p, rows.All(sec.rows)) // an error is an answer, a panic is not
		}
		_, _ = ix.Rank(context.Background(), ask(Nearest, record.PointValue(1, 2)), rows.All(sec.rows), 3, nil)
	})
}

// repair writes the checksums of the footer and, as far as it can be read, of
// the pages.
func repair(b []byte) {
	enginetest.Reseal(b, func(foot []byte, at int) {
		r := frame.NewReader(foot, at)
		for range 4 {
			r.Uvarint()
		}
		if pages := r.Int(len(foot) / 4); pages == pagesOf(at) {
			copy(r.Take(4*pages), frame.AppendPages(nil, b, frame.HeadBytes, at, pageBytes))
		}
	})
}
