package eval

import (
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// TestBuckets: what Buckets says of an expression is what the expression gives.
func TestBuckets(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	ts, integer := record.T(record.Timestamp), record.T(record.Int64)
	text := func(s string) plan.Expr { return plan.Const{Value: record.KeywordValue(s)} }
	span := func(days, nanos int64) plan.Expr {
		return plan.Const{Value: record.SpanValue(record.Span{Days: days, Nanos: nanos})}
	}
	at := func(v int64) plan.Expr { return plan.Const{Value: record.TimestampValue(v)} }
	number := func(v int64) plan.Expr { return plan.Const{Value: record.IntValue(v)} }
	col := func(t record.Type) plan.Expr { return plan.Col{Index: 0, T: t} }
	for _, e := range []plan.Call{
		{Func: "date_trunc", Args: []plan.Expr{text("second"), col(ts)}, T: ts},
		{Func: "date_trunc", Args: []plan.Expr{text("HOUR"), col(ts)}, T: ts},
		{Func: "date_trunc", Args: []plan.Expr{text("day"), col(ts)}, T: ts},
		{Func: "date_trunc", Args: []plan.Expr{text("week"), col(ts)}, T: ts},
		{Func: "time_bucket", Args: []plan.Expr{span(0, 7e9), col(ts)}, T: ts},
		{Func: "time_bucket", Args: []plan.Expr{span(3, 5), col(ts)}, T: ts},
		{Func: "time_bucket", Args: []plan.Expr{span(1, 0), col(ts), at(-12345)}, T: ts},
		{Func: "time_bucket", Args: []plan.Expr{span(0, 3600e9), col(ts), at(1 << 62)}, T: ts},
		{Func: "time_bucket", Args: []plan.Expr{number(10), col(integer)}, T: integer},
		{Func: "time_bucket", Args: []plan.Expr{number(1 << 40), col(integer), number(-3)}, T: integer},
	} {
		_, width, offset, ok := Buckets(e)
		if !ok || width <= 0 || offset < 0 || offset >= width {
			t.Fatalf("%v: width %d, offset %d, %t", e, width, offset, ok)
		}
		p, err := Compile(e, Env{})
		if err != nil {
			t.Fatal(err)
		}
		in := record.NewColumn(e.Args[1].Type(), 0)
		var want []int64
		for range 1000 {
			v := r.Int64N(1<<62) - 1<<61
			in.Append(record.Value{Type: in.Type, Valid: true, I: v >> r.IntN(60)})
			v = in.Ints[in.N-1]
			want = append(want, floorDiv(v-offset, width)*width+offset)
		}
		got, err := p.Run(&plan.Chunk{N: in.N, Cols: []*record.Column{in}})
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			if got.Ints[i] != w {
				t.Fatalf("%v of %d is %d, want %d", e, in.Ints[i], got.Ints[i], w)
			}
		}
	}
	for _, e := range []plan.Call{
		{Func: "date_trunc", Args: []plan.Expr{text("month"), col(ts)}, T: ts},
		{Func: "date_trunc", Args: []plan.Expr{text("day"), col(ts), text("Europe/Paris")}, T: ts},
		{Func: "time_bucket", Args: []plan.Expr{span(0, -5), col(ts)}, T: ts},
		{Func: "time_bucket", Args: []plan.Expr{span(0, 5), col(ts), text("Europe/Paris")}, T: ts},
		{Func: "time_bucket", Args: []plan.Expr{span(0, 5), at(7)}, T: ts},
		{Func: "time_bucket", Args: []plan.Expr{number(0), col(integer)}, T: integer},
	} {
		if _, _, _, ok := Buckets(e); ok {
			t.Errorf("%v has no buckets of one width", e)
		}
	}
}
