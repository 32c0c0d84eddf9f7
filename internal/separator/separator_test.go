package separator

import (
	"bytes"
	"slices"
	"testing"
)

func TestFind(t *testing.T) {
	f := func(text string, want byte) {
		t.Helper()
		if got := Find([]byte(text)); got != want {
			t.Errorf("%q is separated by %q, want %q", text, got, want)
		}
	}
	f("", ',')
	f("name\nx\n", ',')
	f("a,b\n1,2\n", ',')
	f("a;b\n1;2\n", ';')
	f("a\tb\n1\t2\n", '\t')
	f("a|b\n1|2\n", '|')
	f("\uFEFFa;b\r\n1;2\r\n", ';')
	f("a;b\n1,5;2,3\n", ';')                     // decimal commas
	f("a,b\n1;2;3,4\n5,6\n", ',')                // a list in a field
	f("name, first;age\nDoe, J;4\nRoe;5\n", ';') // a comma that fits not every row
	f("\"a;x\",b\n1,2\n", ',')                   // in quotes
	f("\"a,x\";b\n\"one\n,two\";2\n", ';')       // over lines
	f("a;b", ';')                                // a header alone
	f("a;b\n\n1;2\n3,4,5", ';')                  // a blank row, and one that is cut
	f("a,b;c\n1,2;3\n", ',')                     // both fit: a comma is what a CSV has
}

func TestWithin(t *testing.T) {
	for field, want := range map[string]byte{"": 0, "name": 0, "a;b": ';', "a\tb": '\t', "a|b": '|', "a b": 0} {
		if got := Within(field); got != want {
			t.Errorf("%q: %q, want %q", field, got, want)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add([]byte("a;b\n\"1;2"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := Find(text)
		if !slices.Contains(candidates, got) || got != ',' && bytes.IndexByte(text, got) < 0 {
			t.Errorf("%q is separated by %q", text, got)
		}
	})
}
