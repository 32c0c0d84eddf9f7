package search

import (
	"strconv"
	"strings"

	bleve "github.com/blevesearch/bleve/v2/search/query"

	"github.com/quindex/quindex/fault"
)

// maxQuery is the longest query in bytes, maxLeaves the largest number of
// words, phrases and patterns in one.
const (
	maxQuery  = 64 << 10
	maxLeaves = 1024
)

// maxBoost is the largest boost of a whole condition.
const maxBoost = 1e6

// options are what the last argument of a function says, such as
// "analyzer=en operator=and".
type options struct {
	analyzer string
	and      bool // all the words of a query string must match, not any
	slop     int  // of phrases that name none
	boost    float64
}

func parseOptions(s string) (options, error) {
	o := options{analyzer: DefaultAnalyzer, boost: 1}
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\n' }) {
		name, value, _ := strings.Cut(part, "=")
		switch {
		case name == "analyzer" && value != "":
			o.analyzer = value
		case name == "operator" && (value == "and" || value == "or"):
			o.and = value == "and"
		case name == "boost":
			var err error
			if o.boost, err = strconv.ParseFloat(value, 64); err != nil || !(o.boost >= 0 && o.boost <= maxBoost) {
				return o, fault.Errorf("search: options", fault.Invalid, "a boost of %s, want 0 to %g", value, float64(maxBoost))
			}
		case name == "slop":
			var err error
			if o.slop, err = parseSlop(value); err != nil {
				return o, err
			}
		default:
			return o, fault.E("search: options", fault.Invalid, fault.Code("22023"), fault.Item(part),
				fault.Hint("options are analyzer=NAME, operator=and|or, slop=N and boost=X"), "no such option")
		}
	}
	return o, nil
}

// translator makes nodes of bleve's queries.
type translator struct {
	engine *Engine
	a      *analyzer
	and    bool
	slop   int
	leaves int
}

// queryString parses a query string in bleve's language.
func (t *translator) queryString(text string) (*node, error) {
	if strings.TrimSpace(text) == "" {
		return none(), nil
	}
	parsed, err := parseQuery(text)
	if err != nil {
		return nil, err
	}
	return t.node(parsed)
}

// parseQuery parses a query string.
func parseQuery(text string) (bleve.Query, error) {
	parsed, err := bleve.NewQueryStringQuery(readable(text)).Parse()
	if err != nil {
		return nil, fault.E("search: query", fault.Syntax, fault.Item(text), err,
			fault.Hint(`words, +must, -not, "a phrase"~2, fuzzy~1, pre*, wild*card, /regexp/, word^2; a backslash before a sign makes it a letter`))
	}
	return parsed, nil
}

// node translates one query.
func (t *translator) node(q bleve.Query) (*node, error) {
	if f, is := q.(bleve.FieldableQuery); is && f.Field() != "" {
		return nil, fault.E("search: query", fault.Unsupported, fault.Item(f.Field()+":"),
			fault.Hint("match each field by itself and join them with AND or OR; a backslash before the colon makes it a letter"), "a field within a query string")
	}
	switch q := q.(type) {
	case *bleve.BooleanQuery:
		return t.boolean(q)
	case *bleve.ConjunctionQuery:
		of, err := t.nodes(q.Conjuncts)
		return allOf(of), err
	case *bleve.DisjunctionQuery: // a number: as a word, or as a value, which no text has
		of, err := t.nodes(q.Disjuncts)
		if err == nil && len(of) == 0 {
			return &node{op: opGroup, should: []*node{none()}}, nil // unlike a stop word, it counts
		}
		return anyOf(of), err
	case *bleve.MatchQuery:
		return t.words(q.Match, q.Fuzziness, q.Boost())
	case *bleve.MatchPhraseQuery:
		text, slop, err := cutSlop(q.MatchPhrase, t.slop)
		if err != nil {
			return nil, err
		}
		return t.phrase(text, slop, q.Boost())
	case *bleve.RegexpQuery:
		return t.pattern(patternRegexp, strings.TrimPrefix(q.Regexp, "^"), 0, q.Boost())
	case *bleve.WildcardQuery:
		return t.wildcard(q.Wildcard, q.Boost())
	case *bleve.NumericRangeQuery, *bleve.MatchNoneQuery: // a number is a word of a text, and no more
		return none(), nil
	}
	return nil, fault.Errorf("search: query", fault.Unsupported, "a query of type %T", q)
}

