package plan

import (
	"fmt"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// open is a literal or a parameter whose type its place decides: a string, or a
// number of too many digits. It lives only inside the binder: settle and cast
// turn it into something else.
type open struct {
	text   string
	param  int // $N; 0: a literal
	pos    int
	number bool // see binder.number
}

func (open) isExpr() {}

func (e open) Type() record.Type {
	if e.number {
		return record.T(record.Float64)
	}
	return record.T(record.Keyword)
}

func (e open) String() string {
	switch {
	case e.param > 0:
		return fmt.Sprintf("$%d", e.param)
	case e.number:
		return e.text
	}
	return record.KeywordValue(e.text).SQL()
}

// arg is what overload resolution sees of an expression.
func arg(e Expr) Arg {
	if o, ok := e.(open); ok && !o.number {
		if o.param > 0 {
			return Arg{Type: record.T(record.Null)}
		}
		return Arg{Type: record.T(record.Keyword), Literal: true}
	}
	return Arg{Type: e.Type()}
}

func args(es []Expr) []Arg {
	out := make([]Arg, len(es))
	for i, e := range es {
		out[i] = arg(e)
	}
	return out
}

// settle closes an expression that nothing asked a type of: a string is KEYWORD.
func (b *binder) settle(e Expr) Expr {
	if o, ok := e.(open); ok {
		b.wantDouble([]Expr{o})
		return b.cast(o, o.Type(), 0)
	}
	return e
}

func (b *binder) literal(l *sql.Literal) Expr {
	switch l.Kind {
	case sql.Null:
		return Const{record.NullOf(record.T(record.Null))}
	case sql.Bool:
		return Const{record.BoolValue(l.Bool)}
	case sql.Int:
		return Const{record.IntValue(l.Int)}
	case sql.Number:
		return b.number(l.Text, l.Pos())
	case sql.Typed:
		t, err := TypeOf(l.Type)
		b.check(l.Type.Pos(), err)
		return Const{b.parse(l.Text, t, l.Pos())}
	}
	return open{text: l.Text, pos: l.Pos()}
}

// parse reads text as a value of t.
func (b *binder) parse(text string, t record.Type, pos int) record.Value {
	v, err := ParseText(t, text)
	if err != nil {
		code := fault.CodeOf(err)
		if code == "22000" {
			code = "22P02"
		}
		b.fail(pos, fault.Invalid, code, err)
	}
	return v
}

func (b *binder) param(p *sql.Param) Expr {
	if b.o.Params != nil {
		if p.N < 1 || p.N > len(b.o.Params) {
			b.fail(p.Pos(), fault.Invalid, fault.Code("08P01"), fmt.Sprintf("there is no $%d: given: %s", p.N, counted(len(b.o.Params), "parameter")))
		}
		v := b.o.Params[p.N-1]
		switch {
		case !v.Valid:
			return Const{record.NullOf(record.T(record.Null))}
		case v.Type.Kind == record.Keyword || v.Type.Kind == record.Text:
			return open{text: v.S, pos: p.Pos()}
		}
		b.params[p.N-1] = v.Type
		return Const{v}
	}
	const most = 65535 // PostgreSQL's limit
	if p.N < 1 || p.N > most {
		b.fail(p.Pos(), fault.Invalid, fault.Code("42P02"), fmt.Sprintf("parameters go from $1 to $%d", most))
	}
	for len(b.params) < p.N {
		b.params = append(b.params, record.Type{})
	}
	if t := b.params[p.N-1]; t.Kind != record.Invalid {
		return Param{N: p.N, T: t}
	}
	return open{param: p.N, pos: p.Pos()}
}

// TypeOf returns the type that a type's name in SQL means. Errors: Unsupported
// for types that exist elsewhere, Invalid (42704) for others and (22023) for
// parameters that do not fit.
func TypeOf(n *sql.TypeName) (record.Type, error) {
	t, err := scalarType(n)
	if err != nil || !n.Array {
		return t, err
	}
	a, ok := record.ArrayOf(t)
	if !ok {
		return t, fault.E("plan: type", fault.Unsupported, fault.Hint("arrays are KEYWORD[], BIGINT[] and DOUBLE[]"), "an array of "+t.String())
	}
	return a, nil
}

var typeNames = map[string]record.Kind{
	"boolean": record.Bool, "bool": record.Bool,
	"bigint": record.Int64, "int": record.Int64, "integer": record.Int64, "smallint": record.Int64, "int2": record.Int64,
	"int4": record.Int64, "int8": record.Int64, "tinyint": record.Int64, "bigserial": record.Invalid,
	"double": record.Float64, "double precision": record.Float64, "float": record.Float64, "real": record.Float64,
	"float4": record.Float64, "float8": record.Float64,
	"decimal": record.Decimal, "numeric": record.Decimal, "dec": record.Decimal,
	"keyword": record.Keyword, "varchar": record.Keyword, "character varying": record.Keyword, "char": record.Keyword,
	"character": record.Keyword, "bpchar": record.Keyword, "string": record.Keyword, "uuid": record.Keyword, "name": record.Keyword,
	"text":      record.Text,
	"timestamp": record.Timestamp, "timestamptz": record.Timestamp, "timestamp with time zone": record.Timestamp,
	"timestamp without time zone": record.Timestamp, "datetime": record.Timestamp,
	"date": record.Date, "interval": record.Interval, "point": record.Point, "geometry": record.Geometry,
	"geography": record.Geometry, "json": record.JSON, "jsonb": record.JSON, "bytea": record.Bytes, "blob": record.Bytes, "bytes": record.Bytes,
}

func scalarType(n *sql.TypeName) (record.Type, error) {
	k, ok := typeNames[n.Name]
	if !ok || k == record.Invalid {
		var all []string
		for name, k := range typeNames {
			if k != record.Invalid {
				all = append(all, name)
			}
		}
		return record.Type{}, fault.E("plan: type", fault.Invalid, fault.Code("42704"), fault.Item(n.Name),
			nearest(n.Name, all, "see docs/sql.md for the types that exist"), "no such type")
	}
	if k == record.Decimal {
		return decimalType(n)
	}
	if k == record.Float64 && n.Name == "float" || k == record.Keyword || k == record.Timestamp {
		return record.T(k), nil // FLOAT(24), VARCHAR(20), TIMESTAMP(3): the parameter says nothing here
	}
	if len(n.Args) > 0 {
		return record.Type{}, fault.E("plan: type", fault.Invalid, fault.Code("22023"), fault.Item(n.Name), "the type takes no parameters")
	}
	return record.T(k), nil
}

func decimalType(n *sql.TypeName) (record.Type, error) {
	precision, scale := record.MaxDigits, 6
	switch len(n.Args) {
	case 0:
	case 1:
		precision, scale = n.Args[0], 0
	case 2:
		precision, scale = n.Args[0], n.Args[1]
	default:
		precision = 0
	}
	if precision < 1 || precision > record.MaxDigits || scale < 0 || scale > precision {
		return record.Type{}, fault.E("plan: type", fault.Invalid, fault.Code("22023"), fault.Item(n.Name),
			fault.Hint("DECIMAL(p, s) with p from 1 to 18 and s from 0 to p; DOUBLE holds more, not exactly"),
			fmt.Sprintf("parameters %v do not fit", n.Args))
	}
	return record.DecimalType(precision, scale), nil
}
