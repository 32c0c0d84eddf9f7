package timeseries

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/internal/golden"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

func openBatch(t testing.TB, s *record.Schema, b *record.Batch) *Index {
	t.Helper()
	return openColumns(t, defOf(s), engines.BatchColumns(s, b))
}

func openColumns(t testing.TB, def engines.IndexDef, cols engines.Columns) *Index {
	t.Helper()
	section := enginetest.Build(t, Engine{}, def, cols)
	ix, err := Engine{}.Open(engines.Section{Def: def, Rows: cols.Rows(), Bytes: section, Columns: cols})
	if err != nil {
		t.Fatal(err)
	}
	return ix.(*Index)
}

func anyTime(s *record.Schema) predicate.P {
	f := s.Fields[0]
	return predicate.IsNull{Field: predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}, Negate: true}
}

// TestOutOfOrder: rows in any other order make a section that refuses.
func TestOutOfOrder(t *testing.T) {
	r := enginetest.Rand(t)
	refused := 0
	for range 50 {
		s := randomSchema(r)
		b := randomBatch(r, s, 2+r.IntN(300))
		i, j := r.IntN(b.N), r.IntN(b.N)
		order := make([]uint32, b.N)
		for k := range order {
			order[k] = uint32(k)
		}
		order[i], order[j] = order[j], order[i]
		moved := record.NewBatch(s, b.N)
		moved.N = b.N
		same := true
		for c := range b.Cols {
			moved.Cols[c].Take(&b.Cols[c], order)
			same = same && record.Equal(b.Cols[c].Value(i), b.Cols[c].Value(j))
		}
		ix := openBatch(t, s, moved)
		if _, ordered := ix.Series(); ordered != same {
			t.Fatalf("%d rows with %d and %d changed: ordered %v, want %v", b.N, i, j, ordered, same)
		}
		if same {
			continue
		}
		refused++
		if _, ok := ix.Estimate(anyTime(s)); ok {
			t.Error("an estimate of rows out of order")
		}
		if _, ok := ix.Count(anyTime(s)); ok {
			t.Error("a count of rows out of order")
		}
		if _, err := ix.Match(context.Background(), anyTime(s), rows.All(b.N)); !fault.Is(err, fault.Unsupported) {
			t.Errorf("match: %v", err)
		}
		if _, err := ix.Newest(context.Background(), rows.All(b.N), 1); !fault.Is(err, fault.Unsupported) {
			t.Errorf("newest: %v", err)
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

// TestUnanswered: conditions on other columns, and functions, are not answered.
func TestUnanswered(t *testing.T) {
	s := &record.Schema{Fields: []record.Field{{ID: 1, Name: "t", Type: record.T(record.Timestamp)}, {ID: 2, Name: "v", Type: record.T(record.Int64)}}}
	b := record.NewBatch(s, 0)
	b.AppendRow(record.TimestampValue(1), record.IntValue(1))
	ix := openColumns(t, Def(s.Fields[0], nil, nil), engines.BatchColumns(s, b))
	v := predicate.Compare{Field: predicate.Field{ID: 2, Name: "v", Type: s.Fields[1].Type}, Op: predicate.EQ, Value: record.IntValue(1)}
	for _, p := range []predicate.P{v, predicate.And{Of: []predicate.P{anyTime(s), v}}, predicate.Not{Of: v}, predicate.Call{Function: "near", Fields: []predicate.Field{v.Field}}} {
		if _, ok := ix.Estimate(p); ok {
			t.Errorf("an estimate of %s", p)
		}
		if _, err := ix.Match(context.Background(), p, rows.All(1)); !fault.Is(err, fault.Unsupported) {
			t.Errorf("%s: %v", p, err)
		}
	}
}

// TestDefaults: columns that the segment does not hold have their default.
func TestDefaults(t *testing.T) {
	r := enginetest.Rand(t)
	for range 40 {
		s := randomSchema(r)
		b := randomBatch(r, s, 1+r.IntN(500))
		c := r.IntN(len(b.Cols))
		if c == 0 && len(b.Cols) > 1 {
			b.Cols[0] = *repeated(s.Fields[0].Default, b.N)
			b = sortBatch(s, b)
		}
		b.Cols[c] = *repeated(s.Fields[c].Default, b.N)
		b = sortBatch(s, b)
		less := &record.Batch{N: b.N, IDs: slices.Delete(slices.Clone(b.IDs), c, c+1), Cols: slices.Delete(slices.Clone(b.Cols), c, c+1)}
		stored := &record.Schema{Fields: slices.Delete(slices.Clone(s.Fields), c, c+1)}
		ix := openColumns(t, defOf(s), engines.BatchColumns(stored, less))
		for range 20 {
			p := enginetest.RandomPredicate(r, s, b, 2)
			got, err := ix.Match(context.Background(), p, rows.All(b.N))
			if err != nil {
				t.Fatal(err)
			}
			if want := enginetest.Wanted(t, s, b, p, nil); !got.Equal(want) {
				t.Fatalf("column %d left out: %s: %v, want %v", c, p, got, want)
			}
		}
	}
}

func repeated(v record.Value, n int) *record.Column {
	c := record.NewColumn(v.Type, n)
	for range n {
		c.Append(v)
	}
	return c
}

// TestNewest compares with a walk over all rows.
func TestNewest(t *testing.T) {
	r := enginetest.Rand(t)
	for range 60 {
		s := randomSchema(r)
		b := randomBatch(r, s, r.IntN(2000))
		ix := openBatch(t, s, b)
		k := 1 + r.IntN(4)
		within := someRows(r, b.N)
		got, err := ix.Newest(context.Background(), within, k)
		if err != nil {
			t.Fatal(err)
		}
		if want := newestSlowly(s, b, within, k); !slices.Equal(got, want) {
			t.Fatalf("newest %d of %v in %d rows: %v, want %v", k, within, b.N, got, want)
		}
	}
}

func someRows(r *rand.Rand, n int) rows.Set {
	if r.IntN(3) == 0 {
		return rows.All(n)
	}
	var b rows.Builder
	every := 1 + r.IntN([]int{2, 10, 300}[r.IntN(3)])
	for i := r.IntN(every); i < n; i += 1 + r.IntN(every) {
		b.Add(rows.Num(i))
	}
	return b.Set()
}

func newestSlowly(s *record.Schema, b *record.Batch, within rows.Set, k int) []rows.Num {
	last := map[string][]rows.Num{}
	for i := range b.N {
		if b.Cols[0].IsNull(i) || !within.Has(rows.Num(i)) {
			continue
		}
		var key []byte
		for c := 1; c < len(s.Fields); c++ {
			key = record.AppendKey(key, b.Cols[c].Value(i), false, false)
		}
		l := append(last[string(key)], rows.Num(i))
		slices.SortStableFunc(l, func(x, y rows.Num) int {
			return record.Compare(b.Cols[0].Value(int(x)), b.Cols[0].Value(int(y)))
		})
		last[string(key)] = l[max(0, len(l)-k):]
	}
	var out []rows.Num
	for _, l := range last {
		out = append(out, l...)
	}
	slices.Sort(out)
	return out
}

// TestEvenTimesAreNotRead: in evenly sampled series times are found, counted
// and estimated by arithmetic, without the time column.
func TestEvenTimesAreNotRead(t *testing.T) {
	s, b := cpu(7, 3000)
	ix := openColumns(t, defOf(s), engines.BatchColumns(s, b))
	ix.columns = nil
	f := s.Fields[0]
	lo := b.Cols[0].Ints[0]
	p := predicate.Between{Field: predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}, Lo: record.TimestampValue(lo + 5), Hi: record.TimestampValue(lo + 3600e9)}
	got, err := ix.Match(context.Background(), p, rows.All(b.N))
	if err != nil {
		t.Fatal(err)
	}
	if want := enginetest.Wanted(t, s, b, p, nil); !got.Equal(want) || want.Len() != 7*360 {
		t.Errorf("%v, want %v", got, want)
	}
	if n, ok := ix.Count(p); !ok || n != 7*360 {
		t.Errorf("count %d, %v, want %d", n, ok, 7*360)
	}
	if e, ok := ix.Estimate(p); !ok || e.Rows != 7*360 || e.Method != "series ranges" {
		t.Errorf("estimate %+v, %v, want %d rows", e, ok, 7*360)
	}
}

// cpu is hosts that are sampled n times every ten seconds, sorted.
func cpu(hosts, n int) (*record.Schema, *record.Batch) {
	s := &record.Schema{Fields: []record.Field{
		{ID: 1, Name: "at", Type: record.T(record.Timestamp), NotNull: true},
		{ID: 2, Name: "host", Type: record.T(record.Keyword), NotNull: true},
	}}
	b := record.NewBatch(s, hosts*n)
	for h := range hosts {
		for i := range n {
			b.Cols[0].Ints = append(b.Cols[0].Ints, at("2016-01-01T00:00:00Z")+int64(i)*10e9)
			b.Cols[1].Strs.Append("host_" + string(rune('a'+h/26)) + string(rune('a'+h%26)))
		}
	}
	b.N, b.Cols[0].N, b.Cols[1].N = hosts*n, hosts*n, hosts*n
	return s, b
}

func TestInspectNamesDamage(t *testing.T) {
	section := tinySection(t)
	f, err := splitSection(section)
	if err != nil {
		t.Fatal(err)
	}
	var w bytes.Buffer
	if err := (Engine{}).Inspect(&w, section); err != nil {
		t.Fatalf("%v\n%s", err, w.String())
	}
	golden.Compare(t, "testdata/inspect", w.String())
	for _, l := range f.lists[:fences] {
		bad := slices.Clone(section)
		bad[l.blocks[0].Off+3] ^= 1
		if err := (Engine{}).Inspect(&w, bad); !fault.Is(err, fault.Corrupt) {
			t.Errorf("damage at %d: %v", l.blocks[0].Off, err)
		}
	}
}
