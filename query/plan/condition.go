package plan

import (
	"slices"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// scanFields are the fields that columns of a scan stand for.
type scanFields struct{ *Scan }

func fieldsOf(s *Scan) scanFields { return scanFields{s} }

// at is the field that column i is.
func (fs scanFields) at(i int) predicate.Field {
	id := fs.Columns[i]
	if id == ScoreColumn {
		return predicate.Field{ID: id, Name: scoreName, Type: record.T(record.Float64)}
	}
	f := &fs.Table.Schema.Fields[fs.Table.Schema.ByID(id)]
	return predicate.Field{ID: id, Name: f.Name, Type: f.Type}
}

// condition turns a condition over columns of one table and constants into
// one that engines can answer, or reports false. Both have the same truth,
// NULL included, on every row.
func (fs scanFields) condition(e Expr) (predicate.P, bool) {
	switch e := e.(type) {
	case Const:
		if e.Type().Kind == record.Bool {
			return predicate.Const{Truth: truthOf(e.Value)}, true
		}
	case Col:
		if e.T.Kind == record.Bool {
			return predicate.Compare{Field: fs.at(e.Index), Op: predicate.EQ, Value: record.BoolValue(true)}, true
		}
	case EngineCall:
		p := predicate.Call{Function: e.Function, Args: e.Args}
		for _, f := range e.Fields {
			c, ok := f.(Col)
			if !ok {
				return nil, false
			}
			if fs.Columns[c.Index] == ScoreColumn {
				return nil, false
			}
			p.Fields = append(p.Fields, fs.at(c.Index))
		}
		return p, true
	case Call:
		return fs.call(e)
	}
	return nil, false
}

func truthOf(v record.Value) predicate.Truth {
	switch {
	case !v.Valid:
		return predicate.Unknown
	case v.I != 0:
		return predicate.True
	}
	return predicate.False
}

var compareOps = map[string]predicate.Op{
	"=": predicate.EQ, "<>": predicate.NE, "<": predicate.LT, "<=": predicate.LE, ">": predicate.GT, ">=": predicate.GE,
	"has_eq": predicate.EQ, "has_ne": predicate.NE, "has_lt": predicate.LT, "has_le": predicate.LE, "has_gt": predicate.GT, "has_ge": predicate.GE,
	"any_eq": predicate.EQ, "any_ne": predicate.NE, "any_lt": predicate.LT, "any_le": predicate.LE, "any_gt": predicate.GT, "any_ge": predicate.GE,
}

func (fs scanFields) call(e Call) (predicate.P, bool) {
	if op, ok := compareOps[e.Func]; ok {
		return fs.compare(e, op)
	}
	switch e.Func {
	case "and", "or":
		of := make([]predicate.P, len(e.Args))
		for i, a := range e.Args {
			var ok bool
			if of[i], ok = fs.condition(a); !ok {
				return nil, false
			}
		}
		if e.Func == "and" {
			return predicate.And{Of: of}, true
		}
		return predicate.Or{Of: of}, true
	case "not":
		p, ok := fs.condition(e.Args[0])
		return predicate.Not{Of: p}, ok
	case "in":
		return fs.in(e)
	case "between":
		return fs.between(e)
	case "like", "ilike", "regexp", "regexp_fold", "starts_with":
		return fs.like(e)
	case "is_null", "is_not_null":
		f, ok := fs.field(e.Args[0])
		return predicate.IsNull{Field: f, Negate: e.Func == "is_not_null"}, ok
	case "is_true", "is_not_true", "is_false", "is_not_false":
		return fs.isBool(e)
	case "is_distinct_from", "is_not_distinct_from":
		return fs.distinctFrom(e)
	case "all_ne":
		p, ok := fs.anyOf(e)
		return predicate.Not{Of: p}, ok
	}
	return nil, false
}

// field returns the field that e is, bare.
func (fs scanFields) field(e Expr) (predicate.Field, bool) {
	c, ok := e.(Col)
	if !ok || fs.Columns[c.Index] == ScoreColumn {
		return predicate.Field{}, false
	}
	return fs.at(c.Index), true
}

// compare is field op constant, with the constant on either side.
func (fs scanFields) compare(e Call, op predicate.Op) (predicate.P, bool) {
	l, r := e.Args[0], e.Args[1]
	if c, ok := r.(Const); ok && c.Type().IsArray() && e.Func == "any_eq" {
		return fs.anyOf(e)
	}
	if _, ok := l.(Const); ok {
		l, r, op = r, l, op.Swap()
	}
	c, ok := r.(Const)
	if !ok {
		return nil, false
	}
	f, ok := fs.exactField(l, c.Value)
	if !ok || e.Func[0] == 'a' && !f.Type.IsArray() || f.Type.IsArray() != (len(e.Func) > 2) {
		return nil, false
	}
	if f.Type.IsArray() && !c.Value.Valid {
		return nil, false // of an empty array it is false, not NULL: no predicate says so
	}
	return compareWith(f, op, c.Value), true
}

// exactField is field, or the field below a cast to DOUBLE that changes
// nothing in a comparison with v: BIGINTs beyond 2^53 round, but never past a
// number below it.
func (fs scanFields) exactField(e Expr, v record.Value) (predicate.Field, bool) {
	if c, ok := e.(Call); ok && c.Func == "cast" && c.T.Kind == record.Float64 {
		const exact = 1 << 53
		if c.Args[0].Type().Kind == record.Int64 && (!v.Valid || v.F > -exact && v.F < exact) {
			e = c.Args[0]
		}
	}
	return fs.field(e)
}

// compareWith is field op v with v made a value of the field's type where that
// is exact: delay < 1.5 is delay <= 1.
func compareWith(f predicate.Field, op predicate.Op, v record.Value) predicate.P {
	t := f.Type
	if t.IsArray() {
		t = t.Elem()
	}
	floor, exact, ok := asFieldValue(t, v)
	switch {
	case ok && exact:
		v = floor
	case ok && (op == predicate.LT || op == predicate.LE):
		op, v = predicate.LE, floor
	case ok && (op == predicate.GT || op == predicate.GE):
		op, v = predicate.GT, floor
	}
	return predicate.Compare{Field: f, Op: op, Value: v}
}

// anyOf is field = ANY (constant array), as field IN (...).
func (fs scanFields) anyOf(e Call) (predicate.P, bool) {
	f, ok := fs.field(e.Args[0])
	c, isConst := e.Args[1].(Const)
	if !ok || !isConst || f.Type.IsArray() {
		return nil, false
	}
	if !c.Value.Valid {
		return predicate.Const{Truth: predicate.Unknown}, true
	}
	return newIn(f, c.Value.Elems), true
}

func (fs scanFields) in(e Call) (predicate.P, bool) {
	values := make([]record.Value, 0, len(e.Args)-1)
	for _, a := range e.Args[1:] {
		c, ok := a.(Const)
		if !ok {
			return nil, false
		}
		values = append(values, c.Value)
	}
	f, ok := fs.field(e.Args[0])
	if !ok {
		for i, v := range values {
			if f, ok = fs.exactField(e.Args[0], v); !ok {
				return nil, false
			}
			values[i] = v
		}
	}
	if f.Type.IsArray() && slices.ContainsFunc(values, record.Value.IsNull) {
		return nil, false // as in compare
	}
	return newIn(f, values), ok
}

func newIn(f predicate.Field, values []record.Value) predicate.P {
	t := f.Type
	if t.IsArray() {
		t = t.Elem()
	}
	out := make([]record.Value, 0, len(values))
	for _, v := range values {
		if w, exact, ok := asFieldValue(t, v); ok && exact {
			v = w
		}
		out = append(out, v)
	}
	return predicate.NewIn(f, out)
}

func (fs scanFields) between(e Call) (predicate.P, bool) {
	lo, ok1 := e.Args[1].(Const)
	hi, ok2 := e.Args[2].(Const)
	if !ok1 || !ok2 {
		return nil, false
	}
	f, ok := fs.exactField(e.Args[0], lo.Value)
	if f2, ok2 := fs.exactField(e.Args[0], hi.Value); !ok || !ok2 || f2.ID != f.ID || f.Type.IsArray() {
		return nil, false
	}
	return predicate.And{Of: []predicate.P{compareWith(f, predicate.GE, lo.Value), compareWith(f, predicate.LE, hi.Value)}}, true
}

func (fs scanFields) like(e Call) (predicate.P, bool) {
	f, ok := fs.field(e.Args[0])
	if !ok || !f.Type.IsString() && f.Type.Kind != record.KeywordArray {
		return nil, false
	}
	text := make([]string, 0, 2)
	for _, a := range e.Args[1:] {
		c, ok := a.(Const)
		if !ok {
			return nil, false
		}
		if !c.Value.Valid {
			return predicate.Const{Truth: predicate.Unknown}, !f.Type.IsArray()
		}
		text = append(text, c.Value.S)
	}
	p := predicate.Like{Field: f, Pattern: text[0]}
	switch e.Func {
	case "regexp", "regexp_fold":
		p.Kind, p.Fold = predicate.Regexp, e.Func == "regexp_fold"
	case "starts_with":
		p.Pattern, p.Escape = escapeLike(text[0])+"%", `\`
	default:
		p.Fold, p.Escape = e.Func == "ilike", `\`
		if len(text) > 1 {
			p.Escape = text[1]
		}
	}
	return p, true
}

// escapeLike is a pattern of LIKE that means s itself.
func escapeLike(s string) string {
	out := make([]byte, 0, len(s)+4)
	for i := range len(s) {
		if s[i] == '%' || s[i] == '_' || s[i] == '\\' {
			out = append(out, '\\')
		}
		out = append(out, s[i])
	}
	return string(out)
}

// isBool is field IS [NOT] TRUE|FALSE, which is never Unknown.
func (fs scanFields) isBool(e Call) (predicate.P, bool) {
	f, ok := fs.field(e.Args[0])
	want := e.Func == "is_true" || e.Func == "is_not_true"
	var p predicate.P = predicate.And{Of: []predicate.P{
		predicate.IsNull{Field: f, Negate: true},
		predicate.Compare{Field: f, Op: predicate.EQ, Value: record.BoolValue(want)},
	}}
	if e.Func == "is_not_true" || e.Func == "is_not_false" {
		p = predicate.Not{Of: p}
	}
	return p, ok
}

// distinctFrom is field IS [NOT] DISTINCT FROM constant.
func (fs scanFields) distinctFrom(e Call) (predicate.P, bool) {
	l, r := e.Args[0], e.Args[1]
	if _, ok := l.(Const); ok {
		l, r = r, l
	}
	c, isConst := r.(Const)
	if !isConst {
		return nil, false
	}
	f, ok := fs.exactField(l, c.Value)
	if !ok || f.Type.IsArray() {
		return nil, false
	}
	var p predicate.P = predicate.IsNull{Field: f}
	if c.Value.Valid {
		p = predicate.And{Of: []predicate.P{predicate.IsNull{Field: f, Negate: true}, compareWith(f, predicate.EQ, c.Value)}}
	}
	if e.Func == "is_distinct_from" {
		p = predicate.Not{Of: p}
	}
	return p, true
}
