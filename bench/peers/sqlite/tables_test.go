package sqlite

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// column is a column in sight of an expression.
type column struct {
	name string
	kind kind
}

// table is a table and its rows, written as SQL.
type table struct {
	name    string
	columns []column
	rows    [][]string
}

var typeNames = map[kind]string{boolean: "BOOLEAN", integer: "BIGINT", double: "DOUBLE", word: "VARCHAR"}

// schema is what every run has: t with every kind, u and v with names and
// values like it, so that joins find something.
var schema = []table{
	{name: "t", columns: []column{{"id", integer}, {"i", integer}, {"j", integer}, {"d", double}, {"s", word}, {"b", boolean}}},
	{name: "u", columns: []column{{"id", integer}, {"i", integer}, {"d", double}, {"s", word}}},
	{name: "v", columns: []column{{"s", word}, {"n", integer}, {"b", boolean}}},
}

// randomTables fills the schema: mostly few rows, sometimes some hundreds in t.
func randomTables(rnd *rand.Rand) []table {
	sizes := []int{10 + rnd.IntN(40), 5 + rnd.IntN(20), 3 + rnd.IntN(12)}
	switch rnd.IntN(8) {
	case 0:
		sizes[rnd.IntN(len(sizes))] = rnd.IntN(2)
	case 1, 2:
		sizes = []int{200 + rnd.IntN(600), rnd.IntN(60), rnd.IntN(20)}
	}
	nulls := 2 + rnd.IntN(10)
	out := make([]table, len(schema))
	for i, t := range schema {
		for id := range sizes[i] {
			row := make([]string, len(t.columns))
			for c, col := range t.columns {
				switch {
				case col.name == "id":
					row[c] = strconv.Itoa(id)
				case rnd.IntN(nulls) == 0:
					row[c] = "NULL"
				default:
					row[c] = constant(rnd, col.kind)
				}
			}
			t.rows = append(t.rows, row)
		}
		out[i] = t
	}
	return out
}

var words = []string{"", "a", "b", "ab", "abc", "ORD", "ord", "x_y", "a%b", "b c", " a", "12"}

// constant is a value of kind k; values are few, so that they meet, and doubles
// are exact in binary.
func constant(rnd *rand.Rand, k kind) string {
	switch k {
	case boolean:
		return []string{"TRUE", "FALSE"}[rnd.IntN(2)]
	case integer:
		return strconv.Itoa(rnd.IntN(11) - 3)
	case double:
		return fmt.Sprintf("%.2f", float64(rnd.IntN(28)-8)/4)
	}
	return "'" + words[rnd.IntN(len(words))] + "'"
}

// create is the statement that makes the table.
func (t *table) create() string {
	cols := make([]string, len(t.columns))
	for i, c := range t.columns {
		cols[i] = c.name + " " + typeNames[c.kind]
	}
	return "CREATE TABLE " + t.name + " (" + strings.Join(cols, ", ") + ")"
}

// insert is the statement that writes rows [lo, hi).
func (t *table) insert(lo, hi int) string {
	rows := make([]string, 0, hi-lo)
	for _, r := range t.rows[lo:hi] {
		rows = append(rows, "("+strings.Join(r, ", ")+")")
	}
	return "INSERT INTO " + t.name + " VALUES " + strings.Join(rows, ", ")
}