// nodes translates a list. What analyses to nothing, such as a stop word, is
// left out of it.
func (t *translator) nodes(of []bleve.Query) ([]*node, error) {
	var out []*node
	for _, q := range of {
		n, err := t.node(q)
		if err != nil {
			return nil, err
		}
		if n.op != opNone {
			out = append(out, n)
		}
	}
	return out, nil
}

func (t *translator) boolean(q *bleve.BooleanQuery) (*node, error) {
	parts := [3][]*node{}
	for i, part := range []bleve.Query{q.Must, q.Should, q.MustNot} {
		var err error
		switch part := part.(type) {
		case nil:
		case *bleve.ConjunctionQuery:
			parts[i], err = t.nodes(part.Conjuncts)
		case *bleve.DisjunctionQuery:
			parts[i], err = t.nodes(part.Disjuncts)
		default:
			parts[i], err = t.nodes([]bleve.Query{part})
		}
		if err != nil {
			return nil, err
		}
	}
	must, should, not := parts[0], parts[1], parts[2]
	if t.and {
		must, should = append(must, should...), nil
	}
	switch {
	case len(not) > 0:
		if len(must)+len(should) == 0 {
			return &node{op: opGroup, must: []*node{{op: opEvery, boost: 1}}, not: not}, nil
		}
		return &node{op: opGroup, must: must, should: should, not: not}, nil
	case len(must) == 0:
		return anyOf(should), nil
	case len(should) == 0:
		return allOf(must), nil
	}
	return &node{op: opGroup, must: must, should: should}, nil
}

// words is any of the words of text, each within fuzziness edits, or all of
// them where the options say so.
func (t *translator) words(text string, fuzziness int, boost float64) (*node, error) {
	var of []*node
	for _, tok := range t.a.tokens(text) {
		n, err := t.word(string(tok.term), fuzziness, boost)
		if err != nil {
			return nil, err
		}
		of = append(of, n)
	}
	if t.and {
		return allOf(of), nil
	}
	return anyOf(of), nil
}

func (t *translator) word(term string, fuzziness int, boost float64) (*node, error) {
	if fuzziness != 0 {
		return t.pattern(patternFuzzy, term, fuzziness, boost)
	}
	return &node{op: opTerm, term: term, boost: boost}, t.count()
}

func (t *translator) phrase(text string, slop int, boost float64) (*node, error) {
	slots := t.a.slots(text)
	switch {
	case len(slots) == 0:
		return none(), nil
	case len(slots) == 1 && len(slots[0]) == 1:
		return t.word(slots[0][0], 0, boost)
	}
	return &node{op: opPhrase, slots: slots, slop: slop, boost: boost}, t.count()
}

func (t *translator) wildcard(text string, boost float64) (*node, error) {
	if head, rest := text[:len(text)-1], text[len(text)-1:]; rest == "*" && !strings.ContainsAny(head, "*?") {
		return t.pattern(patternPrefix, head, 0, boost)
	}
	return t.pattern(patternWildcard, text, 0, boost)
}

func (t *translator) pattern(kind patternKind, text string, distance int, boost float64) (*node, error) {
	x, err := t.engine.newExpansion(kind, text, distance)
	if err != nil {
		return nil, err
	}
	return &node{op: opExpand, expand: x, boost: boost}, t.count()
}

func (t *translator) count() error {
	if t.leaves++; t.leaves > maxLeaves {
		return fault.Errorf("search: query", fault.TooLarge, "%d words or more, want at most %d", t.leaves, maxLeaves)
	}
	return nil
}
