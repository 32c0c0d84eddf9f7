package timeseries

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

// FuzzOpen opens any bytes, with all checksums put right so that what is
// behind them is read too, and asks about every column. Answers may be
// nonsense; there is an answer or an error.
func FuzzOpen(f *testing.F) {
	section := tinySection(f)
	f.Add(section)
	f.Add(section[:100])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append([]byte(nil), b...)
		repair(b)
		_ = Engine{}.Inspect(io.Discard, b)
		foot, err := splitSection(b)
		if err != nil || !foot.ordered || foot.rows > 1<<18 {
			return
		}
		fields := foot.fields()
		ix, err := open(engines.Section{Def: Def(fields[0], fields[1:], nil), Rows: foot.rows, Bytes: b,
			Columns: engines.BatchColumns(&record.Schema{}, &record.Batch{N: foot.rows})})
		if err != nil {
			return
		}
		for _, fd := range fields {
			field := predicate.Field{ID: fd.ID, Type: fd.Type}
			for _, p := range []predicate.P{
				predicate.IsNull{Field: field},
				predicate.Compare{Field: field, Op: predicate.GE, Value: record.Value{Type: fd.Type, Valid: true, I: at("2016-01-01T00:00:05Z"), S: "b"}},
			} {
				ix.Estimate(p)
				ix.Count(p)
				_, _ = ix.Match(context.Background(), p, rows.All(foot.rows))
			}
		}
		_, _ = ix.Newest(context.Background(), rows.All(foot.rows), 2)
	})
}

// repair writes the checksums of the footer and of the parts it names.
func repair(b []byte) {
	enginetest.Reseal(b, nil)
	f, err := splitSection(b)
	if err != nil || !f.ordered {
		return
	}
	fix := func(x *extent) { x.CRC = frame.Checksum(b[x.Off : x.Off+x.Len]) }
	fixList := func(l list) {
		for i := range l.blocks {
			fix(&l.blocks[i])
		}
	}
	for i := range f.columns {
		if c := &f.columns[i]; isText(c.typ) {
			fix(&c.dict)
		} else {
			fixList(c.values)
		}
		fixList(f.columns[i].codes)
	}
	for _, l := range f.lists {
		fixList(l)
	}
	enginetest.Reseal(b, func(foot []byte, _ int) {
		if again := f.append(nil); len(again) == len(foot) {
			copy(foot, again)
		}
	})
}
