package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// prunedBy plans a query on flights, which is sharded by origin, and returns
// the shards it reads.
func prunedBy(t *testing.T, where string) []uint32 {
	t.Helper()
	text := "SELECT dest FROM flights WHERE " + where
	q, err := parseQuery(t, text)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Query(q, testOptions(t, text))
	if err != nil {
		t.Fatal(err)
	}
	n := p.Root
	for {
		if g, ok := n.(*Gather); ok {
			return g.Shards
		}
		n = n.Inputs()[0]
	}
}

func TestPruneShards(t *testing.T) {
	sharding := catalog.Sharding{Ranges: catalog.EvenRanges([]uint32{1, 2, 3, 4, 5, 6, 7, 8})}
	homes := func(keys ...string) []uint32 {
		var out []uint32
		for _, k := range keys {
			out = append(out, sharding.ShardOf(record.HashValue(record.KeywordValue(k))))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	all := []uint32{1, 2, 3, 4, 5, 6, 7, 8}
	f := func(where string, want []uint32) {
		t.Helper()
		if have := prunedBy(t, where); !slices.Equal(have, want) {
			t.Errorf("%s: shards %v, want %v", where, have, want)
		}
	}
	f("delay > 5", all)
	f("origin = 'ORD'", homes("ORD"))
	f("'ORD' = origin AND delay > 5", homes("ORD"))
	f("origin IN ('ORD', 'EUG', NULL)", homes("ORD", "EUG"))
	f("origin = 'ORD' OR origin IN ('EUG', 'DEN')", homes("ORD", "EUG", "DEN"))
	f("origin = 'ORD' AND dest = 'EUG' OR origin = 'DEN'", homes("ORD", "DEN"))
	f("origin = 'ORD' OR dest = 'EUG'", all)
	f("origin <> 'ORD'", all)
	f("origin > 'ORD'", all)
	f("NOT origin = 'ORD'", all)
	f("NOT origin <> 'ORD'", homes("ORD"))
	f("lower(origin) = 'ord'", all)
	f("origin = NULL", nil)
	f("1 > 2", nil)
}

// TestPruneKeepsRows holds, on random rows and conditions over a key of two
// columns, that a row where the condition is True lives in a shard that is read.
func TestPruneKeepsRows(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 2))
	table := &catalog.Table{Name: "t", Schema: record.Schema{Table: 1, Fields: []record.Field{
		{ID: 1, Name: "k", Type: record.T(record.Keyword)}, {ID: 2, Name: "i", Type: record.T(record.Int64)}}},
		Sharding: catalog.Sharding{By: []record.ColumnID{1, 2}, Ranges: catalog.EvenRanges([]uint32{1, 2, 3, 4, 5, 6, 7, 8})}}
	k, i := predicate.Field{ID: 1, Name: "k", Type: record.T(record.Keyword)}, predicate.Field{ID: 2, Name: "i", Type: record.T(record.Int64)}
	key := func() record.Value { return record.KeywordValue(fmt.Sprint(rnd.IntN(3))) }
	num := func() record.Value {
		if rnd.IntN(2) == 0 {
			return record.FloatValue(float64(rnd.IntN(3)))
		}
		return record.IntValue(rnd.Int64N(3))
	}
	var random func(depth int) predicate.P
	random = func(depth int) predicate.P {
		switch n := rnd.IntN(7); {
		case n == 0 && depth > 0:
			return predicate.And{Of: []predicate.P{random(depth - 1), random(depth - 1)}}
		case n == 1 && depth > 0:
			return predicate.Or{Of: []predicate.P{random(depth - 1), random(depth - 1)}}
		case n == 2:
			return predicate.NewIn(i, []record.Value{num(), num()})
		case n == 3:
			return predicate.Compare{Field: i, Op: predicate.Op(rnd.IntN(3)), Value: num()}
		case n == 4:
			return predicate.NewIn(k, []record.Value{key(), key()})
		}
		return predicate.Compare{Field: k, Op: predicate.EQ, Value: key()}
	}
	fewer := 0
	for range 3000 {
		p := random(3)
		shards := PruneShards(table, p)
		if len(shards) < 8 {
			fewer++
		}
		for range 10 {
			row := predicate.Values{1: key(), 2: record.IntValue(rnd.Int64N(3))}
			if truth, err := predicate.Eval(p, row, nil); err != nil || truth != predicate.True {
				continue
			}
			cols := []*record.Column{record.NewColumn(k.Type, 1), record.NewColumn(i.Type, 1)}
			cols[0].Append(row[1])
			cols[1].Append(row[2])
			hash := make([]uint64, 1)
			record.HashRows(cols, 1, hash)
			if home := table.Sharding.ShardOf(hash[0]); !slices.Contains(shards, home) {
				t.Fatalf("%s is true of %v in shard %d, but only %v are read", p, row, home, shards)
			}
		}
	}
	if fewer < 50 {
		t.Errorf("shards were left out for %d of 3000 conditions", fewer)
	}
}

