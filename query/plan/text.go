package plan

import (
	"fmt"
	"strings"

	"github.com/quindex/quindex/record"
)

func (e Col) String() string {
	if e.Name == "" {
		return fmt.Sprintf("#%d", e.Index)
	}
	return e.Name
}

func (e Const) String() string { return literal(e.Value) }
func (e Param) String() string { return fmt.Sprintf("$%d", e.N) }

func (e SubqueryValue) String() string {
	if e.Exists {
		return fmt.Sprintf("exists(subquery %d)", e.ID)
	}
	return fmt.Sprintf("(subquery %d)", e.ID)
}

func (e EngineCall) String() string {
	parts := texts(e.Fields)
	for _, v := range e.Args {
		parts = append(parts, literal(v))
	}
	return e.Function + "(" + strings.Join(parts, ", ") + ")"
}

func (e Call) String() string {
	switch e.Func {
	case "and", "or":
		return e.infix(" " + strings.ToUpper(e.Func) + " ")
	case "not":
		return "NOT " + operand(e.Args[0])
	case "cast":
		return operand(e.Args[0]) + "::" + e.T.String()
	case "case":
		return e.caseText()
	case "between":
		return fmt.Sprintf("%s BETWEEN %s AND %s", operand(e.Args[0]), operand(e.Args[1]), operand(e.Args[2]))
	case "in":
		return operand(e.Args[0]) + " IN (" + strings.Join(texts(e.Args[1:]), ", ") + ")"
	case "neg":
		return "-" + operand(e.Args[0])
	}
	if words, ok := wordOperators[e.Func]; ok {
		if len(e.Args) == 2 {
			return e.infix(" " + words + " ")
		}
		if len(e.Args) == 1 {
			return operand(e.Args[0]) + " " + words
		}
	}
	if len(e.Args) == 2 && isOperator(e.Func) {
		return e.infix(" " + e.Func + " ")
	}
	return e.Func + "(" + strings.Join(texts(e.Args), ", ") + ")"
}

// wordOperators are functions that SQL writes after or between operands.
var wordOperators = map[string]string{
	"is_null": "IS NULL", "is_not_null": "IS NOT NULL", "is_true": "IS TRUE", "is_not_true": "IS NOT TRUE",
	"is_false": "IS FALSE", "is_not_false": "IS NOT FALSE", "is_unknown": "IS UNKNOWN", "is_not_unknown": "IS NOT UNKNOWN",
	"is_distinct_from": "IS DISTINCT FROM", "is_not_distinct_from": "IS NOT DISTINCT FROM",
	"like": "LIKE", "ilike": "ILIKE", "regexp": "~", "regexp_fold": "~*",
}

// isOperator reports whether a function's name is made of signs.
func isOperator(name string) bool {
	return name != "" && !(name[0] >= 'a' && name[0] <= 'z' || name[0] == '_')
}

func (e Call) infix(op string) string {
	parts := make([]string, len(e.Args))
	for i, a := range e.Args {
		parts[i] = operand(a)
	}
	return strings.Join(parts, op)
}

// operand is e as part of an operator, in parentheses where it is one itself.
func operand(e Expr) string {
	c, ok := e.(Call)
	if !ok {
		return e.String()
	}
	_, word := wordOperators[c.Func]
	switch {
	case word, isOperator(c.Func), c.Func == "and", c.Func == "or", c.Func == "not", c.Func == "between", c.Func == "in":
		return "(" + c.String() + ")"
	}
	return c.String()
}

func (e Call) caseText() string {
	var b strings.Builder
	b.WriteString("CASE")
	for i := 0; i+1 < len(e.Args); i += 2 {
		fmt.Fprintf(&b, " WHEN %s THEN %s", e.Args[i], e.Args[i+1])
	}
	if len(e.Args)%2 == 1 {
		fmt.Fprintf(&b, " ELSE %s", e.Args[len(e.Args)-1])
	}
	b.WriteString(" END")
	return b.String()
}

func texts(es []Expr) []string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = e.String()
	}
	return out
}

// String is the aggregate as written: count(DISTINCT x) FILTER (WHERE y).
func (a Agg) String() string {
	args := "*"
	if len(a.Args) > 0 {
		args = strings.Join(texts(a.Args), ", ")
	} else if len(a.Order) > 0 {
		args = ""
	}
	if a.Distinct {
		args = "DISTINCT " + args
	}
	if len(a.Order) > 0 {
		args += " ORDER BY " + keysText(a.Order)
	}
	out := a.Func + "(" + strings.TrimSpace(args) + ")"
	if a.Filter != nil {
		out += " FILTER (WHERE " + a.Filter.String() + ")"
	}
	return out
}

// String is the key as in ORDER BY, without what goes without saying.
func (k SortKey) String() string {
	out := k.Expr.String()
	if k.Desc {
		out += " DESC"
	}
	switch {
	case k.NullsFirst && !k.Desc:
		out += " NULLS FIRST"
	case !k.NullsFirst && k.Desc:
		out += " NULLS LAST"
	}
	return out
}

func keysText(keys []SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k.String()
	}
	return strings.Join(parts, ", ")
}

func (k JoinKind) String() string {
	if int(k) < len(joinNames) {
		return joinNames[k]
	}
	return fmt.Sprintf("plan.JoinKind(%d)", uint8(k))
}

var joinNames = [...]string{Inner: "inner", Left: "left", Cross: "cross", Semi: "semi", Anti: "anti", AntiNull: "not in"}

func (m AggMode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return fmt.Sprintf("plan.AggMode(%d)", uint8(m))
}

var modeNames = [...]string{Complete: "complete", Partial: "partial", Final: "final"}

// names lists the names of columns.
func names(cols []Column) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.Name
	}
	return out
}

func typesOf(es []Expr) []record.Type {
	out := make([]record.Type, len(es))
	for i, e := range es {
		out[i] = e.Type()
	}
	return out
}

// literal is v as SQL would write it.
func literal(v record.Value) string { return v.SQL() }
