package sql

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quindex/quindex/fault"
)

// seeds returns every line and every block of the scripts in testdata.
func seeds(tb testing.TB) (all []string) {
	paths, err := filepath.Glob("testdata/*")
	if err != nil {
		tb.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the folder of the fuzzer
		}
		for block := range strings.SplitSeq(string(text), "\n\n") {
			_, block, _ = strings.Cut(block, "\n")
			block, _, _ = strings.Cut(block, "----")
			all = append(all, block)
			all = append(all, strings.Split(block, "\n")...)
		}
	}
	if len(all) < 300 {
		tb.Fatalf("%d seeds in testdata, there should be hundreds", len(all))
	}
	return all
}

// FuzzParse checks that nothing makes the parser panic, that its errors say
// where, and that what parses obeys the laws.
func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse(text)
		if err != nil {
			checkError(t, text, err)
		} else if err := checkLaw(text, n, parseNode); err != nil {
			t.Error(err)
		}
		e, err := parseExpr(text)
		if err != nil {
			checkError(t, text, err)
		} else if err := checkLaw(text, e, parseExprNode); err != nil {
			t.Error(err)
		}
	})
}

// checkError checks that an error of the parser is complete.
func checkError(t *testing.T, text string, err error) {
	t.Helper()
	switch fault.KindOf(err) {
	case fault.Syntax, fault.Unsupported, fault.TooLarge, fault.Limit:
	default:
		t.Errorf("%q: kind %v: %v", text, fault.KindOf(err), err)
	}
	if pos := fault.PosOf(err); pos.IsZero() || pos.Offset > len(text) {
		t.Errorf("%q: no place: %v", text, err)
	}
}
