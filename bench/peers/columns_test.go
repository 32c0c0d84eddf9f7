package main

import (
	"slices"
	"testing"

	"github.com/quindex/quindex/bench"
)

func TestColumns(t *testing.T) {
	got, err := columns("CREATE TABLE t (a TIMESTAMP NOT NULL, b KEYWORD,\n c DOUBLE) WITH (bloom = 'b')", duckKinds)
	want := []field{{"a", "TIMESTAMP", true}, {"b", "VARCHAR", false}, {"c", "DOUBLE", false}}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("got %v, %v, want %v", got, err, want)
	}
	for _, bad := range []string{"CREATE TABLE t", "CREATE TABLE t (a)", "CREATE TABLE t (a MONEY)", "CREATE TABLE t (a BIGINT"} {
		if got, err := columns(bad, duckKinds); err == nil {
			t.Errorf("columns(%q) = %v, want an error", bad, got)
		}
	}
}

// TestWorkloadColumns keeps every workload within what its peers can declare.
func TestWorkloadColumns(t *testing.T) {
	for name, kinds := range map[string]map[string]string{"columnar": duckKinds, "geo": pgKinds, "mixed": pgKinds} {
		w, err := bench.NewWorkload(name, 1, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range w.Tables {
			if _, err := columns(d.DDL, kinds); err != nil {
				t.Errorf("%s: %s: %v", name, d.Name, err)
			}
		}
	}
}
