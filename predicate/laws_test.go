package predicate

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/internal/golden"
	"github.com/quindex/quindex/record"
)

var seedFlag = flag.Uint64("seed", 0, "seed of random tests; 0 takes one from the clock")

func newRand(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./predicate -run '^%s$' -seed %d", t.Name(), seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// The fields of the random rows, one a type that matters.
var (
	num   = Field{1, "num", record.T(record.Int64)}
	dec   = Field{2, "dec", record.DecimalType(9, 2)}
	float = Field{3, "Float", record.T(record.Float64)}
	word  = Field{4, "word", record.T(record.Keyword)}
	at    = Field{5, "at", record.T(record.Timestamp)}
	tags  = Field{6, "tags", record.T(record.KeywordArray)}
	nums  = Field{7, "nums", record.T(record.Int64Array)}
	flag_ = Field{8, "flag", record.T(record.Bool)}
)

var fields = []Field{num, dec, float, word, at, tags, nums, flag_}

// oneOf makes a value for comparing with f, from so few that conditions often meet.
func oneOf(rnd *rand.Rand, f Field) record.Value {
	i := rnd.Int64N(5)
	t := f.Type
	if t.IsArray() {
		t = t.Elem()
	}
	switch t.Kind {
	case record.Bool:
		return record.BoolValue(i > 2)
	case record.Float64:
		return record.FloatValue(float64(i) / 2)
	case record.Decimal:
		return record.DecimalValue(t, i*50)
	case record.Keyword:
		return record.KeywordValue([]string{"", "a", "ab", "Ab", "b%"}[i])
	}
	return record.Value{Type: t, Valid: true, I: i}
}

func randomRow(rnd *rand.Rand) Values {
	row := Values{}
	for _, f := range fields {
		switch {
		case rnd.IntN(5) == 0:
			row[f.ID] = record.NullOf(f.Type)
		case f.Type.IsArray():
			v := record.Value{Type: f.Type, Valid: true}
			for range rnd.IntN(3) {
				v.Elems = append(v.Elems, oneOf(rnd, f))
			}
			row[f.ID] = v
		default:
			row[f.ID] = oneOf(rnd, f)
		}
	}
	return row
}

func randomLeaf(rnd *rand.Rand) P {
	f := fields[rnd.IntN(len(fields))]
	switch rnd.IntN(7) {
	case 0:
		return IsNull{f, rnd.IntN(2) == 0}
	case 1:
		lo, hi := oneOf(rnd, f), oneOf(rnd, f)
		return Between{f, lo, hi, rnd.IntN(2) == 0, rnd.IntN(2) == 0}
	case 2:
		var list []record.Value
		for range rnd.IntN(4) {
			list = append(list, oneOf(rnd, f))
		}
		if rnd.IntN(3) == 0 {
			list = append(list, record.NullOf(f.Type))
		}
		return NewIn(f, list)
	case 3:
		f = []Field{word, tags}[rnd.IntN(2)]
		return Like{f, LikeKind(rnd.IntN(2)), []string{"a", "a.", "b\\%", "", "A"}[rnd.IntN(5)], `\`, rnd.IntN(2) == 0, rnd.IntN(2) == 0}
	case 4:
		return Call{"odd", []Field{num}, []record.Value{record.IntValue(rnd.Int64N(3))}}
	case 5:
		if rnd.IntN(4) == 0 {
			return Compare{f, EQ, record.NullOf(f.Type)}
		}
	case 6:
		if rnd.IntN(4) == 0 {
			return Const{Truth(rnd.IntN(3))}
		}
	}
	return Compare{f, Op(rnd.IntN(6)), oneOf(rnd, f)}
}

func randomP(rnd *rand.Rand, depth int) P {
	if depth == 0 || rnd.IntN(4) == 0 {
		return randomLeaf(rnd)
	}
	var of []P
	for range rnd.IntN(4) {
		of = append(of, randomP(rnd, depth-1))
	}
	switch rnd.IntN(3) {
	case 0:
		return And{of}
	case 1:
		return Or{of}
	}
	return Not{randomP(rnd, depth-1)}
}

// functions knows one function: is num + n odd?
type functions struct{}

func (functions) EvalFunc(name string) (EvalFunc, bool) {
	odd := func(fields, args []record.Value) (Truth, error) {
		return truthOf((fields[0].I+args[0].I)%2 == 1), nil
	}
	return odd, name == "odd"
}

func eval(t *testing.T, p P, row Row) Truth {
	t.Helper()
	truth, err := Eval(p, row, functions{})
	if err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	return truth
}

func TestPushNot(t *testing.T) {
	rnd := newRand(t)
	for range 20_000 {
		p, row := randomP(rnd, 4), randomRow(rnd)
		pushed := PushNot(p)
		if have, want := eval(t, pushed, row), eval(t, p, row); have != want {
			t.Fatalf("%s is %s, but pushed down, %s, it is %s on %v", p, want, pushed, have, row)
		}
		if have, want := eval(t, PushNot(Not{p}), row), eval(t, p, row).Not(); have != want {
			t.Fatalf("NOT (%s) is %s, but pushed down, %s, it is %s on %v", p, want, PushNot(Not{p}), have, row)
		}
		Walk(PushNot(Not{p}), func(p P) bool {
			if n, ok := p.(Not); ok {
				checkStuck(t, n.Of)
			}
			return true
		})
	}
}

// checkStuck fails if a Not before p could have gone further.
func checkStuck(t *testing.T, p P) {
	t.Helper()
	switch p := p.(type) {
	case In, Call:
		return
	case Compare, Between, Like:
		if Fields(p)[0].Type.IsArray() {
			return
		}
	}
	t.Fatalf("NOT stopped before %s", p)
}

func TestSimplify(t *testing.T) {
	rnd := newRand(t)
	for range 20_000 {
		p, row := randomP(rnd, 4), randomRow(rnd)
		want := eval(t, p, row)
		if plain := Simplify(p, nil); eval(t, plain, row) != want {
			t.Fatalf("%s is %s, but simplified, %s, it is %s on %v", p, want, plain, eval(t, plain, row), row)
		}
		// What is known of some leaves is what they are on this row.
		salt := rnd.IntN(3)
		known := func(leaf P) (Truth, bool) {
			if int(Fields(leaf)[0].ID)%3 == salt {
				return Unknown, false
			}
			return eval(t, leaf, row), true
		}
		got := Simplify(p, known)
		if eval(t, got, row) != want {
			t.Fatalf("%s is %s, but with knowledge, %s, it is %s on %v", p, want, got, eval(t, got, row), row)
		}
		checkSimple(t, got, true)
	}
}

// checkSimple fails where a constant or a nesting is left that could go.
func checkSimple(t *testing.T, p P, root bool) {
	t.Helper()
	check := func(of []P) {
		if len(of) < 2 {
			t.Fatalf("%s: an AND or OR of %d", p, len(of))
		}
		for _, q := range of {
			if reflect.TypeOf(q) == reflect.TypeOf(p) {
				t.Fatalf("%s within its like", q)
			}
			checkSimple(t, q, false)
		}
	}
	switch p := p.(type) {
	case And:
		check(p.Of)
	case Or:
		check(p.Of)
	case Not:
		checkSimple(t, p.Of, true)
		if _, isConst := p.Of.(Const); isConst {
			t.Fatalf("%s", p)
		}
	case Const:
		if !root && p.Truth != Unknown {
			t.Fatalf("a constant %s is left", p)
		}
	}
}

func TestCompile(t *testing.T) {
	rnd := newRand(t)
	for range 5_000 {
		p := randomP(rnd, 4)
		compiled, err := Compile(p, functions{})
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		for range 4 {
			row := randomRow(rnd)
			if got, err := compiled(row); err != nil || got != eval(t, p, row) {
				t.Fatalf("%s is %s, but compiled %s, %v on %v", p, eval(t, p, row), got, err, row)
			}
		}
	}
	for _, p := range []P{Like{Field: word, Kind: Regexp, Pattern: "("}, Call{Function: "even"}} {
		if _, err := Compile(Not{Or{[]P{And{[]P{p}}}}}, functions{}); err == nil {
			t.Errorf("%s compiles", p)
		}
	}
}

// TestGolden shows every byte of one condition of each kind.
func TestGolden(t *testing.T) {
	loc := Field{9, "loc", record.T(record.Point)}
	p := And{[]P{
		Compare{num, GE, record.IntValue(-2)},
		Between{num, record.IntValue(1), record.IntValue(2), false, true},
		Not{NewIn(word, []record.Value{record.KeywordValue("a"), record.NullOf(word.Type)})},
		Or{[]P{Like{Field: word, Pattern: "a%", Escape: "!", Fold: true}, IsNull{at, true}}},
		Call{"near", []Field{loc}, []record.Value{record.FloatValue(0.5)}},
		Const{True},
	}}
	compare(t, "testdata/condition.txt", AppendWire(nil, p), []part{
		{1, "version 1"}, {1, "AND"}, {1, "of 6"},
		{1, "compare"}, {1, "field 1"}, {4, `"num"`}, {3, "BIGINT"}, {1, ">="}, {3, "BIGINT"}, {1, "not NULL"}, {1, "-2"},
		{1, "between"}, {1, "field 1"}, {4, `"num"`}, {3, "BIGINT"}, {5, "1"}, {5, "2"}, {1, "from 1 on"}, {1, "below 2"},
		{1, "NOT"}, {1, "in"}, {1, "field 4"}, {5, `"word"`}, {3, "KEYWORD"}, {1, "and NULL"}, {1, "1 value"}, {6, `"a"`},
		{1, "OR"}, {1, "of 2"},
		{1, "like"}, {1, "field 4"}, {5, `"word"`}, {3, "KEYWORD"}, {1, "a LIKE pattern"}, {3, `"a%"`}, {2, `escaped by "!"`}, {1, "ILIKE"}, {1, "not negated"},
		{1, "is null"}, {1, "field 5"}, {3, `"at"`}, {3, "TIMESTAMP"}, {1, "IS NOT NULL"},
		{1, "call"}, {5, `"near"`}, {1, "1 field"}, {1, "field 9"}, {4, `"loc"`}, {3, "POINT"}, {1, "1 argument"}, {4, "DOUBLE, not NULL"}, {8, "0.5"},
		{1, "const"}, {1, "TRUE"},
	})
}

type part struct {
	n    int
	what string
}

// compare compares wire, printed part by part, with the file, or writes it with -rewrite.
func compare(t *testing.T, file string, wire []byte, parts []part) {
	t.Helper()
	var b strings.Builder
	at := 0
	for _, p := range parts {
		if at+p.n > len(wire) {
			t.Fatalf("%d bytes, fewer than the parts have", len(wire))
		}
		fmt.Fprintf(&b, "%04x: %-23s # %s\n", at, fmt.Sprintf("% x", wire[at:at+p.n]), p.what)
		at += p.n
	}
	if at != len(wire) {
		t.Fatalf("the parts cover %d bytes of %d", at, len(wire))
	}
	golden.Compare(t, file, b.String())
}

func TestWire(t *testing.T) {
	rnd := newRand(t)
	for range 5_000 {
		p := randomP(rnd, 4)
		got, err := Decode(AppendWire(nil, p))
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Fatalf("%#v came back as %#v, %v", p, got, err)
		}
		wire := AppendWire(nil, p)
		if _, err := Decode(wire[:rnd.IntN(len(wire))]); !fault.Is(err, fault.Corrupt) {
			t.Fatalf("%s cut short: %v", p, err)
		}
	}
}

func TestDecodeDepth(t *testing.T) {
	nested := func(n int) []byte {
		var p P = Const{True}
		for range n {
			p = Not{p}
		}
		return AppendWire(nil, p)
	}
	if _, err := Decode(nested(MaxDepth)); err != nil {
		t.Errorf("%d deep: %v", MaxDepth, err)
	}
	if _, err := Decode(nested(MaxDepth + 1)); !fault.Is(err, fault.Corrupt) {
		t.Errorf("%d deep: %v", MaxDepth+1, err)
	}
}

func FuzzDecode(f *testing.F) {
	rnd := newRand(f)
	for range 30 {
		f.Add(AppendWire(nil, randomP(rnd, 3)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(b)
		if err != nil {
			if !fault.Is(err, fault.Corrupt) {
				t.Fatalf("%v is not corrupt", err)
			}
			return
		}
		if again, err := Decode(AppendWire(nil, p)); err != nil || again.String() != p.String() {
			t.Fatalf("%s came back as %v, %v", p, again, err)
		}
		PushNot(Not{Simplify(p, nil)})
	})
}
