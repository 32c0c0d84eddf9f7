package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// parseArgs reads "BIGINT 'text' DECIMAL(4,2)": 'text' is an open literal.
func parseArgs(t *testing.T, text string) []Arg {
	t.Helper()
	var args []Arg
	for _, w := range strings.Fields(text) {
		if w == "'text'" {
			args = append(args, Arg{Type: record.T(record.Keyword), Literal: true})
			continue
		}
		args = append(args, Arg{Type: parseType(t, w)})
	}
	return args
}

func parseType(t *testing.T, w string) record.Type {
	t.Helper()
	for k := record.Null; k <= record.Float64Array; k++ {
		if k.String() == w {
			return record.T(k)
		}
	}
	for p := 1; p <= record.MaxDigits; p++ {
		for s := 0; s <= p; s++ {
			if d := record.DecimalType(p, s); d.String() == w {
				return d
			}
		}
	}
	t.Fatalf("no type %q", w)
	return record.Type{}
}

func typesString(types []record.Type) string {
	var words []string
	for _, t := range types {
		words = append(words, t.String())
	}
	return strings.Join(words, " ")
}

func TestResolve(t *testing.T) {
	f := func(name, args, want string) {
		t.Helper()
		s, err := ResolveLit(name, parseArgs(t, args))
		got := s.Name + "(" + typesString(s.Args) + ") " + s.Result.String()
		if err != nil {
			got = "error " + string(fault.CodeOf(err))
		}
		if got != want {
			t.Errorf("%s(%s):\n got %s\nwant %s", name, args, got, want)
		}
	}
	f("+", "BIGINT BIGINT", "+(BIGINT BIGINT) BIGINT")
	f("+", "BIGINT DOUBLE", "+(DOUBLE DOUBLE) DOUBLE")
	f("+", "DECIMAL(4,2) DECIMAL(6,3)", "+(DECIMAL(18,3) DECIMAL(18,3)) DECIMAL(7,3)")
	f("-", "BIGINT DECIMAL(4,2)", "-(DECIMAL(18,2) DECIMAL(18,2)) DECIMAL(18,2)")
	f("*", "DECIMAL(12,2) DECIMAL(4,2)", "*(DECIMAL(12,2) DECIMAL(4,2)) DECIMAL(16,4)")
	f("*", "BIGINT DECIMAL(4,2)", "*(DECIMAL(18,0) DECIMAL(4,2)) DECIMAL(18,2)")
	f("*", "DECIMAL(18,10) DECIMAL(18,10)", "error 22003")
	f("/", "BIGINT BIGINT", "/(BIGINT BIGINT) BIGINT")
	f("/", "DECIMAL(4,2) BIGINT", "/(DOUBLE DOUBLE) DOUBLE")
	f("+", "BIGINT 'text'", "+(BIGINT BIGINT) BIGINT")
	f("+", "NULL NULL", "+(BIGINT BIGINT) BIGINT")
	f("+", "TIMESTAMP 'text'", "+(TIMESTAMP INTERVAL) TIMESTAMP")
	f("+", "DATE BIGINT", "+(DATE BIGINT) DATE")
	f("+", "DATE INTERVAL", "+(TIMESTAMP INTERVAL) TIMESTAMP")
	f("-", "DATE DATE", "-(DATE DATE) BIGINT")
	f("-", "TIMESTAMP DATE", "-(TIMESTAMP TIMESTAMP) INTERVAL")
	f("-", "TIMESTAMP INTERVAL", "-(TIMESTAMP INTERVAL) TIMESTAMP")
	f("*", "INTERVAL BIGINT", "*(INTERVAL DOUBLE) INTERVAL")
	f("-", "BIGINT", "neg(BIGINT) BIGINT")
	f("-", "DECIMAL(4,2)", "neg(DECIMAL(4,2)) DECIMAL(4,2)")
	f("+", "KEYWORD BIGINT", "error 42883")
	f("=", "KEYWORD TEXT", "=(KEYWORD TEXT) BOOLEAN")
	f("=", "TIMESTAMP 'text'", "=(TIMESTAMP TIMESTAMP) BOOLEAN")
	f("<", "DATE TIMESTAMP", "<(DATE TIMESTAMP) BOOLEAN")
	f("!=", "BIGINT DECIMAL(4,2)", "<>(BIGINT DECIMAL(4,2)) BOOLEAN")
	f("<", "DOUBLE DECIMAL(4,2)", "<(DOUBLE DOUBLE) BOOLEAN")
	f("=", "KEYWORD[] 'text'", "has_eq(KEYWORD[] KEYWORD) BOOLEAN")
	f(">", "BIGINT[] BIGINT", "has_gt(BIGINT[] BIGINT) BOOLEAN")
	f("=", "'text' KEYWORD[]", "any_eq(KEYWORD KEYWORD[]) BOOLEAN")
	f("=", "KEYWORD BIGINT", "error 42883")
	f("=", "NULL NULL", "=(KEYWORD KEYWORD) BOOLEAN")
	f("any_eq", "KEYWORD 'text'", "any_eq(KEYWORD KEYWORD[]) BOOLEAN")
	f("between", "TIMESTAMP 'text' 'text'", "between(TIMESTAMP TIMESTAMP TIMESTAMP) BOOLEAN")
	f("between", "BIGINT DECIMAL(2,1) DOUBLE", "between(DOUBLE DOUBLE DOUBLE) BOOLEAN")
	f("in", "BIGINT BIGINT NULL", "in(BIGINT BIGINT BIGINT) BOOLEAN")
	f("in", "KEYWORD 'text' 'text'", "in(KEYWORD KEYWORD KEYWORD) BOOLEAN")
	f("in", "KEYWORD[] 'text'", "in(KEYWORD[] KEYWORD) BOOLEAN")
	f("case", "BOOLEAN BIGINT BOOLEAN DOUBLE NULL", "case(BOOLEAN DOUBLE BOOLEAN DOUBLE DOUBLE) DOUBLE")
	f("case", "BOOLEAN 'text'", "case(BOOLEAN KEYWORD) KEYWORD")
	f("case", "BIGINT BIGINT", "error 22000")
	f("coalesce", "NULL DATE TIMESTAMP", "coalesce(TIMESTAMP TIMESTAMP TIMESTAMP) TIMESTAMP")
	f("coalesce", "BIGINT KEYWORD", "error 42804")
	f("greatest", "BIGINT DECIMAL(4,2)", "greatest(DECIMAL(18,2) DECIMAL(18,2)) DECIMAL(18,2)")
	f("nullif", "BIGINT BIGINT", "nullif(BIGINT BIGINT) BIGINT")
	f("array", "'text' KEYWORD", "array(KEYWORD KEYWORD) KEYWORD[]")
	f("round", "DECIMAL(6,3)", "round(DECIMAL(6,3)) DECIMAL(18,0)")
	f("round", "DECIMAL(6,3) BIGINT", "round(DECIMAL(6,3) BIGINT) DECIMAL(6,3)")
	f("round", "BIGINT", "round(DOUBLE) DOUBLE")
	f("substr", "TEXT BIGINT", "substring(TEXT BIGINT) KEYWORD")
	f("concat", "BIGINT TEXT NULL", "concat(BIGINT TEXT NULL) KEYWORD")
	f("||", "KEYWORD BIGINT", "||(KEYWORD BIGINT) KEYWORD")
	f("||", "KEYWORD[] KEYWORD[]", "||(KEYWORD[] KEYWORD[]) KEYWORD[]")
	f("||", "BIGINT BIGINT", "error 42883")
	f("date_trunc", "'text' DATE", "date_trunc(KEYWORD TIMESTAMP) TIMESTAMP")
	f("extract", "'text' DATE", "date_part(KEYWORD DATE) DOUBLE")
	f("time_bucket", "'text' TIMESTAMP", "time_bucket(INTERVAL TIMESTAMP) TIMESTAMP")
	f("time_bucket", "'text' TIMESTAMP 'text'", "time_bucket(INTERVAL TIMESTAMP KEYWORD) TIMESTAMP")
	f("time_bucket", "INTERVAL TIMESTAMP TIMESTAMP", "time_bucket(INTERVAL TIMESTAMP TIMESTAMP) TIMESTAMP")
	f("->>", "JSON 'text'", "->>(JSON KEYWORD) KEYWORD")
	f("->", "JSON BIGINT", "->(JSON BIGINT) JSON")
	f("subscript", "DOUBLE[] BIGINT", "subscript(DOUBLE[] BIGINT) DOUBLE")
	f("st_distance", "POINT POINT", "st_distance(POINT POINT) DOUBLE")
	f("lower", "BIGINT", "error 42883")
	f("lower", "", "error 42883")
	f("nothing", "BIGINT", "error 42883")
	f("random", "", "error 0A000")
	f("now", "", "now() TIMESTAMP")
}

// TestTableParses reads every line of the table and finds only known words.
func TestTableParses(t *testing.T) {
	for name, overloads := range scalars() {
		for _, o := range overloads {
			for _, p := range append(slices.Clone(o.params), o.result) {
				_, known := paramKinds[p]
				if !known && p != "any" && p != "array" && p != "first" && p != "elem" && p != "whole" {
					t.Errorf("%s: unknown type word %q", name, p)
				}
			}
		}
	}
	for from, to := range synonyms {
		if !IsScalar(to) || !IsScalar(from) {
			t.Errorf("synonym %s of %s: no such function", from, to)
		}
	}
}

func TestCanCast(t *testing.T) {
	f := func(from, to record.Kind, want bool) {
		t.Helper()
		if got := CanCast(record.T(from), record.T(to)); got != want {
			t.Errorf("%s to %s: %v, want %v", from, to, got, want)
		}
	}
	f(record.Int64, record.Keyword, true)
	f(record.Keyword, record.Date, true)
	f(record.Timestamp, record.Date, true)
	f(record.Timestamp, record.Int64, false)
	f(record.Point, record.Int64, false)
	f(record.Null, record.Point, true)
	f(record.Float64, record.Bool, false)
}
