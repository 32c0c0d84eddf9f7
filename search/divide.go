package search

import (
	"fmt"
	"strconv"
	"strings"

	bleve "github.com/blevesearch/bleve/v2/search/query"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

var _ engines.Divider = (*Engine)(nil)

// Divide takes a condition over several fields apart: every word, phrase and
// pattern of it may stand in any of the fields, or in that which it names.
// What an analyzer leaves out, such as a stop word, is not asked of its fields;
// what all leave out is not asked at all. A NULL has no words.
func (e *Engine) Divide(function string, args []record.Value, fields []engines.Weighted, named func(string) (int, engines.IndexDef, error)) (*engines.Part, error) {
	f, ok := functions[function]
	if !ok || len(args) == 0 || args[0].IsNull() {
		return nil, nil
	}
	single := len(fields) == 1 && fields[0].Weight == 1
	if single && (function != "match" || !strings.Contains(args[0].S, ":")) {
		return nil, nil
	}
	args = f.complete(args)
	opts := args[len(args)-1]
	if opts.IsNull() {
		return nil, nil
	}
	o, err := parseOptions(opts.S)
	if err != nil {
		return nil, err
	}
	d := &divider{engine: e, fields: fields, named: named, options: opts.S, boost: o.boost}
	if function != "match" {
		part, err := d.anyField(d.all(), function, args[:len(args)-1], 1)
		return &part, err
	}
	if len(args[0].S) > maxQuery {
		return nil, fault.Errorf("search: query", fault.TooLarge, "%d bytes, want at most %d", len(args[0].S), maxQuery)
	}
	if strings.TrimSpace(args[0].S) == "" {
		return &engines.Part{Op: engines.PartAny}, nil
	}
	q, err := parseQuery(args[0].S)
	if err != nil {
		return nil, err
	}
	part, err := d.query(q, o.and)
	if single && !d.others {
		return nil, err
	}
	return part, err
}

// divider takes one query apart.
type divider struct {
	engine  *Engine
	fields  []engines.Weighted
	named   func(string) (int, engines.IndexDef, error)
	options string
	boost   float64 // that of options
	others  bool    // a clause names a field
	clauses int
}

// field is one that a clause is asked of.
type field struct {
	number int
	engines.Weighted
}

func (d *divider) all() []field {
	out := make([]field, len(d.fields))
	for i, f := range d.fields {
		out[i] = field{i, f}
	}
	return out
}

// query takes the clauses of a query string apart, as translator.boolean joins them.
func (d *divider) query(q bleve.Query, and bool) (*engines.Part, error) {
	b, is := q.(*bleve.BooleanQuery)
	if !is {
		return nil, fault.Errorf("search: query", fault.Unsupported, "a query of type %T", q)
	}
	must, err := d.clausesOf(b.Must, false)
	if err != nil {
		return nil, err
	}
	should, err := d.clausesOf(b.Should, false)
	if err != nil {
		return nil, err
	}
	not, err := d.clausesOf(b.MustNot, true)
	if err != nil {
		return nil, err
	}
	if and {
		must, should = append(must, should...), nil
	}
	out := engines.Part{Op: engines.PartAll, Of: must}
	switch {
	case len(must) == 0 && len(should) == 0 && len(not) == 0:
		return &engines.Part{Op: engines.PartAny}, nil
	case len(must) == 0 && len(should) == 0:
		out.Of = append(out.Of, d.present())
	case len(must) == 0:
		out.Of = append(out.Of, engines.Part{Op: engines.PartAny, Of: should})
	case len(should) > 0:
		out.Of = append(out.Of, engines.Part{Op: engines.PartBonus, Of: should})
	}
	out.Of = append(out.Of, not...)
	return &out, nil
}

// present is that one of the fields is not NULL.
func (d *divider) present() engines.Part {
	p := engines.Part{Op: engines.PartAny}
	for i := range d.fields {
		p.Of = append(p.Of, engines.Part{Op: engines.PartPresent, Field: i})
	}
	return p
}

func (d *divider) clausesOf(q bleve.Query, absent bool) ([]engines.Part, error) {
	var of []bleve.Query
	switch q := q.(type) {
	case nil:
	case *bleve.ConjunctionQuery:
		of = q.Conjuncts
	case *bleve.DisjunctionQuery:
		of = q.Disjuncts
	default:
		of = []bleve.Query{q}
	}
	var out []engines.Part
	for _, c := range of {
		p, err := d.clause(c)
		if err != nil {
			return nil, err
		}
		if len(p.Of) == 0 {
			continue
		}
		if absent {
			for _, call := range p.Of {
				call.Op = engines.PartAbsent
				out = append(out, call)
			}
			continue
		}
		out = append(out, p)
	}
	return out, nil
}

// clause is one word, phrase or pattern, in any of its fields.
func (d *divider) clause(q bleve.Query) (engines.Part, error) {
	if d.clauses++; d.clauses > maxLeaves {
		return engines.Part{}, fault.Errorf("search: query", fault.TooLarge, "%d words or more, want at most %d", d.clauses, maxLeaves)
	}
	if either, is := q.(*bleve.DisjunctionQuery); is && len(either.Disjuncts) > 0 { // a number: as a word, or as a value
		q = either.Disjuncts[0]
	}
	text, boost, err := clauseText(q)
	if err != nil {
		return engines.Part{}, err
	}
	fields := d.all()
	if f, is := q.(bleve.FieldableQuery); is && f.Field() != "" {
		n, def, err := d.named(f.Field())
		if err != nil {
			return engines.Part{}, err
		}
		weight := 1.0
		if n < len(d.fields) {
			weight = d.fields[n].Weight
		}
		d.others = true
		fields = []field{{n, engines.Weighted{Def: def, Weight: weight}}}
	}
	return d.anyField(fields, "match", []record.Value{record.KeywordValue(text)}, boost)
}

// anyField is a call in any of fields, but those whose analyzer leaves nothing of it.
func (d *divider) anyField(fields []field, function string, args []record.Value, boost float64) (engines.Part, error) {
	out := engines.Part{Op: engines.PartAny}
	for _, f := range fields {
		opts := d.options
		if !strings.Contains(opts, "analyzer=") {
			opts = "analyzer=" + analyzerOf(f.Def) + " " + opts
		}
		if w := f.Weight * boost * d.boost; w != d.boost {
			opts += " boost=" + strconv.FormatFloat(w, 'g', -1, 64)
		}
		all := append(append([]record.Value(nil), args...), record.KeywordValue(strings.TrimSpace(opts)))
		q, err := d.engine.ask(function, all)
		if err != nil {
			return out, err
		}
		if q == nil || q.root.op != opNone {
			out.Of = append(out.Of, engines.Part{Op: engines.PartCall, Field: f.number, Function: function, Args: all})
		}
	}
	return out, nil
}

// clauseText writes a clause as a query string of its own, without its field
// and its boost.
func clauseText(q bleve.Query) (text string, boost float64, err error) {
	switch q := q.(type) {
	case *bleve.MatchQuery:
		text = escaped(q.Match)
		if q.Fuzziness != 0 || q.Match == "/" { // bleve's parser panics on a slash alone
			text = fmt.Sprintf("%s~%d", text, q.Fuzziness)
		}
		return text, q.Boost(), nil
	case *bleve.MatchPhraseQuery:
		phrase, slop, has := strings.Cut(q.MatchPhrase, slopMark)
		text = `"` + escaped(phrase) + `"`
		if has {
			text += "~" + slop
		}
		return text, q.Boost(), nil
	case *bleve.RegexpQuery:
		return escaped("/" + q.Regexp + "/"), q.Boost(), nil
	case *bleve.WildcardQuery:
		return escaped(q.Wildcard), q.Boost(), nil
	}
	field := ""
	if f, is := q.(bleve.FieldableQuery); is {
		field = f.Field() + ":"
	}
	return "", 0, fault.E("search: query", fault.Unsupported, fault.Item(field),
		fault.Hint("compare numbers and times beside match: match(body, 'words') AND price > 5"), "a range within a query string")
}

// reserved are the signs that bleve's lexer lets be escaped.
const reserved = "+-=&|><!(){}[]^\"~*?:\\/ "

func escaped(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(reserved, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
