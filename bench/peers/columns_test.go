package main

import (
	"slices"
	"testing"

	"github.com/quindex/quindex/bench"
)

func TestColumns(t *testing.T) {
	got, err := columns("CREATE TABLE t (a TIMESTAMP NOT NULL, b KEYWORD,\n c DOUBLE) WITH (bloom = 'b')")
	want := []field{{"a", "TIMESTAMP", true}, {"b", "VARCHAR", false}, {"c", "DOUBLE", false}}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("got %v, %v, want %v", got, err, want)
	}
	for _, bad := range []string{"CREATE TABLE t", "CREATE TABLE t (a)", "CREATE TABLE t (a MONEY)", "CREATE TABLE t (a BIGINT"} {
		if got, err := columns(bad); err == nil {
			t.Errorf("columns(%q) = %v, want an error", bad, got)
		}
	}
}

// TestWorkloadColumns keeps every workload within what peers can declare.
func TestWorkloadColumns(t *testing.T) {
	w, err := bench.NewWorkload("columnar", 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range w.Tables {
		if _, err := columns(d.DDL); err != nil {
			t.Errorf("%s: %v", d.Name, err)
		}
	}
}
