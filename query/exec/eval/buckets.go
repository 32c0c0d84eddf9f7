package eval

import (
	"strings"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// Buckets reports whether e is the start of the bucket that a column's value
// lies in, of buckets all equally wide: they start at offset + n*width, with
// offset in [0, width). NULL has no bucket. Where a start is no longer an
// int64, e is an error; that takes a value within two widths of the ends.
func Buckets(e plan.Expr) (col plan.Col, width, offset int64, ok bool) {
	call, is := e.(plan.Call)
	if !is || len(call.Args) < 2 || len(call.Args) > 3 {
		return col, 0, 0, false
	}
	if col, ok = call.Args[1].(plan.Col); !ok {
		return col, 0, 0, false
	}
	first, ok := konstOf(call.Args[0])
	if !ok {
		return col, 0, 0, false
	}
	switch {
	case call.Func == "date_trunc" && len(call.Args) == 2 && col.T.Kind == record.Timestamp:
		if fields[strings.ToLower(first.S)] == fWeek {
			return col, 7 * dayNanos, 4 * dayNanos, true // 1970-01-05 was a Monday
		}
		width = fixedUnits[fields[strings.ToLower(first.S)]]
		return col, width, 0, width > 0
	case call.Func == "time_bucket" && col.T.Kind == record.Timestamp && first.Type.Kind == record.Interval:
		width, ok = fixedSpan(first.Span)
		offset = originDay * dayNanos
	case call.Func == "time_bucket" && col.T.Kind == record.Int64 && first.Type.Kind == record.Int64:
		width = first.I
	default:
		return col, 0, 0, false
	}
	if !ok || width <= 0 {
		return col, 0, 0, false
	}
	if len(call.Args) == 3 {
		origin, is := konstOf(call.Args[2])
		if !is || origin.Type.Kind != col.T.Kind {
			return col, 0, 0, false
		}
		offset = origin.I
	}
	return col, width, floorMod(offset, width), true
}

// konstOf is the value of a constant that is not NULL.
func konstOf(e plan.Expr) (record.Value, bool) {
	c, ok := e.(plan.Const)
	return c.Value, ok && c.Value.Valid
}
