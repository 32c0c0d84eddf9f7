package search

import (
	"strings"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// function is one condition that the engine brings.
type function struct {
	doc   string
	args  []engines.Arg
	parse func(t *translator, text string, edits int) (*node, error)
}

var (
	kindsOfText = []record.Kind{record.Keyword, record.Text}
	argOptions  = engines.Arg{Name: "options", Kinds: kindsOfText, Optional: true}
)

func argText(name string) engines.Arg { return engines.Arg{Name: name, Kinds: kindsOfText} }

// functions are the engine's conditions by name. A NULL argument makes them NULL.
var functions = map[string]function{
	"match": {
		doc:  `match(field, 'words +must -not "a phrase"~2 fuzzy~1 pre* /regexp/ word^2' [, 'analyzer=en operator=and']): the text matches the query`,
		args: []engines.Arg{argText("query"), argOptions},
		parse: func(t *translator, text string, _ int) (*node, error) {
			return t.queryString(text)
		},
	},
	"phrase": {
		doc:  "phrase(field, 'some words' [, options]): the words stand in the text one after the other; with the option 'slop=2' at most 2 places off",
		args: []engines.Arg{argText("words"), argOptions},
		parse: func(t *translator, text string, _ int) (*node, error) {
			return t.phrase(text, t.slop, 1)
		},
	},
	"fuzzy": {
		doc:  "fuzzy(field, 'words' [, edits [, options]]): a word of the text is within 0 to 2 edits, 1 by default, of one of the words",
		args: []engines.Arg{argText("words"), {Name: "edits", Kinds: []record.Kind{record.Int64}, Optional: true}, argOptions},
		parse: func(t *translator, text string, edits int) (*node, error) {
			return t.words(text, edits, 1)
		},
	},
	"prefix": {
		doc:  "prefix(field, 'beg' [, options]): a term of the text begins so",
		args: []engines.Arg{argText("prefix"), argOptions},
		parse: func(t *translator, text string, _ int) (*node, error) {
			return t.pattern(patternPrefix, text, 0, 1)
		},
	},
}

// functionOrder is the order in which help lists them.
var functionOrder = []string{"match", "phrase", "fuzzy", "prefix"}

// Functions lists match, phrase, fuzzy and prefix.
func (e *Engine) Functions() []engines.Function {
	var out []engines.Function
	for _, name := range functionOrder {
		f := functions[name]
		out = append(out, engines.Function{Name: name, Fields: []record.Kind{record.Invalid}, Args: f.args, Doc: f.doc,
			Eval: func(fields, args []record.Value) (predicate.Truth, error) { return e.eval(name, fields, args) }})
	}
	return out
}

// eval analyses the value and asks the query of its terms, one by one. The
// analyzer is the one that the options name, or the default: Bind puts the
// field's there.
func (e *Engine) eval(name string, fields, args []record.Value) (predicate.Truth, error) {
	if len(fields) != 1 || fields[0].Type.Kind != record.Text && fields[0].Type.Kind != record.Keyword {
		return predicate.Unknown, fault.Errorf("search: "+name, fault.Invalid, "a column that has no words")
	}
	q, err := e.ask(name, args)
	if err != nil || q == nil || fields[0].IsNull() {
		return predicate.Unknown, err
	}
	if q.root.matches(&text{row: readText(q.analyzer, fields[0].S)}) {
		return predicate.True, nil
	}
	return predicate.False, nil
}

// complete returns args with those that are left out.
func (f function) complete(args []record.Value) []record.Value {
	args = append([]record.Value(nil), args...)
	for i := len(args); i < len(f.args); i++ {
		if f.args[i].Name == "edits" {
			args = append(args, record.IntValue(defaultEdits))
		} else {
			args = append(args, record.KeywordValue(""))
		}
	}
	return args
}

// Bind writes into the options of c which analyzer def uses, unless they name
// one, and refuses a query that cannot be parsed.
func (e *Engine) Bind(c predicate.Call, def engines.IndexDef) (predicate.Call, error) {
	f, ours := functions[c.Function]
	if !ours || len(c.Fields) != 1 || len(c.Args) == 0 {
		return c, fault.Errorf("search: bind", fault.Internal, "function %s of %d fields and %d arguments", c.Function, len(c.Fields), len(c.Args))
	}
	if k := c.Fields[0].Type.Kind; k != record.Text && k != record.Keyword {
		return c, fault.E("search: bind", fault.Invalid, fault.Code("42804"), fault.Item(c.Fields[0].Name),
			fault.Hint("TEXT and KEYWORD columns can be searched"), "a column of type "+c.Fields[0].Type.String()+" has no words")
	}
	args := f.complete(c.Args)
	if opts := &args[len(args)-1]; !opts.IsNull() && !strings.Contains(opts.S, "analyzer=") {
		*opts = record.KeywordValue(strings.TrimSpace("analyzer=" + analyzerOf(def) + " " + opts.S))
	}
	c.Args = args
	_, err := e.ask(c.Function, c.Args)
	return c, err
}

// fieldOf returns the field that a call of this engine is about.
func fieldOf(c predicate.Call) (predicate.Field, bool) {
	if _, ours := functions[c.Function]; !ours || len(c.Fields) != 1 {
		return predicate.Field{}, false
	}
	return c.Fields[0], true
}
