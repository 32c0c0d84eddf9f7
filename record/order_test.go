package record

import (
	"bytes"
	"cmp"
	"math"
	"testing"

	"github.com/quindex/quindex/fault"
)

// comparable groups the types whose values Compare orders among each other.
var comparableTypes = [][]Type{
	{T(Int64), T(Float64), DecimalType(18, 6), DecimalType(4, 2), DecimalType(18, 0), DecimalType(18, 18)},
	{T(Keyword), T(Text)},
	{T(Date), T(Timestamp)},
	{T(Bool)}, {T(Interval)}, {T(Point)}, {T(KeywordArray)}, {T(Int64Array)}, {T(Float64Array)}, {T(Bytes)},
}

// TestCompareIsAnOrder holds Compare to be antisymmetric and transitive, also
// across types, and hashes and equality to agree with it.
func TestCompareIsAnOrder(t *testing.T) {
	rnd := newRand(t)
	for range 50_000 {
		group := comparableTypes[rnd.IntN(len(comparableTypes))]
		var v [3]Value
		for i := range v {
			v[i] = randomValue(rnd, group[rnd.IntN(len(group))])
		}
		if rnd.IntN(3) == 0 { // the same value as another type
			if w, err := Coerce(v[0], group[rnd.IntN(len(group))]); err == nil {
				v[1] = w
			}
		}
		a, b, c := v[0], v[1], v[2]
		ab, bc, ac := Compare(a, b), Compare(b, c), Compare(a, c)
		if ab != -Compare(b, a) {
			t.Fatalf("%+v and %+v: %d and %d", a, b, ab, Compare(b, a))
		}
		if ab <= 0 && bc <= 0 && ac > 0 || ab >= 0 && bc >= 0 && ac < 0 {
			t.Fatalf("%+v, %+v, %+v: %d, %d, yet %d", a, b, c, ab, bc, ac)
		}
		if ab == 0 && HashValue(a) != HashValue(b) {
			t.Fatalf("%s %+v equals %s %+v, but their hashes differ", a.Type, a, b.Type, b)
		}
	}
}

// TestKeys holds keys to order like Compare, with nulls and both directions,
// alone and as the first of two.
func TestKeys(t *testing.T) {
	rnd := newRand(t)
	for range 50_000 {
		typ := allTypes[rnd.IntN(len(allTypes))]
		a, b := maybeNull(rnd.IntN(8), randomValue(rnd, typ)), maybeNull(rnd.IntN(8), randomValue(rnd, typ))
		x, y := randomValue(rnd, T(Keyword)), randomValue(rnd, T(Keyword))
		desc, nullsFirst := rnd.IntN(2) == 0, rnd.IntN(2) == 0
		want := compareNulls(a, b, desc, nullsFirst)
		ka, kb := AppendKey(nil, a, desc, nullsFirst), AppendKey(nil, b, desc, nullsFirst)
		if got := bytes.Compare(ka, kb); got != want {
			t.Fatalf("%+v and %+v, desc %v, nulls first %v: keys % x and % x: %d, want %d", a, b, desc, nullsFirst, ka, kb, got, want)
		}
		ka, kb = AppendKey(ka, x, !desc, false), AppendKey(kb, y, !desc, false)
		want = cmp.Or(want, compareNulls(x, y, !desc, false))
		if got := bytes.Compare(ka, kb); got != want {
			t.Fatalf("(%+v, %q) and (%+v, %q): %d, want %d", a, x.S, b, y.S, got, want)
		}
	}
}

// TestKeysOfColumns holds the keys of a column's rows against those of its values.
func TestKeysOfColumns(t *testing.T) {
	rnd := newRand(t)
	for _, typ := range allTypes {
		c := randomColumn(rnd, typ, 500, 5)
		for i := range c.N {
			if got, want := c.AppendKey([]byte("x"), i), AppendKey([]byte("x"), c.Value(i), false, false); !bytes.Equal(got, want) {
				t.Fatalf("%s %+v: key % x, want % x", typ, c.Value(i), got, want)
			}
		}
	}
}

func maybeNull(dice int, v Value) Value {
	if dice == 0 {
		return NullOf(v.Type)
	}
	return v
}

func compareNulls(a, b Value, desc, nullsFirst bool) int {
	sign := 1
	if nullsFirst {
		sign = -1
	}
	switch {
	case !a.Valid && !b.Valid:
		return 0
	case !a.Valid:
		return sign
	case !b.Valid:
		return -sign
	case desc:
		return Compare(b, a)
	}
	return Compare(a, b)
}

