package sql

import (
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	f := func(text, rest string, want ...string) {
		t.Helper()
		if got, left := Split(text); !slices.Equal(got, want) || left != rest {
			t.Errorf("%q: %q and %q, want %q and %q", text, got, left, want, rest)
		}
	}
	f("", "")
	f(" \n-- nothing; \n", "")
	f("SELECT 1; SELECT 2", "SELECT 2", "SELECT 1")
	f(";; SELECT 1 ;\n; -- end", "", "SELECT 1")
	f("SELECT ';' ; -- a; b\nSELECT \";\"", "-- a; b\nSELECT \";\"", "SELECT ';'")
	f("/* ; */ SELECT 'it''s;';", "", "/* ; */ SELECT 'it''s;'")
	f("/* /* ; */ ; */ SELECT 1;", "", "/* /* ; */ ; */ SELECT 1")
	f(`SELECT E'it\'s; one'; SELECT 2;`, "", `SELECT E'it\'s; one'`, "SELECT 2")
	f("SELECT $$a;b$$, $x$;$$;$x$; SELECT $1;", "", "SELECT $$a;b$$, $x$;$$;$x$", "SELECT $1")
	// What is no token is in the statement all the same.
	f("SELECT ☃; SELECT 1.2.3; SELECT 3x; SELECT `a`;", "", "SELECT ☃", "SELECT 1.2.3", "SELECT 3x", "SELECT `a`")
	f("SELECT \"\"; SELECT \xff\x00; SELECT 1", "SELECT 1", `SELECT ""`, "SELECT \xff\x00")
	// What is never closed holds all that follows.
	f("SELECT 1; SELECT ';", "SELECT ';", "SELECT 1")
	f(`SELECT ";`, `SELECT ";`)
	f("SELECT 1; /* ;", "/* ;", "SELECT 1")
	f("/* /* */;", "/* /* */;")
	f("SELECT $x$;$$;", "SELECT $x$;$$;")
	f(`SELECT E'\';`, `SELECT E'\';`)
}

// FuzzSplit checks that a statement that parses alone is one statement, that
// nothing but space and semicolons is lost, and that rest ends no statement.
func FuzzSplit(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		stmts, rest := Split(text)
		at := 0
		for _, s := range append(stmts, rest) {
			i := strings.Index(text[at:], s)
			if i < 0 {
				t.Fatalf("Split(%q) gives %q, which is not there after %d", text, s, at)
			}
			at += i + len(s)
		}
		if again, left := Split(rest); len(again) > 0 || left != rest {
			t.Errorf("the rest of %q is %q, and that gives %q and %q", text, rest, again, left)
		}
		for _, s := range stmts {
			if one, left := Split(s + "\n;"); len(one) != 1 || one[0] != s || left != "" {
				t.Errorf("%q of %q gives %q and %q", s, text, one, left)
			}
		}
		n, err := Parse(text)
		if err != nil {
			return
		}
		if rest != "" {
			stmts = append(stmts, rest)
		}
		if len(stmts) != 1 {
			t.Fatalf("Split(%q) is %q, and it parses as one", text, stmts)
		}
		if m, err := Parse(stmts[0]); err != nil || !equal(n, m) {
			t.Errorf("Parse(%q) is %s, and of Split %s, %v", text, n, m, err)
		}
	})
}
