package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
)

// FuzzQuery holds the planner to end every statement that parses with a plan
// or with an error that is the statement's fault and has a place in it. What
// it plans has fragments that come back from the wire.
func FuzzQuery(f *testing.F) {
	files, err := filepath.Glob("testdata/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // the folder of the fuzzer's own findings
		}
		for _, part := range strings.Split(string(text), "\n\n") {
			head, _, _ := strings.Cut(part, "\n----")
			if _, statement, ok := strings.Cut(head, "\n"); ok {
				f.Add(statement)
			}
		}
	}
	o := testOptions(f, "")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := sql.Parse(text)
		q, ok := s.(*sql.Query)
		if err != nil || !ok {
			return
		}
		o.Text = text
		p, err := Query(q, o)
		if err != nil {
			if fault.Is(err, fault.Internal) || fault.Is(err, fault.Other) || fault.PosOf(err).IsZero() {
				t.Fatalf("%q: kind %v at %v: %v", text, fault.KindOf(err), fault.PosOf(err), err)
			}
			return
		}
		p.Explain()
		for _, n := range fragments(p.Root) {
			if _, err := DecodeFragment(EncodeFragment(n)); err != nil {
				t.Fatalf("%q: %v\n%s", text, err, p.Explain())
			}
		}
	})
}

// TestDeepStatements plans what the parser's limits let through.
func TestDeepStatements(t *testing.T) {
	f := func(name, text string) {
		t.Helper()
		q, err := parseQuery(t, text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p, err := Query(q, testOptions(t, ""))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, n := range fragments(p.Root) {
			if _, err := DecodeFragment(EncodeFragment(n)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	f("sum", "SELECT delay"+strings.Repeat(" + dist", 5000)+" FROM flights")
	f("or", "SELECT 1 FROM flights WHERE delay = 1"+strings.Repeat(" OR delay = 2", 5000))
	f("not", "SELECT 1 FROM flights WHERE "+strings.Repeat("NOT (", 60)+"delay = 1"+strings.Repeat(" OR dist = 2)", 60))
	f("union", "SELECT delay FROM flights"+strings.Repeat(" UNION ALL SELECT dist FROM flights", 300))
	f("in", "SELECT 1 FROM flights WHERE delay IN (0"+strings.Repeat(", 7", 10000)+")")
	f("exists", "SELECT 1 FROM flights a0 WHERE 1 = 1"+strings.Repeat(" AND EXISTS (SELECT 1 FROM flights WHERE delay > 5", 40)+strings.Repeat(")", 40))
}

// TestTooComplex holds that what grows with every level is refused, not tried.
func TestTooComplex(t *testing.T) {
	f := func(text string) {
		t.Helper()
		q, err := parseQuery(t, text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Query(q, testOptions(t, text)); fault.CodeOf(err) != "54001" {
			t.Errorf("%.80s...: %v, want an error 54001", text, err)
		}
	}
	with := "WITH c0 AS (SELECT delay FROM flights)"
	for i := range 40 {
		with += fmt.Sprintf(", c%d AS (SELECT a.delay FROM c%d a, c%d b)", i+1, i, i)
	}
	f(with + " SELECT * FROM c40")
	exists := "SELECT 1 FROM flights f0 WHERE 1 = 1"
	for i := range 40 {
		exists += fmt.Sprintf(" AND EXISTS (SELECT 1 FROM flights f%d WHERE f%d.delay = f%d.delay", i+1, i+1, i)
	}
	f(exists + strings.Repeat(")", 40))
}
