package main

import (
	"testing"

	"github.com/quindex/quindex/bench"
)

// TestBleveCounts holds bleve to the counts that the corpus itself gives: it
// must leave no word out, and understand every question as it is meant.
func TestBleveCounts(t *testing.T) {
	w, dir := bench.Search(3, 3000), t.TempDir()
	if _, err := w.WriteFiles(dir); err != nil {
		t.Fatal(err)
	}
	b, err := openBleve(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.Load(t.Context(), w, dir); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, st := range w.Statements {
		for seed := range uint64(5) {
			q := bench.Question{SQL: st.SQL(bench.NewRand(seed)), Words: st.Words(bench.NewRand(seed))}
			read, err := b.(bench.Asker).Ask(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := read()
			if err != nil {
				t.Fatal(err)
			}
			if !q.Words.(bench.Text).Count {
				if len(rows) > 10 {
					t.Errorf("%s: %d rows, want at most 10", st.Name, len(rows))
				}
				continue
			}
			if checked++; st.Check(q, rows) != "" {
				t.Errorf("%s: %s: %s", st.Name, q.SQL, st.Check(q, rows))
			}
		}
	}
	if checked == 0 {
		t.Error("nothing was counted")
	}
}
