package plan

import (
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Aggregate functions and the states of their halves. All of them pass over
// rows where an argument is NULL, except count(*), array_agg, first and last;
// all but count give NULL where no row counted.
//
//	function                   arguments      result          state columns
//	count                      none or any    BIGINT          n BIGINT
//	sum                        BIGINT         BIGINT          hi BIGINT, lo BIGINT
//	sum                        DECIMAL(p,s)   DECIMAL(18,s)   hi BIGINT, lo BIGINT
//	sum                        DOUBLE         DOUBLE          sum DOUBLE
//	avg                        BIGINT, DEC.   DOUBLE          hi BIGINT, lo BIGINT, n BIGINT
//	avg                        DOUBLE         DOUBLE          sum DOUBLE, n BIGINT
//	min, max, any_value        any ordered    same            value
//	stddev*, var*              DOUBLE         DOUBLE          n BIGINT, mean DOUBLE, m2 DOUBLE
//	bool_and, bool_or          BOOLEAN        BOOLEAN         value BOOLEAN
//	first, last                v, t           as v            v, t
//	array_agg                  any            array           none: Complete only
//	string_agg                 string, const  KEYWORD         none: Complete only
//	percentile_cont            const; ORDER   DOUBLE          none: Complete only
//	percentile_disc            const; ORDER   as the key      none: Complete only
//	any of them, DISTINCT      as above       as above        set BYTEA
//	first_row                  any; ORDER     same            none: Complete only
//	only_row                   any            same            none: Complete only
//
// (hi, lo) is a 128-bit two's complement integer, the unscaled sum; hi is NULL
// where no row counted. mean and m2 (the sum of squared differences from the
// mean) are those of Welford's algorithm and are merged by Chan's formula.
// first and last keep the value at the least or greatest t; t is NULL where no
// row counted, and among equal times the row that came first stays.
// first_row and only_row have no name in SQL. first_row is the value of the first
// row in the order, NULL or not: of DISTINCT ON. only_row is the value of the one
// row there is, NULL or not; with more it is an error (21000): of a scalar subquery.
// The set of a DISTINCT aggregate is the executor's own serialised form.

// AggSignature is an aggregate function chosen for its arguments.
type AggSignature struct {
	Name   string
	Args   []record.Type // cast argument i to Args[i]
	Result record.Type
}

// aggSynonyms are names that mean another aggregate.
var aggSynonyms = map[string]string{
	"mean": "avg", "average": "avg", "stddev_samp": "stddev", "variance": "var_samp", "every": "bool_and",
	"approx_percentile": "percentile_cont", "listagg": "string_agg", "arbitrary": "any_value",
}

// aggRules says what each aggregate takes.
var aggRules = map[string]func(args []Arg) ([]record.Type, record.Type, bool){
	"count":                 aggCount,
	"approx_count_distinct": aggCount,
	"sum":                   aggSum,
	"avg":                   aggAvg,
	"min":                   aggSame,
	"max":                   aggSame,
	"any_value":             aggSame,
	"stddev":                aggFloat,
	"stddev_pop":            aggFloat,
	"var_samp":              aggFloat,
	"var_pop":               aggFloat,
	"bool_and":              aggBool,
	"bool_or":               aggBool,
	"first":                 aggFirst,
	"last":                  aggFirst,
	"array_agg":             aggArray,
	"string_agg":            aggString,
	"first_row":             aggAny,
	"only_row":              aggAny,
	"percentile_cont":       aggPercentile,
	"percentile_disc":       aggPercentileDisc,
}

// IsAggregate reports whether name is an aggregate function of SQL.
func IsAggregate(name string) bool {
	if name == "first_row" || name == "only_row" {
		return false
	}
	if c, ok := aggSynonyms[name]; ok {
		name = c
	}
	return aggRules[name] != nil
}

// ResolveAgg chooses the aggregate name for arguments of the given types.
func ResolveAgg(name string, args []Arg) (AggSignature, error) {
	if c, ok := aggSynonyms[name]; ok {
		name = c
	}
	rule := aggRules[name]
	if rule != nil {
		if types, result, ok := rule(args); ok {
			return AggSignature{name, types, result}, nil
		}
	}
	types := make([]string, len(args))
	for i, a := range args {
		types[i] = a.Type.String()
	}
	return AggSignature{}, fault.E("plan: resolve", fault.NotFound, fault.Code("42883"),
		aggWaysHint(name), "no aggregate "+name+"("+strings.Join(types, ", ")+")")
}

// AggState returns the types of the state columns of an aggregate, or false
// if it has no halves and can only run Complete, over all rows at once.
func AggState(name string, args []record.Type, distinct bool) ([]record.Type, bool) {
	i64, f64 := record.T(record.Int64), record.T(record.Float64)
	switch name {
	case "array_agg", "string_agg", "first_row", "percentile_cont", "percentile_disc":
		return nil, false
	}
	if distinct {
		return []record.Type{record.T(record.Bytes)}, true
	}
	switch name {
	case "count":
		return []record.Type{i64}, true
	case "sum":
		if args[0].Kind == record.Float64 {
			return []record.Type{f64}, true
		}
		return []record.Type{i64, i64}, true
	case "avg":
		if args[0].Kind == record.Float64 {
			return []record.Type{f64, i64}, true
		}
		return []record.Type{i64, i64, i64}, true
	case "min", "max", "any_value", "bool_and", "bool_or":
		return []record.Type{args[0]}, true
	case "stddev", "stddev_pop", "var_samp", "var_pop":
		return []record.Type{i64, f64, f64}, true
	case "first", "last":
		return []record.Type{args[0], args[1]}, true
	}
	return nil, false
}

// StateTypes returns the state columns of a, whose mode is Complete or Partial.
func (a Agg) StateTypes() ([]record.Type, bool) {
	if len(a.Order) > 0 {
		return nil, false
	}
	return AggState(a.Func, typesOf(a.Args), a.Distinct)
}

func aggCount(args []Arg) ([]record.Type, record.Type, bool) {
	if len(args) > 1 {
		return nil, record.Type{}, false
	}
	return argTypes(args), record.T(record.Int64), true
}

func aggSum(args []Arg) ([]record.Type, record.Type, bool) {
	if len(args) != 1 {
		return nil, record.Type{}, false
	}
	switch t := args[0].Type; t.Kind {
	case record.Int64, record.Float64:
		return []record.Type{t}, t, true
	case record.Decimal:
		return []record.Type{t}, record.DecimalType(record.MaxDigits, int(t.Scale)), true
	case record.Null:
		return []record.Type{record.T(record.Int64)}, record.T(record.Int64), true
	}
	return nil, record.Type{}, false
}

func aggAvg(args []Arg) ([]record.Type, record.Type, bool) {
	types, _, ok := aggSum(args)
	return types, record.T(record.Float64), ok
}

func aggSame(args []Arg) ([]record.Type, record.Type, bool) {
	if len(args) != 1 || !ordered(args[0].Type) {
		return nil, record.Type{}, false
	}
	t := argTypes(args)[0]
	return []record.Type{t}, t, true
}

func aggAny(args []Arg) ([]record.Type, record.Type, bool) {
	if len(args) != 1 {
		return nil, record.Type{}, false
	}
	t := argTypes(args)
	return t, t[0], true
}

// ordered reports whether values of t have an order that people would expect.
func ordered(t record.Type) bool {
	switch t.Kind {
	case record.Point, record.Geometry, record.JSON, record.Invalid:
		return false
	}
	return true
}

func aggFloat(args []Arg) ([]record.Type, record.Type, bool) {
	if len(args) != 1 || param("float").cost(args[0]) == noCast || args[0].Literal {
		return nil, record.Type{}, false
	}
	f := record.T(record.Float64)
	return []record.Type{f}, f, true
}

func aggBool(args []Arg) ([]record.Type, record.Type, bool) {
	if len(args) != 1 || param("bool").cost(args[0]) == noCast {
		return nil, record.Type{}, false
	}
	return []record.Type{boolType}, boolType, true
}

func aggFirst(args []Arg) ([]record.Type, record.Type, bool) {
	if len(args) != 2 || !ordered(args[1].Type) {
		return nil, record.Type{}, false
	}
	types := argTypes(args)
	return types, types[0], true
}

func aggArray(args []Arg) ([]record.Type, record.Type, bool) {
	if len(args) != 1 {
		return nil, record.Type{}, false
	}
	types := argTypes(args)
	if types[0].Kind == record.Decimal {
		types[0] = record.T(record.Float64)
	}
	result, ok := record.ArrayOf(types[0])
	return types, result, ok
}

func aggString(args []Arg) ([]record.Type, record.Type, bool) {
	if len(args) != 2 || !args[1].Type.IsString() || !args[0].Type.IsString() && args[0].Type.Kind != record.Null {
		return nil, record.Type{}, false
	}
	k := record.T(record.Keyword)
	return []record.Type{k, k}, k, true
}

// aggPercentile takes the fraction; the key of WITHIN GROUP is args[1] here,
// though it stands in Agg.Order.
func aggPercentile(args []Arg) ([]record.Type, record.Type, bool) {
	f := record.T(record.Float64)
	if len(args) != 2 || param("float").cost(args[0]) == noCast || param("float").cost(args[1]) == noCast {
		return nil, f, false
	}
	return []record.Type{f, f}, f, true
}

func aggPercentileDisc(args []Arg) ([]record.Type, record.Type, bool) {
	f := record.T(record.Float64)
	if len(args) != 2 || param("float").cost(args[0]) == noCast || !ordered(args[1].Type) {
		return nil, f, false
	}
	t := argTypes(args)[1]
	return []record.Type{f, t}, t, true
}

// argTypes returns the types as they are; NULL alone is a KEYWORD.
func argTypes(args []Arg) []record.Type {
	out := make([]record.Type, len(args))
	for i, a := range args {
		out[i] = a.Type
		if a.Type.Kind == record.Null {
			out[i] = record.T(record.Keyword)
		}
	}
	return out
}
