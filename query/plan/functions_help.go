package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// mostOverloads is how many ways to call a function one message lists.
const mostOverloads = 6

// waysHint lists the ways in which the scalar function called name may be
// called; operators and special forms have none that a list would tell better.
func waysHint(name string) fault.Hint {
	const otherwise = "check the argument types; a cast may help: x::TYPE"
	in := canonical(name, 2)
	if isOperator(name) || isOperator(in) || form(in) != nil {
		return otherwise
	}
	var ways []string
	for _, o := range scalars()[in] {
		if way := name + o.String(); !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	if more := len(ways) > mostOverloads; more {
		ways = append(ways[:mostOverloads], "...")
	}
	if len(ways) == 0 {
		return otherwise
	}
	return fault.Hint("there is " + strings.Join(ways, ", "))
}

// String is what o takes: "(string, BIGINT[, BIGINT])".
func (o *overload) String() string {
	var b strings.Builder
	b.WriteByte('(')
	for i, p := range o.params {
		if i >= len(o.params)-o.optional {
			b.WriteByte('[')
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.word())
	}
	if o.variadic {
		b.WriteString(", ...")
	}
	return b.String() + strings.Repeat("]", o.optional) + ")"
}

// word is what p is called in a message: a type of SQL, or for any kind of
// string "string".
func (p param) word() string {
	switch kind, ok := paramKinds[p]; {
	case p == "text":
		return "string"
	case p == "dec":
		return "DECIMAL"
	case ok:
		return record.T(kind).String()
	}
	return string(p)
}

// aggWays is how each aggregate is called.
var aggWays = map[string]string{
	"count": "count(*), count(x), count(DISTINCT x)", "approx_count_distinct": "approx_count_distinct(x)",
	"sum": "sum(number)", "avg": "avg(number)", "min": "min(x)", "max": "max(x)", "any_value": "any_value(x)",
	"stddev": "stddev(number)", "stddev_pop": "stddev_pop(number)", "var_samp": "var_samp(number)", "var_pop": "var_pop(number)",
	"bool_and": "bool_and(BOOLEAN)", "bool_or": "bool_or(BOOLEAN)", "first": "first(value, time)", "last": "last(value, time)",
	"array_agg": "array_agg(x [ORDER BY y])", "string_agg": "string_agg(string, ', ' [ORDER BY y])",
	"percentile_cont": "percentile_cont(0.5) WITHIN GROUP (ORDER BY number)", "percentile_disc": "percentile_disc(0.5) WITHIN GROUP (ORDER BY x)",
}

func aggWaysHint(name string) fault.Hint {
	if way := aggWays[name]; way != "" {
		return fault.Hint("there is " + way)
	}
	return "check the argument types; a cast may help: x::TYPE"
}

// counted is "1 value" or "2 values".
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// wrongCount says how many arguments there are and how many there should be.
func wrongCount(have, least, most int) string {
	want := strconv.Itoa(least)
	if most != least {
		want += " to " + strconv.Itoa(most)
	}
	return counted(have, "argument") + ", want " + want
}
