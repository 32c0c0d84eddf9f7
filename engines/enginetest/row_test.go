package enginetest

import (
	"testing"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

func TestBatchRow(t *testing.T) {
	num := predicate.Field{ID: 1, Name: "num", Type: record.T(record.Int64)}
	word := predicate.Field{ID: 4, Name: "word", Type: record.T(record.Keyword)}
	at := predicate.Field{ID: 5, Name: "at", Type: record.T(record.Timestamp)}
	s := &record.Schema{Fields: []record.Field{
		{ID: 1, Name: "num", Type: num.Type},
		{ID: 4, Name: "word", Type: word.Type, Default: record.KeywordValue("none")},
		{ID: 5, Name: "at", Type: at.Type},
	}}
	b := record.NewBatch(&record.Schema{Fields: s.Fields[:1]}, 2)
	b.AppendRow(record.IntValue(7))
	b.AppendRow(record.NullOf(num.Type))
	if r := (BatchRow{b, 0, s}); r.Value(num).I != 7 || r.Value(word).S != "none" || !r.Value(at).IsNull() || r.Value(at).Type != at.Type {
		t.Errorf("row 0: %v %v %v", r.Value(num), r.Value(word), r.Value(at))
	}
	if r := (BatchRow{Batch: b, I: 1}); !r.Value(num).IsNull() || !r.Value(word).IsNull() {
		t.Errorf("row 1: %v %v", r.Value(num), r.Value(word))
	}
}
