package predicate

import (
	"strings"

	"github.com/quindex/quindex/record"
)

// The text form is SQL that means the same where SQL can say it: on an array
// column a leaf means ANY, here as in statements.

func (op Op) String() string {
	return [...]string{EQ: "=", NE: "<>", LT: "<", LE: "<=", GT: ">", GE: ">="}[op]
}

// String is the field's name, quoted where SQL needs it.
func (f Field) String() string {
	for i, c := range f.Name {
		if !(c == '_' || c >= 'a' && c <= 'z' || i > 0 && c >= '0' && c <= '9') {
			return `"` + strings.ReplaceAll(f.Name, `"`, `""`) + `"`
		}
	}
	return f.Name
}

func (p Compare) String() string { return p.Field.String() + " " + p.Op.String() + " " + p.Value.SQL() }

func (p Between) String() string {
	f := p.Field.String()
	if !p.LoOpen && !p.HiOpen {
		return f + " BETWEEN " + p.Lo.SQL() + " AND " + p.Hi.SQL()
	}
	lo, hi := GE, LE
	if p.LoOpen {
		lo = GT
	}
	if p.HiOpen {
		hi = LT
	}
	return f + " " + lo.String() + " " + p.Lo.SQL() + " AND " + f + " " + hi.String() + " " + p.Hi.SQL()
}

func (p In) String() string {
	list := literals(p.Values)
	if p.HasNull {
		list = append(list, "NULL")
	}
	return p.Field.String() + " IN (" + strings.Join(list, ", ") + ")"
}

func literals(values []record.Value) []string {
	var out []string
	for _, v := range values {
		out = append(out, v.SQL())
	}
	return out
}

func (p Like) String() string {
	pattern := record.KeywordValue(p.Pattern).SQL()
	if p.Kind == Regexp {
		op := "~"
		if p.Negate {
			op = "!~"
		}
		if p.Fold {
			op += "*"
		}
		return p.Field.String() + " " + op + " " + pattern
	}
	op := " LIKE "
	if p.Fold {
		op = " ILIKE "
	}
	if p.Negate {
		op = " NOT" + op
	}
	if p.Escape != `\` {
		pattern += " ESCAPE " + record.KeywordValue(p.Escape).SQL()
	}
	return p.Field.String() + op + pattern
}

func (p IsNull) String() string {
	if p.Negate {
		return p.Field.String() + " IS NOT NULL"
	}
	return p.Field.String() + " IS NULL"
}

func (p Call) String() string {
	var args []string
	for _, f := range p.Fields {
		args = append(args, f.String())
	}
	return p.Function + "(" + strings.Join(append(args, literals(p.Args)...), ", ") + ")"
}

func (p And) String() string {
	if len(p.Of) == 0 {
		return "TRUE"
	}
	return join(p.Of, " AND ")
}

func (p Or) String() string {
	if len(p.Of) == 0 {
		return "FALSE"
	}
	return join(p.Of, " OR ")
}

func (p Not) String() string { return "NOT " + parenthesised(p.Of, true) }

func (p Const) String() string { return p.Truth.String() }

func join(of []P, op string) string {
	var parts []string
	for _, p := range of {
		parts = append(parts, parenthesised(p, false))
	}
	return strings.Join(parts, op)
}

// parenthesised is p as a part of something larger. A half-open range is
// printed as an AND; below NOT every leaf but a call needs parentheses to be clear.
func parenthesised(p P, below bool) string {
	inner := below
	switch p := p.(type) {
	case And, Or:
		inner = true
	case Between:
		inner = below || p.LoOpen || p.HiOpen
	case Call, Const:
		inner = false
	}
	if inner {
		return "(" + p.String() + ")"
	}
	return p.String()
}
