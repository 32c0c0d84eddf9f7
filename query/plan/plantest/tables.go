// Package plantest makes tables and statements for tests: a fixed catalog,
// random rows of it, and random queries over it, so that two ways to run a
// query can be compared on many. The same seed makes the same.
package plantest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/query/plan/naive"
	"github.com/quindex/quindex/record"
)

// column is a column of the tables and the name of its type in SQL.
type column struct {
	name string
	t    record.Type
}

func kind(k record.Kind) record.Type { return record.T(k) }

// tables are the tables of Catalog: t has every common type, u and v share
// names and values with it, so that joins find something.
var tables = []struct {
	name string
	by   []record.ColumnID
	cols []column
}{
	{"t", []record.ColumnID{2}, []column{
		{"b", kind(record.Bool)}, {"i", kind(record.Int64)}, {"f", kind(record.Float64)}, {"d", record.DecimalType(10, 2)},
		{"k", kind(record.Keyword)}, {"x", kind(record.Text)}, {"ts", kind(record.Timestamp)}, {"day", kind(record.Date)},
		{"ks", kind(record.KeywordArray)}, {"ns", kind(record.Int64Array)},
	}},
	{"u", nil, []column{{"i", kind(record.Int64)}, {"k", kind(record.Keyword)}, {"f", kind(record.Float64)}, {"d", record.DecimalType(6, 1)}}},
	{"v", []record.ColumnID{1, 2}, []column{{"k", kind(record.Keyword)}, {"i", kind(record.Int64)}, {"ts", kind(record.Timestamp)}}},
}

// Catalog returns a catalog of the tables t, u and v, over 8 shards.
func Catalog() *catalog.Catalog {
	c := catalog.Empty()
	for _, t := range tables {
		table := catalog.Table{Name: t.name, Sharding: catalog.Sharding{By: t.by, Ranges: catalog.EvenRanges([]uint32{1, 2, 3, 4, 5, 6, 7, 8})}}
		for _, col := range t.cols {
			table.Schema.Fields = append(table.Schema.Fields, record.Field{Name: col.name, Type: col.t})
		}
		next, _, err := c.Apply(catalog.Change{Create: &catalog.CreateTable{Table: table}})
		if err != nil {
			panic("BUG: plantest: " + err.Error())
		}
		c = next
	}
	return c
}

// Data returns n random rows for every table of c, which is Catalog's. Values
// are few, so that they meet; one in eight is NULL.
func Data(rnd *rand.Rand, c *catalog.Catalog, n int) naive.Data {
	out := naive.Data{}
	for _, t := range c.Tables() {
		table := &naive.Table{Schema: &t.Schema}
		for range n {
			row := make(naive.Row, len(t.Schema.Fields))
			for i, f := range t.Schema.Fields {
				row[i] = Value(rnd, f.Type)
			}
			table.Rows = append(table.Rows, row)
		}
		out[t.ID()] = table
	}
	return out
}

var words = []string{"", "a", "b", "ab", "abc", "ORD", "ord", "é", "a%b", "x_y"}

// Value returns a random value of t.
func Value(rnd *rand.Rand, t record.Type) record.Value {
	if rnd.IntN(8) == 0 {
		return record.NullOf(t)
	}
	v := record.Value{Type: t, Valid: true}
	switch t.Kind {
	case record.Bool:
		v.I = rnd.Int64N(2)
	case record.Float64:
		v.F = []float64{0, math.Copysign(0, -1), 0.5, -1.5, 2, 3, 1e10}[rnd.IntN(7)]
	case record.Decimal:
		v.I = rnd.Int64N(600) - 200
	case record.Timestamp:
		v.I = 978_307_200_000_000_000 + rnd.Int64N(6)*43_200_000_000_000 + rnd.Int64N(2)*1_500_000_000
	case record.Date:
		v.I = 11_323 + rnd.Int64N(5)
	case record.KeywordArray, record.Int64Array:
		v.Elems = []record.Value{}
		for range rnd.IntN(3) {
			e := Value(rnd, t.Elem())
			if e.Valid {
				v.Elems = append(v.Elems, e)
			}
		}
	default:
		if t.IsString() {
			v.S = words[rnd.IntN(len(words))]
		} else {
			v.I = rnd.Int64N(9) - 3
		}
	}
	return v
}

// literal is a random constant of t in SQL.
func literal(rnd *rand.Rand, t record.Type) string {
	if t.Kind == record.Int64 && rnd.IntN(4) == 0 {
		return fmt.Sprintf("%.1f", float64(rnd.IntN(12)-4)/2)
	}
	v := Value(rnd, t)
	if v.Valid && rnd.IntN(2) == 0 && (t.Kind == record.Timestamp || t.Kind == record.Date) {
		return "'" + v.Text() + "'"
	}
	return v.SQL()
}
