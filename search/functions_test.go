package search

import (
	"strings"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

var title = predicate.Field{ID: 1, Name: "title", Type: record.T(record.Text)}

func call(function string, args ...string) predicate.Call {
	c := predicate.Call{Function: function, Fields: []predicate.Field{title}}
	for _, a := range args {
		c.Args = append(c.Args, record.KeywordValue(a))
	}
	return c
}

// TestEval fixes the meaning of the functions, a case a line.
func TestEval(t *testing.T) {
	e := New()
	fns := engines.NewRegistry(e)
	is := func(c predicate.Call, text string, want predicate.Truth) {
		t.Helper()
		got, err := predicate.Eval(c, predicate.Values{1: record.TextValue(text)}, fns)
		if err != nil || got != want {
			t.Errorf("%s of %q is %s, %v, want %s", c, text, got, err, want)
		}
	}
	const yes, no = predicate.True, predicate.False
	is(call("match", "chicago airport"), "O'Hare Airport", yes)
	is(call("match", "chicago airport", "operator=and"), "O'Hare Airport", no)
	is(call("match", "+chicago airport"), "O'Hare Airport", no)
	is(call("match", "-chicago"), "O'Hare Airport", yes)
	is(call("match", "airport -chicago"), "Chicago Airport", no)
	is(call("match", `"hare airport"`), "Hare's new airport", no)
	is(call("match", `"hare the airport"`), "hare an airport", yes) // a stop word stands for any word
	is(call("match", `"hare the airport"`), "hare airport", no)
	is(call("match", "the"), "the", no) // a stop word alone finds nothing
	is(call("match", "+the airport"), "an airport", yes)
	is(call("match", ""), "anything", no)
	is(call("match", "airprot~1"), "Airport", yes) // letters swapped are one edit
	is(call("match", "airprt~1"), "Airport", yes)
	is(call("match", "arprt~1"), "Airport", no)
	is(call("match", "arprt~2"), "Airport", yes)
	is(call("match", "air*"), "Airport", yes)
	is(call("match", "*port"), "Airport", yes)
	is(call("match", "a?rport"), "Airport", yes)
	is(call("match", "/air(port|field)/"), "Airfield", yes)
	is(call("match", "747"), "Boeing 747", yes)
	is(call("match", "running"), "he runs", no)
	is(call("match", "running", "analyzer=en"), "he runs", yes)
	is(call("match", "Runs", "analyzer=keyword"), "Runs", yes)
	is(call("phrase", "new airport"), "the new airport", yes)
	is(call("phrase", "airport new"), "the new airport", no)
	exact := call("fuzzy", "airprot")
	exact.Args = append(exact.Args, record.IntValue(0)) // asked after it, and not taken for it
	is(exact, "an Airport", no)
	is(call("prefix", "air"), "an Airport", yes)
	is(call("fuzzy", "airprot"), "an Airport", yes)
	null := call("match", "a")
	null.Args[0] = record.NullOf(record.T(record.Keyword))
	is(null, "a", predicate.Unknown)
	if got, err := predicate.Eval(call("match", "a"), predicate.Values{}, fns); got != predicate.Unknown || err != nil {
		t.Errorf("match of NULL is %s, %v", got, err)
	}
}

func TestBadCalls(t *testing.T) {
	e := New()
	fails := func(c predicate.Call, kind fault.Kind) {
		t.Helper()
		if _, err := e.Bind(c, engines.IndexDef{Fields: []record.Field{{ID: 1, Type: record.T(record.Text)}}}); !fault.Is(err, kind) {
			t.Errorf("%s: %v, want kind %s", c, err, kind)
		}
	}
	fails(call("match", `"open`), fault.Syntax)
	fails(call("match", "city:oslo"), fault.Unsupported)
	fails(call("match", "x~3"), fault.Invalid)
	fails(call("match", "/(/"), fault.Invalid)
	fails(call("match", "a", "analyzer=klingon"), fault.NotFound)
	fails(call("match", "a", "speed=high"), fault.Invalid)
	fails(call("match", strings.Repeat("x ", maxLeaves+1)), fault.TooLarge)
	fails(call("match", strings.Repeat("a", maxQuery+1)), fault.TooLarge)
	number := call("match", "a")
	number.Fields[0] = predicate.Field{ID: 1, Type: record.T(record.Int64)}
	fails(number, fault.Invalid)
}

// TestBind checks that a bound call names the analyzer of the index.
func TestBind(t *testing.T) {
	e := New()
	is := func(c predicate.Call, def engines.IndexDef, want string) {
		t.Helper()
		got, err := e.Bind(c, def)
		if err != nil || got.String() != want {
			t.Errorf("%s becomes %s, %v, want %s", c, got, err, want)
		}
	}
	plain := engines.IndexDef{Fields: []record.Field{{ID: 1, Type: record.T(record.Text)}}}
	english := engines.IndexDef{Fields: []record.Field{{ID: 1, Type: record.T(record.Text), Analyzer: "en"}}}
	option := engines.IndexDef{Fields: plain.Fields, Options: map[string]string{"analyzer": "simple"}}
	is(call("match", "a"), plain, "match(title, 'a', 'analyzer=standard')")
	is(call("match", "a"), english, "match(title, 'a', 'analyzer=en')")
	is(call("match", "a", "operator=and"), option, "match(title, 'a', 'analyzer=simple operator=and')")
	is(call("match", "a", "analyzer=de"), english, "match(title, 'a', 'analyzer=de')")
	is(call("fuzzy", "a"), english, "fuzzy(title, 'a', 1, 'analyzer=en')")
}

func TestHighlight(t *testing.T) {
	e := New()
	is := func(c predicate.Call, text, want string) {
		t.Helper()
		spans, err := e.Highlight(c, text)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		at := 0
		for _, s := range spans {
			b.WriteString(text[at:s.Start] + "[" + text[s.Start:s.End] + "]")
			at = s.End
		}
		if got := b.String() + text[at:]; got != want {
			t.Errorf("%s marks %s, want %s", c, got, want)
		}
	}
	is(call("match", "runs airport -new", "analyzer=en"), "Running to new airports.", "[Running] to new [airports].")
	is(call("match", `"new airport" cat~1`), "new cart, new airport: Airport", "new [cart], [new] [airport]: Airport")
	is(call("match", "zür* /p.*t/"), "Zürich Airport port", "[Zürich] Airport [port]")
	is(call("match", "nothing"), "Zürich", "Zürich")
	is(call("match", "東京", "analyzer=cjk"), "x 東京都", "x [東京]都")
}