// TestInto binds the rows of an INSERT for its columns.
func TestInto(t *testing.T) {
	fields := []record.Field{{ID: 1, Name: "at", Type: record.T(record.Timestamp)},
		{ID: 2, Name: "mag", Type: record.DecimalType(4, 2), Default: record.DecimalValue(record.DecimalType(4, 2), 150)}}
	f := func(text, want string) {
		t.Helper()
		q, err := parseQuery(t, text)
		if err != nil {
			t.Fatal(err)
		}
		o := testOptions(t, text)
		o.Into = fields
		p, err := Query(q, o)
		have := ""
		if err != nil {
			have = errorText(err)
		} else if v, ok := p.Root.(*Values); ok {
			for _, row := range v.Rows {
				have += strings.Join(texts(row), ", ") + "\n"
			}
		} else {
			have = p.Explain()
		}
		if strings.TrimSpace(have) != want {
			t.Errorf("%s\nhave %s\nwant %s", text, have, want)
		}
	}
	f("VALUES ('2001-01-01', 2), (NULL, DEFAULT)", "TIMESTAMP '2001-01-01 00:00:00', 2.00\nNULL, 1.50")
	f("VALUES ('2001-01-01')", "42601 plan: bind at line 1, column 1: 1 value for 2 columns")
	f("VALUES (true, 1)", "42804 plan: bind at at line 1, column 1: the column is TIMESTAMP, the value BOOLEAN\nhint: cast it: x::TIMESTAMP")
	f("VALUES ('x', 1)", `22007 plan: bind at line 1, column 9: record: parse TIMESTAMP: "x": is not a date or time: want YYYY-MM-DD[ hh:mm:ss[.fraction]][zone]`)
	f("SELECT at, '2.5' FROM quakes", "Gather shards=8/8\n  Project at, 2.50\n    Scan quakes columns=at")
}

// TestParams binds parameters that have values.
func TestParams(t *testing.T) {
	text := "SELECT dest FROM flights WHERE origin = $1 AND dep > $2 AND delay > $3"
	q, err := parseQuery(t, text)
	if err != nil {
		t.Fatal(err)
	}
	o := testOptions(t, text)
	o.Params = []record.Value{record.KeywordValue("ORD"), record.KeywordValue("2001-01-05"), record.FloatValue(1.5)}
	p, err := Query(q, o)
	if err != nil {
		t.Fatal(err)
	}
	scan := fragments(p.Root)[0].(*Scan)
	if have, want := scan.Where.String(), "origin = 'ORD' AND dep > TIMESTAMP '2001-01-05 00:00:00' AND delay > 1"; have != want {
		t.Errorf("where %s, want %s", have, want)
	}
	o.Params = o.Params[:2]
	if _, err := Query(q, o); err == nil || !strings.Contains(err.Error(), "there is no $3") {
		t.Errorf("a missing parameter: %v", err)
	}
}