func TestHashColumn(t *testing.T) {
	rnd := newRand(t)
	for _, typ := range allTypes {
		a, b := randomColumn(rnd, typ, 100, 5), randomColumn(rnd, T(Keyword), 100, 0)
		one, two := make([]uint64, 100), make([]uint64, 100)
		HashColumn(a, one)
		HashRows([]*Column{a, b}, 100, two)
		for i := range 100 {
			h := HashValue(a.Value(i))
			if one[i] != h {
				t.Fatalf("%s: row %d hashes to %x, its value to %x", typ, i, one[i], h)
			}
			if want := CombineHashes(CombineHashes(0, h), HashValue(b.Value(i))); two[i] != want {
				t.Fatalf("%s: row %d of two columns hashes to %x, want %x", typ, i, two[i], want)
			}
		}
	}
}

func TestBatchHashRows(t *testing.T) {
	rnd := newRand(t)
	b := randomBatch(rnd, 70)
	one, two, missing := b.HashRows([]ColumnID{b.IDs[3]}), b.HashRows([]ColumnID{b.IDs[6], b.IDs[3]}), b.HashRows([]ColumnID{b.IDs[3], 9999})
	for i := range b.N {
		x, y := HashValue(b.Cols[3].Value(i)), HashValue(b.Cols[6].Value(i))
		if one[i] != x || two[i] != CombineHashes(CombineHashes(0, y), x) || missing[i] != CombineHashes(CombineHashes(0, x), nullHash) {
			t.Fatalf("row %d: %x %x %x", i, one[i], two[i], missing[i])
		}
	}
}

// TestHashesStay pins hashes that route rows on disk.
func TestHashesStay(t *testing.T) {
	stays := func(v Value, want uint64) {
		t.Helper()
		if got := HashValue(v); got != want {
			t.Errorf("%s %s hashes to %#x, want %#x", v.Type, v.Text(), got, want)
		}
	}
	one := HashValue(IntValue(1))
	stays(FloatValue(1), one)
	stays(DecimalValue(DecimalType(4, 2), 100), one)
	stays(BoolValue(true), one)
	stays(IntValue(1), 0x9f29cb17a2a49995)
	stays(KeywordValue("ORD"), 0x15a9790f4b1cd862)
	stays(FloatValue(0.5), 0x48cb5e118059da42)
	stays(NullOf(T(Int64)), 0x9e3779b97f4a7c15)
	stays(FloatValue(math.Copysign(0, -1)), HashValue(IntValue(0)))
}

func TestCoerce(t *testing.T) {
	becomes := func(v Value, to Type, want string) {
		t.Helper()
		got, err := Coerce(v, to)
		if err != nil || got.Type != to || !got.Valid || got.Text() != want {
			t.Errorf("%s %s becomes %s %q, %v, want %q", v.Type, v.Text(), to, got.Text(), err, want)
		}
		if !CanCoerce(v.Type, to) {
			t.Errorf("CanCoerce(%s, %s) is false", v.Type, to)
		}
	}
	fails := func(v Value, to Type, code string) {
		t.Helper()
		got, err := Coerce(v, to)
		if err == nil || got.Valid || string(fault.CodeOf(err)) != code {
			t.Errorf("%s %s becomes %s %q, %v, want %s", v.Type, v.Text(), to, got.Text(), err, code)
		}
		if CanCoerce(v.Type, to) == (code == "42804") {
			t.Errorf("CanCoerce(%s, %s) is %v", v.Type, to, code == "42804")
		}
	}
	dec := DecimalType(4, 2)
	becomes(IntValue(12), dec, "12.00")
	fails(IntValue(100), dec, "22003")
	becomes(IntValue(3), T(Float64), "3")
	becomes(FloatValue(2.5), T(Int64), "2")
	becomes(FloatValue(3.5), T(Int64), "4")
	becomes(FloatValue(-2.5), T(Int64), "-2")
	fails(FloatValue(9.3e18), T(Int64), "22003")
	fails(FloatValue(math.NaN()), T(Int64), "22003")
	becomes(FloatValue(math.MinInt64), T(Int64), "-9223372036854775808")
	becomes(FloatValue(0.1), DecimalType(18, 18), "0.100000000000000000")
	fails(FloatValue(math.Inf(1)), dec, "22003")
	becomes(DecimalValue(dec, 250), T(Int64), "3")
	becomes(DecimalValue(dec, -250), T(Int64), "-3")
	becomes(DecimalValue(dec, 1), T(Float64), "0.01")
	becomes(DecimalValue(DecimalType(9, 4), 12345), dec, "1.23")
	becomes(KeywordValue("12.5"), dec, "12.50")
	fails(KeywordValue("x"), dec, "22P02")
	becomes(KeywordValue("x"), T(Text), "x")
	becomes(IntValue(5), T(Keyword), "5")
	becomes(DateValue(1), T(Timestamp), "1970-01-02 00:00:00")
	becomes(TimestampValue(-1), T(Date), "1969-12-31")
	fails(DateValue(1_000_000), T(Timestamp), "22008")
	becomes(KeywordValue("{1,2}"), T(Int64Array), "{1,2}")
	ints, _ := ParseText(T(Int64Array), "{1,2}")
	becomes(ints, T(Float64Array), "{1,2}")
	becomes(ints, T(KeywordArray), "{1,2}")
	fails(IntValue(1), T(Timestamp), "42804")
	fails(IntValue(1), T(Bool), "42804")
	fails(BoolValue(true), T(Int64), "42804")
	fails(PointValue(1, 2), T(Float64), "42804")

	if v, err := Coerce(Value{}, dec); err != nil || v.Valid || v.Type != dec {
		t.Errorf("NULL becomes %+v, %v", v, err)
	}
	if v, err := Coerce(NullOf(T(Int64)), T(Text)); err != nil || v.Valid || v.Type != T(Text) {
		t.Errorf("NULL becomes %+v, %v", v, err)
	}
	if v, err := Cast(IntValue(7), T(Bool)); err != nil || !v.Bool() {
		t.Errorf("7::BOOLEAN is %+v, %v", v, err)
	}
	if v, err := Cast(BoolValue(true), T(Int64)); err != nil || v.I != 1 {
		t.Errorf("TRUE::BIGINT is %+v, %v", v, err)
	}
	if _, err := Cast(PointValue(1, 2), T(Bool)); fault.CodeOf(err) != "42846" {
		t.Errorf("a point as BOOLEAN: %v", err)
	}
}

