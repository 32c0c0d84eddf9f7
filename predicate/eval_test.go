package predicate

import (
	"regexp"
	"strings"
	"testing"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

func arrayOf(elems ...string) record.Value {
	v := record.Value{Type: record.T(record.KeywordArray), Valid: true}
	for _, e := range elems {
		v.Elems = append(v.Elems, record.KeywordValue(e))
	}
	return v
}

// TestEval fixes the meaning of every leaf, a case a line.
func TestEval(t *testing.T) {
	null := Values{}
	row := func(f Field, v record.Value) Values { return Values{f.ID: v} }
	is := func(p P, r Row, want Truth) {
		t.Helper()
		if got := eval(t, p, r); got != want {
			t.Errorf("%s on %v is %s, want %s", p, r, got, want)
		}
	}
	i := record.IntValue
	k := record.KeywordValue

	two := row(num, i(2))
	for op, want := range map[Op][3]Truth{
		EQ: {False, True, False}, NE: {True, False, True}, LT: {True, False, False},
		LE: {True, True, False}, GT: {False, False, True}, GE: {False, True, True},
	} {
		is(Compare{num, op, i(3)}, two, want[0])
		is(Compare{num, op, i(2)}, two, want[1])
		is(Compare{num, op, i(1)}, two, want[2])
		is(Compare{num, op, i(1)}, null, Unknown)
		is(Compare{num, op, record.NullOf(num.Type)}, two, Unknown)
		is(Compare{tags, op, k("a")}, row(tags, arrayOf()), False)
		is(Compare{tags, op, k("a")}, null, Unknown)
	}
	is(Compare{num, LT, record.FloatValue(2.5)}, two, True)

	ab := row(tags, arrayOf("a", "b"))
	is(Compare{tags, EQ, k("b")}, ab, True)
	is(Compare{tags, NE, k("b")}, ab, True) // one element is unlike b
	is(Not{Compare{tags, EQ, k("b")}}, ab, False)
	is(Compare{tags, GT, k("b")}, ab, False)
	is(And{[]P{Compare{nums, GT, i(1)}, Compare{nums, LT, i(3)}}}, row(nums, ints(0, 5)), True)
	is(Between{nums, i(1), i(3), true, true}, row(nums, ints(0, 5)), False) // no ONE element lies there

	is(Between{num, i(2), i(3), false, false}, two, True)
	is(Between{num, i(2), i(3), true, false}, two, False)
	is(Between{num, i(1), i(2), false, true}, two, False)
	is(Between{num, i(3), i(1), false, false}, two, False)
	is(Between{num, i(1), i(3), false, false}, null, Unknown)

	list := NewIn(num, []record.Value{i(5), i(2), i(2)})
	if len(list.Values) != 2 || list.Values[0].I != 2 || list.HasNull {
		t.Errorf("NewIn: %v", list)
	}
	is(list, two, True)
	is(list, row(num, i(3)), False)
	is(list, null, Unknown)
	withNull := NewIn(num, []record.Value{i(5), record.NullOf(num.Type)})
	is(withNull, row(num, i(5)), True)
	is(withNull, two, Unknown)
	is(Not{withNull}, two, Unknown)
	is(In{Field: tags, Values: []record.Value{k("b"), k("c")}}, ab, True)
	is(In{Field: tags, HasNull: true}, ab, Unknown)

	is(IsNull{Field: num}, null, True)
	is(IsNull{Field: num}, two, False)
	is(IsNull{Field: num, Negate: true}, two, True)
	is(IsNull{Field: tags}, row(tags, arrayOf()), False)

	is(Like{Field: tags, Pattern: "b%"}, ab, True)
	is(Like{Field: tags, Pattern: "b%", Negate: true}, ab, True)
	is(Like{Field: tags, Pattern: "%", Negate: true}, ab, False)
	is(Like{Field: word, Pattern: "b%"}, null, Unknown)

	is(And{}, null, True)
	is(Or{}, null, False)
	is(And{[]P{Const{Unknown}, Const{False}}}, null, False)
	is(And{[]P{Const{Unknown}, Const{True}}}, null, Unknown)
	is(Or{[]P{Const{Unknown}, Const{True}}}, null, True)
	is(Or{[]P{Const{Unknown}, Const{False}}}, null, Unknown)
	is(Not{Const{Unknown}}, null, Unknown)
	is(Call{"odd", []Field{num}, []record.Value{i(1)}}, two, True)
	is(Call{"odd", []Field{num}, []record.Value{i(1)}}, null, Unknown)
}

func ints(values ...int64) record.Value {
	v := record.Value{Type: record.T(record.Int64Array), Valid: true}
	for _, i := range values {
		v.Elems = append(v.Elems, record.IntValue(i))
	}
	return v
}

func TestEvalErrors(t *testing.T) {
	fails := func(p P, fns Functions, code fault.Code) {
		t.Helper()
		_, err := Eval(p, Values{word.ID: record.KeywordValue("a")}, fns)
		if fault.CodeOf(err) != code {
			t.Errorf("%s: %v with code %s, want %s", p, err, fault.CodeOf(err), code)
		}
	}
	fails(Call{Function: "even"}, functions{}, "42883")
	fails(Call{Function: "odd"}, nil, "42883")
	fails(Like{Field: word, Kind: Regexp, Pattern: "("}, nil, "2201B")
	fails(Like{Field: word, Pattern: `a\`, Escape: `\`}, nil, "22025")
	fails(And{[]P{Const{Unknown}, Like{Field: word, Kind: Regexp, Pattern: "["}}}, nil, "2201B")
}

func TestLike(t *testing.T) {
	is := func(s, pattern string, fold, want bool) {
		t.Helper()
		match, err := Like{Pattern: pattern, Escape: `\`, Fold: fold}.Matcher()
		if err != nil {
			t.Fatal(err)
		}
		if match(s) != want {
			t.Errorf("%q LIKE %q (fold %v) is %v", s, pattern, fold, !want)
		}
	}
	is("", "", false, true)
	is("a", "", false, false)
	is("", "%", false, true)
	is("abc", "a%c", false, true)
	is("abc", "a_c", false, true)
	is("abc", "_", false, false)
	is("abc", "%b%", false, true)
	is("aab", "%ab", false, true)
	is("mississippi", "m%iss%ppi", false, true)
	is("mississippi", "m%iss%ippj", false, false)
	is("a%c", `a\%c`, false, true)
	is("abc", `a\%c`, false, false)
	is(`a\c`, `a\\c`, false, true)
	is("Zürich", "Z_rich", false, true)
	is("ZÜRICH", "zürich", true, true)
	is("ZÜRICH", "zürich", false, false)
	is("K", "k", true, true) // U+212A, the Kelvin sign, folds to k
	is("ſ", "S", true, true) // long s
	is("straße", "STRASSE", true, false)
	is("a\nb", "a_b", false, true)
	is("\xff", "_", false, true)
	is("\xff", "\xff", false, true)
	is("\xff", "\ufffd", true, false)

	match, err := Like{Pattern: `a\%`, Escape: ""}.Matcher()
	if err != nil || !match(`a\b`) {
		t.Errorf("without an escape a backslash is a backslash: %v", err)
	}
	match, err = Like{Pattern: `10!%`, Escape: "!"}.Matcher()
	if err != nil || !match(`10%`) || match("100") {
		t.Errorf("escape '!': %v", err)
	}
}

func TestRegexpLike(t *testing.T) {
	is := func(s, pattern string, fold, want bool) {
		t.Helper()
		match, err := Like{Kind: Regexp, Pattern: pattern, Fold: fold}.Matcher()
		if err != nil {
			t.Fatal(err)
		}
		if match(s) != want {
			t.Errorf("%q ~ %q (fold %v) is %v", s, pattern, fold, !want)
		}
	}
	is("xabcx", "abc", false, true)
	is("xabcx", "^abc", false, false)
	is("ABC", "b", true, true)
	is("a\nb", "a.b", false, true)
	is("a\nb", "^b", false, false)
}

// TestLikeAgainstRegexp compares the matcher with package regexp on random patterns.
func TestLikeAgainstRegexp(t *testing.T) {
	rnd := newRand(t)
	pick := func(from string, n int) string {
		var b strings.Builder
		for range rnd.IntN(n) {
			b.WriteByte(from[rnd.IntN(len(from))])
		}
		return b.String()
	}
	for range 20_000 {
		s, pattern := pick("abAB", 8), pick("abA%_", 7)
		fold := rnd.IntN(2) == 0
		flags := "(?s)"
		if fold {
			flags = "(?si)"
		}
		re := regexp.MustCompile(flags + "^" + strings.NewReplacer("%", ".*", "_", ".").Replace(pattern) + "$")
		match, err := Like{Pattern: pattern, Fold: fold}.Matcher()
		if err != nil || match(s) != re.MatchString(s) {
			t.Fatalf("%q LIKE %q (fold %v) is %v, %v", s, pattern, fold, match(s), err)
		}
	}
}

func TestString(t *testing.T) {
	prints := func(p P, want string) {
		t.Helper()
		if got := p.String(); got != want {
			t.Errorf("%#v prints as\n%s, want\n%s", p, got, want)
		}
	}
	i, k := record.IntValue, record.KeywordValue
	less := Compare{num, LT, i(3)}
	prints(less, "num < 3")
	prints(Compare{float, NE, record.FloatValue(0.5)}, `"Float" <> 0.5::DOUBLE`)
	prints(Compare{at, GE, record.TimestampValue(0)}, "at >= TIMESTAMP '1970-01-01 00:00:00'")
	prints(Between{num, i(1), i(2), false, false}, "num BETWEEN 1 AND 2")
	prints(Between{num, i(1), i(2), true, false}, "num > 1 AND num <= 2")
	prints(Not{Between{num, i(1), i(2), false, true}}, "NOT (num >= 1 AND num < 2)")
	prints(Or{[]P{less, Between{num, i(5), i(6), false, true}}}, "num < 3 OR (num >= 5 AND num < 6)")
	prints(In{word, []record.Value{k("a"), k("it's")}, true}, "word IN ('a', 'it''s', NULL)")
	prints(Like{Field: word, Pattern: "a%", Escape: `\`}, "word LIKE 'a%'")
	prints(Like{Field: word, Pattern: "a%", Fold: true, Negate: true}, "word NOT ILIKE 'a%' ESCAPE ''")
	prints(Like{Field: word, Kind: Regexp, Pattern: "^a", Fold: true, Negate: true}, "word !~* '^a'")
	prints(IsNull{Field: num}, "num IS NULL")
	prints(Call{"st_dwithin", []Field{{Name: "loc"}}, []record.Value{record.PointValue(1, 2), i(500)}}, "st_dwithin(loc, 'POINT(1 2)'::POINT, 500)")
	prints(And{[]P{less, Or{[]P{less, IsNull{num, true}}}}}, "num < 3 AND (num < 3 OR num IS NOT NULL)")
	prints(Not{Call{Function: "f"}}, "NOT f()")
	prints(And{}, "TRUE")
	prints(Or{}, "FALSE")
	prints(Const{Unknown}, "NULL")
}

func TestParts(t *testing.T) {
	a, b, c := Compare{num, EQ, record.IntValue(1)}, IsNull{Field: word}, Compare{num, GT, record.IntValue(0)}
	p := And{[]P{a, And{[]P{b, Const{True}}}, Or{[]P{c, Not{Call{Function: "f", Fields: []Field{at, word}}}}}}}
	if got := Conjuncts(p); len(got) != 3 || got[0].String() != a.String() || got[1].String() != b.String() {
		t.Errorf("Conjuncts: %v", got)
	}
	if Conjuncts(nil) != nil || Conjuncts(Const{True}) != nil || len(Conjuncts(Const{False})) != 1 {
		t.Error("Conjuncts of constants")
	}
	var names []string
	for _, f := range Fields(p) {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "num word at" {
		t.Errorf("Fields: %s", got)
	}
	if Conjunction(nil).String() != "TRUE" || Conjunction([]P{b}).String() != b.String() {
		t.Error("Conjunction of none or one")
	}
}
