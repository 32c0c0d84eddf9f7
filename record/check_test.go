package record

import (
	"testing"

	"github.com/quindex/quindex/fault"
)

func TestCheck(t *testing.T) {
	s := &Schema{Fields: []Field{
		{ID: 1, Name: "flag", Type: T(Bool)},
		{ID: 2, Name: "mag", Type: DecimalType(4, 2)},
		{ID: 3, Name: "loc", Type: T(Point)},
		{ID: 4, Name: "word", Type: T(Keyword), NotNull: true},
		{ID: 5, Name: "doc", Type: T(JSON)},
		{ID: 6, Name: "tags", Type: T(KeywordArray)},
		{ID: 7, Name: "extra", Type: T(Int64), NotNull: true, Default: IntValue(0)},
	}}
	value := func(t Type, i int64, text string) Value { return Value{Type: t, Valid: true, I: i, S: text} }
	good := func() []Value {
		tags := Value{Type: T(KeywordArray), Valid: true, Elems: []Value{KeywordValue("a")}}
		return []Value{BoolValue(true), value(DecimalType(4, 2), 9999, ""), PointValue(1, 2), KeywordValue("é"), value(T(JSON), 0, "{}"), tags, IntValue(1)}
	}
	check := func(change func(row []Value), code fault.Code) {
		t.Helper()
		b, row := NewBatch(s, 2), good()
		b.AppendRow(good()...)
		change(row)
		b.AppendRow(row...)
		if err := b.Check(s); err == nil && code != "" || err != nil && fault.CodeOf(err) != code {
			t.Errorf("%v with code %s, want %q", err, fault.CodeOf(err), code)
		}
	}
	check(func([]Value) {}, "")
	check(func(row []Value) { row[0].I = 2 }, "22000")
	check(func(row []Value) { row[1].I = -10000 }, "22003")
	check(func(row []Value) { row[2].Lat = 91 }, "22003")
	check(func(row []Value) { row[3].S = "\xff" }, "22021")
	check(func(row []Value) { row[3] = NullOf(T(Keyword)) }, "23502")
	check(func(row []Value) { row[4].S = "{" }, "22P02")
	check(func(row []Value) { row[5].Elems = append(row[5].Elems, KeywordValue("\xff")) }, "22021")
	check(func(row []Value) { row[2], row[4], row[5] = NullOf(T(Point)), NullOf(T(JSON)), NullOf(T(KeywordArray)) }, "")

	b := NewBatch(s, 1)
	b.AppendRow(good()...)
	b.IDs, b.Cols = b.IDs[:6], b.Cols[:6]
	if err := b.Check(s); err != nil {
		t.Errorf("a column with a default is left out: %v", err)
	}
	b.IDs, b.Cols = b.IDs[:3], b.Cols[:3]
	if err := b.Check(s); fault.CodeOf(err) != "23502" {
		t.Errorf("a column that must be there is left out: %v", err)
	}
	b.Cols[0].Type = T(Int64)
	if err := b.Check(s); fault.CodeOf(err) != "42804" {
		t.Errorf("a column of another type: %v", err)
	}
	b.IDs[0] = 99
	if err := b.Check(s); !fault.Is(err, fault.Invalid) {
		t.Errorf("a column of no field: %v", err)
	}
}
