package bench

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// indexesOf lists, by workload, what statements whose names begin so are
// answered by; a part whose rows only are counted is named otherwise.
var indexesOf = map[string]map[string][]string{
	"columnar": {"q01": {"by columnar|columnar."}, "q02": {"columnar."}, "q03": {"columnar."}, "q04": {"columnar."}, "q05": {"columnar."}, "q06": {"columnar.zones"},
		"q07": {"columnar."}, "q15": {"columnar.bloom"}, "q16": {"columnar."}, "q17": {"columnar."}, "q18": {"columnar."}, "q20": {"columnar."}, "q21": {"columnar."}},
	"search": {"": {"search.|by search"}, "term": {"search.TopK"}, "or": {"search.TopK"}, "and": {"search.TopK"}, "phrase": {"search.TopK"},
		"count-phrase": {"search.positions|by search"}, "count-fuzzy": {"search.automaton|by search"}, "count-prefix": {"search.automaton|by search"}},
	"geo":        {"count": {"geo.tree|by geo"}, "list": {"geo.tree"}, "nearest": {"geo.Nearest"}},
	"timeseries": {"": {"timeseries."}, "lastpoint": {"timeseries.Newest"}},
	"graph":      {"": {"graph.Walk"}},
	"mixed": {"m01_text": {"search.", "columnar."}, "m02_place": {"geo.tree", "columnar."}, "m03": {"columnar."}, "m04_text_place": {"search.", "geo.tree"},
		"m05": {"columnar."}, "m06_place": {"geo.tree"}, "m07_graph_text": {"graph.Walk", "graph.vertices", "search."}, "m08_graph_place": {"graph.Walk", "geo.tree"},
		"m09_graph": {"graph.Walk", "columnar."}, "m10_five": {"graph.Walk", "search.", "geo.tree", "columnar."}},
}

// TestIndexesAnswer asks every workload's statements which index answers them:
// each condition by its engine, and none row by row.
func TestIndexesAnswer(t *testing.T) {
	rows := map[string]int{"columnar": 30_000, "search": 5000, "geo": 20_000, "timeseries": 20_000, "mixed": 20_000, "graph": scaleRows(8)}
	for _, known := range workloads {
		t.Run(known.name, func(t *testing.T) {
			w, q := loaded(t, known.name, rows[known.name])
			defer q.Close()
			for _, st := range w.Statements {
				sql := st.question(1).SQL
				plan := explained(t, q, sql)
				for prefix, wants := range indexesOf[known.name] {
					if !strings.HasPrefix(st.Name, prefix) {
						continue
					}
					for _, want := range wants {
						if !slices.ContainsFunc(strings.Split(want, "|"), func(w string) bool { return strings.Contains(plan, w) }) {
							t.Errorf("%s: %s is not in\n%s", st.Name, want, plan)
						}
					}
				}
				if strings.Contains(plan, "eval.Scan") || strings.Contains(plan, "open.Scan") {
					t.Errorf("%s: rows are looked at one by one in\n%s", st.Name, plan)
				}
			}
		})
	}
}

// loaded is a server that holds a workload.
func loaded(t *testing.T, name string, rows int) (*Workload, *Quindex) {
	t.Helper()
	w, err := NewWorkload(name, 1, rows)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := w.WriteFiles(dir); err != nil {
		t.Fatal(err)
	}
	q, err := NewQuindex(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Load(t.Context(), w, dir); err != nil {
		q.Close()
		t.Fatal(err)
	}
	return w, q
}

func explained(t *testing.T, q *Quindex, sql string) string {
	t.Helper()
	rows, err := q.Query(t.Context(), "EXPLAIN ANALYZE "+sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintln(&b, r[0])
	}
	return b.String()
}
