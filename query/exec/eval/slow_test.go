package eval

import (
	"math"
	"math/big"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// slow is the truth that programs are compared with: one row at a time, on
// Values, with big integers. It knows the operators, not every function.
func slow(e plan.Expr, row func(int) record.Value) (record.Value, error) {
	switch e := e.(type) {
	case plan.Col:
		return row(e.Index), nil
	case plan.Const:
		return e.Value, nil
	}
	c := e.(plan.Call)
	arg := func(i int) (record.Value, error) { return slow(c.Args[i], row) }
	switch c.Func {
	case "and", "or":
		return slowConnective(c, arg)
	case "case":
		return slowCase(c, arg)
	case "coalesce":
		for i := range c.Args {
			if v, err := arg(i); err != nil || v.Valid {
				return v, err
			}
		}
		return record.NullOf(c.T), nil
	case "between":
		lower := plan.Call{Func: ">=", Args: []plan.Expr{c.Args[0], c.Args[1]}, T: c.T}
		upper := plan.Call{Func: "<=", Args: []plan.Expr{c.Args[0], c.Args[2]}, T: c.T}
		return slow(plan.Call{Func: "and", Args: []plan.Expr{lower, upper}, T: c.T}, row)
	case "in":
		or := plan.Call{Func: "or", T: c.T}
		for _, m := range c.Args[1:] {
			or.Args = append(or.Args, plan.Call{Func: "=", Args: []plan.Expr{c.Args[0], m}, T: c.T})
		}
		return slow(or, row)
	}
	args := make([]record.Value, len(c.Args))
	anyNull := false
	for i := range args {
		var err error
		if args[i], err = arg(i); err != nil {
			return record.Value{}, err
		}
		anyNull = anyNull || !args[i].Valid
	}
	if v, ok := slowLax(c, args); ok {
		return v, nil
	}
	if anyNull {
		return record.NullOf(c.T), nil
	}
	return slowStrict(c, args)
}

func slowConnective(c plan.Call, arg func(int) (record.Value, error)) (record.Value, error) {
	decisive, null := c.Func == "or", false
	for i := range c.Args {
		v, err := arg(i)
		switch {
		case err != nil:
			return v, err
		case !v.Valid:
			null = true
		case v.Bool() == decisive:
			return v, nil
		}
	}
	if null {
		return record.NullOf(c.T), nil
	}
	return record.BoolValue(!decisive), nil
}

func slowCase(c plan.Call, arg func(int) (record.Value, error)) (record.Value, error) {
	i := 0
	for ; i+1 < len(c.Args); i += 2 {
		v, err := arg(i)
		if err != nil {
			return v, err
		}
		if v.Bool() {
			return arg(i + 1)
		}
	}
	if i < len(c.Args) {
		return arg(i)
	}
	return record.NullOf(c.T), nil
}

// slowLax knows the functions that see their NULLs.
func slowLax(c plan.Call, a []record.Value) (record.Value, bool) {
	b := record.BoolValue
	switch c.Func {
	case "is_null":
		return b(!a[0].Valid), true
	case "is_not_null":
		return b(a[0].Valid), true
	case "is_true":
		return b(a[0].Bool()), true
	case "is_not_true":
		return b(!a[0].Bool()), true
	case "is_false":
		return b(a[0].Valid && a[0].I == 0), true
	case "is_not_false":
		return b(!a[0].Valid || a[0].I != 0), true
	case "is_unknown":
		return b(!a[0].Valid), true
	case "is_not_unknown":
		return b(a[0].Valid), true
	case "is_distinct_from":
		return b(!record.Equal(a[0], a[1])), true
	case "is_not_distinct_from":
		return b(record.Equal(a[0], a[1])), true
	case "nullif":
		if a[0].Valid && a[1].Valid && record.Compare(a[0], a[1]) == 0 {
			return record.NullOf(c.T), true
		}
		return a[0], true
	case "greatest", "least":
		best := record.NullOf(c.T)
		for _, v := range a {
			if !v.Valid {
				continue
			}
			if cmp := record.Compare(v, best); !best.Valid || c.Func == "greatest" && cmp > 0 || c.Func == "least" && cmp < 0 {
				best = v
			}
		}
		return best, true
	}
	return record.Value{}, false
}

var slowOps = map[string]func(int) bool{
	"=": func(c int) bool { return c == 0 }, "<>": func(c int) bool { return c != 0 }, "<": func(c int) bool { return c < 0 },
	"<=": func(c int) bool { return c <= 0 }, ">": func(c int) bool { return c > 0 }, ">=": func(c int) bool { return c >= 0 },
}

func slowStrict(c plan.Call, a []record.Value) (record.Value, error) {
	if holds, ok := slowOps[c.Func]; ok {
		return record.BoolValue(holds(record.Compare(a[0], a[1]))), nil
	}
	switch {
	case c.Func == "not":
		return record.BoolValue(a[0].I == 0), nil
	case c.Func == "cast":
		return slowCast(a[0], c.T)
	case c.Func == "lower" || c.Func == "||":
		v := a[0]
		v.Type = c.T
		if c.Func == "||" {
			v.S += a[1].S
			return v, nil
		}
		b := []byte(v.S)
		for i, x := range b {
			if x >= 'A' && x <= 'Z' {
				b[i] = x + 32
			}
		}
		v.S = string(b)
		return v, nil
	case c.T.Kind == record.Float64:
		return slowFloat(c, a)
	}
	return slowExact(c, a)
}

func failed(code fault.Code) (record.Value, error) {
	return record.Value{}, fault.E("slow", fault.Invalid, code, "failed")
}

func slowFloat(c plan.Call, a []record.Value) (record.Value, error) {
	x, y := a[0].F, 0.0
	if len(a) > 1 {
		y = a[1].F
	}
	var r float64
	switch c.Func {
	case "neg":
		return record.FloatValue(-x), nil
	case "+":
		r = x + y
	case "-":
		r = x - y
	case "*":
		r = x * y
	case "/":
		if y == 0 && !math.IsNaN(x) {
			return failed("22012")
		}
		r = x / y
	}
	if math.IsInf(r, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		return failed("22003")
	}
	return record.FloatValue(r), nil
}

// slowExact computes on scaled integers of any size; the arguments of all but
// * have one scale.
func slowExact(c plan.Call, a []record.Value) (record.Value, error) {
	x, r := big.NewInt(a[0].I), new(big.Int)
	y := new(big.Int)
	if len(a) > 1 {
		y.SetInt64(a[1].I)
	}
	switch c.Func {
	case "neg":
		r.Neg(x)
	case "+":
		r.Add(x, y)
	case "-":
		r.Sub(x, y)
	case "*":
		r.Mul(x, y)
	case "/", "%":
		if y.Sign() == 0 {
			return failed("22012")
		}
		if c.Func == "/" {
			r.Quo(x, y)
		} else {
			r.Rem(x, y)
		}
	}
	if !r.IsInt64() || c.T.Kind == record.Decimal && new(big.Int).Abs(r).Cmp(big.NewInt(record.Pow10(18))) >= 0 {
		return failed("22003")
	}
	return record.Value{Type: c.T, Valid: true, I: r.Int64()}, nil
}

// slowCast casts by way of text, except where rounding decides.
func slowCast(v record.Value, to record.Type) (record.Value, error) {
	from := v.Type
	switch {
	case from.Kind == record.Float64 && to.Kind == record.Int64:
		r := math.RoundToEven(v.F)
		if math.IsNaN(r) || r < -9.223372036854775808e18 || r >= 9.223372036854775808e18 {
			return failed("22003")
		}
		return record.IntValue(int64(r)), nil
	case to.Kind == record.Float64:
		return record.FloatValue(v.Float()), nil
	case (from.Kind == record.Int64 || from.Kind == record.Decimal) && (to.Kind == record.Int64 || to.Kind == record.Decimal):
		fs, ts := 0, 0
		if from.Kind == record.Decimal {
			fs = int(from.Scale)
		}
		if to.Kind == record.Decimal {
			ts = int(to.Scale)
		}
		r, ok := record.Rescale(v.I, fs, ts)
		if !ok || to.Kind == record.Decimal && !record.FitsDigits(r, int(to.Precision)) {
			return failed("22003")
		}
		return record.Value{Type: to, Valid: true, I: r}, nil
	case to.IsString():
		return record.Value{Type: to, Valid: true, S: v.Text()}, nil
	}
	return record.ParseText(to, v.Text())
}