func TestAppendJSON(t *testing.T) {
	prints := func(v Value, want string) {
		t.Helper()
		if got := string(AppendJSON(nil, v)); got != want {
			t.Errorf("%s %s is %s in JSON, want %s", v.Type, v.Text(), got, want)
		}
	}
	prints(Value{}, "null")
	prints(BoolValue(true), "true")
	prints(IntValue(math.MinInt64), "-9223372036854775808")
	prints(DecimalValue(DecimalType(4, 2), -5), "-0.05")
	prints(FloatValue(1e20), "100000000000000000000")
	prints(FloatValue(1e21), "1e+21")
	prints(FloatValue(math.NaN()), "null")
	prints(TimestampValue(1_500_000_000), `"1970-01-01T00:00:01.5Z"`)
	prints(DateValue(0), `"1970-01-01"`)
	prints(PointValue(-87.9, 41.98), "[-87.9,41.98]")
	prints(KeywordValue("a\"\\\n\x01\xffé"), `"a\"\\\n\u0001`+"\ufffd"+`é"`)
	tags, _ := ParseText(T(KeywordArray), `{a,"b c"}`)
	prints(tags, `["a","b c"]`)
	prints(Value{Type: T(JSON), Valid: true, S: `{"a":1}`}, `{"a":1}`)
	prints(SpanValue(Span{Days: 1}), `"1 day"`)
}

// TestIntervalsCompareByLength pins that parts convert for comparing alone.
func TestIntervalsCompareByLength(t *testing.T) {
	equal := func(a, b string, want int) {
		t.Helper()
		x, _ := ParseText(T(Interval), a)
		y, _ := ParseText(T(Interval), b)
		if got := Compare(x, y); got != want || (want == 0) != (HashValue(x) == HashValue(y)) {
			t.Errorf("%s and %s: %d, want %d, and hashes alike where equal", a, b, got, want)
		}
	}
	equal("1 mon", "30 days", 0)
	equal("1 day", "24 hours", 0)
	equal("-1 day 1 hour", "-23 hours", 0)
	equal("100 years 1 ns", "100 years", 1)
	equal("-1 ns", "0", -1)
}

func TestSQL(t *testing.T) {
	prints := func(v Value, want string) {
		t.Helper()
		if got := v.SQL(); got != want {
			t.Errorf("%s %s is %s in SQL, want %s", v.Type, v.Text(), got, want)
		}
	}
	prints(NullOf(T(Int64)), "NULL")
	prints(BoolValue(false), "FALSE")
	prints(IntValue(-3), "-3")
	prints(KeywordValue("it's"), "'it''s'")
	prints(FloatValue(0.5), "0.5::DOUBLE")
	prints(FloatValue(math.NaN()), "'NaN'::DOUBLE")
	prints(TimestampValue(0), "TIMESTAMP '1970-01-01 00:00:00'")
	prints(SpanValue(Span{Months: 1}), "INTERVAL '1 mon'")
	prints(PointValue(1, 2), "'POINT(1 2)'::POINT")
	prints(DecimalValue(DecimalType(4, 2), 150), "1.50")
}
