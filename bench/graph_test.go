package bench

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestKronecker pins the graphs of a seed: without loops and doubles, skewed,
// and the same on every machine.
func TestKronecker(t *testing.T) {
	f := func(seed uint64, scale, edges, from, widest int) {
		t.Helper()
		k := NewKronecker(seed, scale)
		if !slices.IsSorted(k.Edges) || len(slices.Compact(slices.Clone(k.Edges))) != len(k.Edges) {
			t.Errorf("seed %d: edges come twice or unsorted", seed)
		}
		top := 0
		for _, v := range k.from {
			top = max(top, int(k.first[v+1]-k.first[v]))
		}
		for _, e := range k.Edges {
			if e>>32 == e&(1<<32-1) || e>>32 >= 1<<scale || e&(1<<32-1) >= 1<<scale {
				t.Fatalf("seed %d: edge from %d to %d", seed, e>>32, uint32(e))
			}
		}
		if len(k.Edges) != edges || len(k.from) != from || top != widest {
			t.Errorf("seed %d, scale %d: %d edges of %d vertices, the widest with %d; want %d, %d, %d", seed, scale, len(k.Edges), len(k.from), top, edges, from, widest)
		}
		again := k.Shuffled(7)
		if slices.Equal(again, k.Edges) {
			t.Errorf("seed %d: not shuffled", seed)
		}
		if slices.Sort(again); !slices.Equal(again, k.Edges) {
			t.Errorf("seed %d: shuffled are other edges", seed)
		}
	}
	f(1, 8, 2620, 207, 120)
	f(42, 12, 53435, 2993, 952)
}

// TestReached holds the walk against relations multiplied one by one.
func TestReached(t *testing.T) {
	k := NewKronecker(3, 6)
	far := map[uint32]map[uint32]bool{}
	for _, e := range k.Edges {
		from := uint32(e >> 32)
		if far[from] == nil {
			far[from] = map[uint32]bool{}
		}
		far[from][uint32(e)] = true
	}
	for start := range uint32(1 << k.Scale) {
		all, last := map[uint32]bool{}, map[uint32]bool{start: true}
		for hops := 1; hops <= 3; hops++ {
			next := map[uint32]bool{}
			for v := range last {
				for w := range far[v] {
					next[w], all[w] = true, true
				}
			}
			last = next
			if got := k.Reached(start, hops); got != len(all) {
				t.Fatalf("%d hops from %d reach %d, want %d", hops, start, got, len(all))
			}
		}
	}
}

// TestGraphStatements checks that both texts carry the same start and length.
func TestGraphStatements(t *testing.T) {
	w := Graph(1, scaleRows(8))
	if len(w.Statements) != len(graphHops) {
		t.Fatalf("%d statements, want %d", len(w.Statements), len(graphHops))
	}
	for i, st := range w.Statements {
		q := st.question(9)
		start, err := startOf(q.SQL)
		if err != nil {
			t.Fatal(err)
		}
		if q.SQL != hopsSQL(start, graphHops[i].hops) || q.For("duckdb") != hopsDuck(start, graphHops[i].hops) {
			t.Errorf("%s: %q and %q", st.Name, q.SQL, q.For("duckdb"))
		}
		if st.Check(q, [][]any{{int64(-1)}}) == "" {
			t.Errorf("%s: a wrong count is taken for right", st.Name)
		}
	}
}

func TestScale(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var s scaleFlag
		if err := s.Set(text); (err != nil) != (want == "") || s.String() != want {
			t.Errorf("%q is %q, %v; want %q", text, s.String(), err, want)
		}
	}
	f("1", "1")
	f("16", "16")
	f("24", "24")
	f("0", "")
	f("25", "")
	f("x", "")
}

// TestGraphFiles checks the rows that are written.
func TestGraphFiles(t *testing.T) {
	w := Graph(1, scaleRows(8))
	for _, d := range w.Tables {
		var lines bytes.Buffer
		d.NDJSON(func(line []byte) bool { lines.Write(line); return true })
		if n := strings.Count(lines.String(), "\n"); n != d.Rows {
			t.Errorf("%s: %d lines, want %d", d.Name, n, d.Rows)
		}
	}
}
