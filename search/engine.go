package search

import (
	"slices"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/registry"
	"github.com/blevesearch/vellum/levenshtein"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Engine indexes the words of a field. It keeps analyzers and parsed queries,
// so use one made by New.
type Engine struct {
	cache *registry.Cache
	edits [maxFuzziness]func() (*levenshtein.LevenshteinAutomatonBuilder, error)

	mu        sync.RWMutex
	analyzers map[string]*analyzer
	queries   map[askedKey]*asked
}

// New returns the engine of a server.
func New() *Engine {
	e := &Engine{cache: registry.NewCache(), analyzers: map[string]*analyzer{}, queries: map[askedKey]*asked{}}
	for i := range e.edits {
		e.edits[i] = sync.OnceValues(func() (*levenshtein.LevenshteinAutomatonBuilder, error) {
			return levenshtein.NewLevenshteinAutomatonBuilder(uint8(i+1), true)
		})
	}
	return e
}

// Name returns "search".
func (*Engine) Name() string { return "search" }

// analyzerOf is the name of the analyzer that an index uses: the option, else
// the field's, else the default.
func analyzerOf(def engines.IndexDef) string {
	if name := def.Options["analyzer"]; name != "" {
		return name
	}
	if len(def.Fields) == 1 && def.Fields[0].Analyzer != "" {
		return def.Fields[0].Analyzer
	}
	return DefaultAnalyzer
}

// analyzer returns the analyzer called name.
func (e *Engine) analyzer(name string) (*analyzer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.analyzers[name]; a != nil {
		return a, nil
	}
	a, err := newAnalyzer(e.cache, name)
	if err == nil {
		e.analyzers[name] = a
	}
	return a, err
}

// check refuses a definition that the engine cannot serve.
func (e *Engine) check(def engines.IndexDef) (*analyzer, error) {
	if len(def.Fields) != 1 {
		return nil, fault.Errorf("search: define", fault.Unsupported, "an index over %d fields, want 1", len(def.Fields))
	}
	if f := def.Fields[0]; f.Type.Kind != record.Text && f.Type.Kind != record.Keyword {
		return nil, fault.E("search: define", fault.Invalid, fault.Item(f.Name), fault.Hint("TEXT and KEYWORD fields can be searched"),
			"a column of type "+f.Type.String()+" has no words")
	}
	for name := range def.Options {
		if name != "analyzer" {
			return nil, fault.E("search: define", fault.Invalid, fault.Item(name), fault.Hint("the option is analyzer"), "no such option")
		}
	}
	return e.analyzer(analyzerOf(def))
}

// NewBuilder starts the index of one segment.
func (e *Engine) NewBuilder(def engines.IndexDef, src engines.Columns) (engines.Builder, error) {
	a, err := e.check(def)
	if err != nil {
		return nil, err
	}
	return &builder{field: def.Fields[0], analyzer: a, src: src}, nil
}

// Open opens a section that NewBuilder's builder wrote.
func (e *Engine) Open(s engines.Section) (engines.Index, error) {
	if _, err := e.check(s.Def); err != nil {
		return nil, err
	}
	ix, err := open(e, s)
	if err != nil {
		if s.Path != "" {
			return nil, fault.E("search: open", fault.Item(s.Path), err)
		}
		return nil, err
	}
	return ix, nil
}

// asked is a parsed call.
type asked struct {
	*query
	analyzer *analyzer
}

// maxAsked is how many parsed queries are kept.
const maxAsked = 256

// askedKey is a call without its field: the function, and its arguments.
type askedKey struct {
	function string
	args     [maxArgs]string
	edits    int64
}

const (
	maxArgs      = 3 // the most arguments that a function has
	defaultEdits = 1 // of fuzzy, where they are left out
)

func keyOf(function string, args []record.Value) (key askedKey, null bool) {
	key.function, key.edits = function, defaultEdits
	for i, v := range args {
		switch {
		case v.IsNull():
			return key, true
		case v.Type.Kind == record.Int64:
			key.edits = v.I
		default:
			key.args[i] = v.S
		}
	}
	return key, false
}

// ask parses a call of one of the engine's functions; nil if an argument is
// NULL, and then nothing is true of any row.
func (e *Engine) ask(function string, args []record.Value) (*asked, error) {
	if len(args) > maxArgs {
		return e.parse(function, args)
	}
	key, null := keyOf(function, args)
	if null {
		return nil, nil
	}
	e.mu.RLock()
	q := e.queries[key]
	e.mu.RUnlock()
	if q != nil {
		return q, nil
	}
	args = own(args)
	key, _ = keyOf(function, args)
	q, err := e.parse(function, args)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queries) >= maxAsked {
		clear(e.queries)
	}
	e.queries[key] = q
	return q, nil
}

// own copies arguments: what is kept must not lie in a file that is mapped only
// as long as its segment lives.
func own(args []record.Value) []record.Value {
	args = slices.Clone(args)
	for i := range args {
		args[i].S = strings.Clone(args[i].S)
	}
	return args
}

func (e *Engine) parse(function string, args []record.Value) (*asked, error) {
	f, ok := functions[function]
	if !ok || len(args) == 0 || len(args) > len(f.args) {
		return nil, fault.Errorf("search: call", fault.Internal, "function %s with %d arguments", function, len(args))
	}
	words, edits, opts := args[0].S, defaultEdits, ""
	for i, v := range args[1:] {
		if f.args[1+i].Name == "edits" {
			edits = int(max(-1, min(v.I, maxFuzziness+1)))
		} else {
			opts = v.S
		}
	}
	if len(words) > maxQuery {
		return nil, fault.Errorf("search: query", fault.TooLarge, "%d bytes, want at most %d", len(words), maxQuery)
	}
	o, err := parseOptions(opts)
	if err != nil {
		return nil, err
	}
	a, err := e.analyzer(o.analyzer)
	if err != nil {
		return nil, err
	}
	root, err := f.parse(&translator{engine: e, a: a, and: o.and, slop: o.slop}, words, edits)
	if err != nil {
		return nil, err
	}
	q := newQuery(words, root)
	for _, n := range q.leaves {
		n.boost *= o.boost
	}
	return &asked{q, a}, nil
}
