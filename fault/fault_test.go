package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestText(t *testing.T) {
	says := func(err error, want string) {
		t.Helper()
		if got := err.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	cause := errors.New("bad magic 0x00")
	says(E("geo: open", Corrupt, Item("section 8192"), cause), "geo: open section 8192: bad magic 0x00")
	says(E("sql: parse", Syntax, Pos{Offset: 3, Line: 1, Column: 4}, "no FROM"), "sql: parse at line 1, column 4: no FROM")
	says(E("store: write", Overload), "store: write: overloaded")
	says(E("store: write", nil), "store: write: error")
	says(Errorf("record: parse", Invalid, "%d, want %d", 1, 2), "record: parse: 1, want 2")
	says(E("a", E("b", NotFound)), "a: b: not found")
}

func TestInheritance(t *testing.T) {
	pos := At("ab\ncd", 4)
	inner := E("inner", Invalid, Code("22003"), pos, Hint("use less"), "too large")
	outer := E("outer", fmt.Errorf("wrapped: %w", inner))
	if KindOf(outer) != Invalid || CodeOf(outer) != "22003" || PosOf(outer) != pos || HintOf(outer) != "use less" {
		t.Errorf("%s, %s, %v, %q", KindOf(outer), CodeOf(outer), PosOf(outer), HintOf(outer))
	}
	if !errors.Is(outer, inner) {
		t.Error("the chain is broken")
	}
	other := E("outer", Internal, inner)
	if KindOf(other) != Internal || CodeOf(other) != "XX000" {
		t.Errorf("a kind of its own: %s, %s; another kind's code must not stick", KindOf(other), CodeOf(other))
	}
	own := E("outer", Code("22012"), Hint("mine"), inner)
	if CodeOf(own) != "22012" || HintOf(own) != "mine" {
		t.Errorf("what is given stays: %s, %q", CodeOf(own), HintOf(own))
	}
}

func TestKinds(t *testing.T) {
	is := func(err error, kind Kind, code Code, retryable bool) {
		t.Helper()
		if KindOf(err) != kind || CodeOf(err) != code || Retryable(err) != retryable {
			t.Errorf("%v: %s, %s, retryable %v; want %s, %s, %v", err, KindOf(err), CodeOf(err), Retryable(err), kind, code, retryable)
		}
	}
	is(nil, Other, "XX000", false)
	is(io.EOF, Other, "XX000", false)
	is(context.DeadlineExceeded, Timeout, "57014", true)
	is(E("query", fmt.Errorf("stopped: %w", context.Canceled)), Canceled, "57014", false)
	is(E("x", Conflict), Conflict, "40001", true)
	is(E("x", Overload), Overload, "53300", true)
	is(E("x", Unavailable), Unavailable, "57P03", true)
	is(E("x", Syntax), Syntax, "42601", false)
	if Is(nil, Other) || !Is(io.EOF, Other) || Is(E("x", IO), Corrupt) {
		t.Error("Is")
	}
	seen := map[string]bool{}
	for k := Other; k <= Internal; k++ {
		if kinds[k].text == "" || len(kinds[k].code) != 5 || seen[k.String()] {
			t.Errorf("kind %d: text %q, code %q", k, kinds[k].text, kinds[k].code)
		}
		seen[k.String()] = true
	}
	if got := (Internal + 1).String(); got != "fault.Kind(17)" {
		t.Errorf("a kind that is none: %s", got)
	}
}

func TestAt(t *testing.T) {
	at := func(text string, offset, wantOffset, line, column int) {
		t.Helper()
		if got, want := At(text, offset), (Pos{wantOffset, line, column}); got != want {
			t.Errorf("At(%q, %d) = %+v, want %+v", text, offset, got, want)
		}
	}
	at("", 0, 0, 1, 1)
	at("abc", 2, 2, 1, 3)
	at("a\nbc", 2, 2, 2, 1)
	at("a\nbc", 1, 1, 1, 2)
	at("é\nüb", 5, 5, 2, 2)
	at("abc", 99, 3, 1, 4)
	at("abc", -1, 0, 1, 1)
	if !(Pos{}).IsZero() || At("", 0).IsZero() {
		t.Error("IsZero")
	}
	if got := At("a\nb", 3).String(); got != "line 2, column 2" {
		t.Error(got)
	}
}

func TestArgumentOfAnotherType(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an argument of no known type was taken")
		}
	}()
	_ = E("x", 42)
}
