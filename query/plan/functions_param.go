package plan

import "github.com/quindex/quindex/record"

// param is the type of a parameter or result in the table of functions: a
// word of paramKinds, or "any" (taken as it is), "array" (any array), or, for
// results only, "first" (the type of argument 0), "elem" (of its elements)
// and "whole" (DECIMAL without a fraction).
type param string

var paramKinds = map[param]record.Kind{
	"bool": record.Bool, "int": record.Int64, "float": record.Float64, "dec": record.Decimal, "text": record.Keyword,
	"ts": record.Timestamp, "date": record.Date, "span": record.Interval, "point": record.Point, "geom": record.Geometry,
	"json": record.JSON, "bytes": record.Bytes, "texts": record.KeywordArray, "ints": record.Int64Array, "floats": record.Float64Array,
}

// noCast is the cost of a cast that is not made silently.
const noCast = 1 << 20

// cost is the price of handing a to p: 0 for the type itself.
func (p param) cost(a Arg) int {
	switch {
	case p == "any":
		return 0
	case p == "array" && (a.Type.IsArray() || a.Type.Kind == record.Null):
		return 0
	case p == "array":
		return noCast
	}
	want := paramKinds[p]
	if a.Literal {
		return literalCost(want)
	}
	return implicitCost(a.Type.Kind, want)
}

// literalCost prefers to read an open literal as a string, then as a time.
func literalCost(want record.Kind) int {
	switch want {
	case record.Keyword, record.Text:
		return 1
	case record.Timestamp, record.Interval:
		return 2
	}
	return 3
}

// implicitCost is the price of the silent cast between two kinds. DOUBLE is
// preferred to DECIMAL for a BIGINT, as in PostgreSQL.
func implicitCost(from, want record.Kind) int {
	switch {
	case from == want:
		return 0
	case from == record.Null:
		return 1
	case isText(from) && isText(want):
		return 0
	case from == record.Int64 && want == record.Float64, from == record.Decimal && want == record.Float64,
		from == record.Date && want == record.Timestamp:
		return 2
	case from == record.Int64 && want == record.Decimal:
		return 3
	}
	return noCast
}

func isText(k record.Kind) bool { return k == record.Keyword || k == record.Text }

// take returns the type to which an argument that fits p is cast.
func (p param) take(a Arg) record.Type {
	if p == "any" || p == "array" {
		return a.Type
	}
	k := paramKinds[p]
	switch {
	case k == a.Type.Kind && !a.Literal, k == record.Keyword && a.Type.Kind == record.Text:
		return a.Type
	case k == record.Decimal:
		return record.DecimalType(record.MaxDigits, 0)
	}
	return record.T(k)
}
