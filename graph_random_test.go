package quindex

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// randomGraph is a graph in memory: vertices by key with a weight, edges with a
// weight; some edges lead nowhere.
type randomGraph struct {
	weight map[int]int
	edges  [][3]int // source, target, weight
}

// randomStep is one edge of a random pattern.
type randomStep struct {
	dir         string // "->", "<-", "-"
	least, most int    // 1, 1: no quantifier
	edgeMost    int    // condition on the edge's weight, 99: none
	farLeast    int    // condition on the far vertex's weight, 0: none
}

// TestRandomGraphs compares random patterns with an enumeration of all walks,
// on layouts with and without indexes.
func TestRandomGraphs(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	for _, l := range layouts() {
		switch l.name {
		case "open", "sealed", "merged", "no-index", "one-shard":
		default:
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			g := newRandomGraph(rnd)
			db := openDatabase(t, l)
			for _, s := range g.statements() {
				if _, err := db.run(t, s); err != nil {
					t.Fatalf("seed %d: %s: %v", seed, s, err)
				}
			}
			for range 25 {
				g.compare(t, db, rnd, seed)
			}
		})
	}
}

func newRandomGraph(rnd *rand.Rand) *randomGraph {
	g := &randomGraph{weight: map[int]int{}}
	for k := range 12 {
		g.weight[k] = rnd.IntN(10)
	}
	for range 30 {
		g.edges = append(g.edges, [3]int{rnd.IntN(14), rnd.IntN(14), rnd.IntN(10)}) // 12 and 13 are no vertices
	}
	return g
}

func (g *randomGraph) statements() []string {
	var v, e []string
	for k, w := range g.weight {
		v = append(v, fmt.Sprintf("('k%d', %d)", k, w))
	}
	for _, x := range g.edges {
		e = append(e, fmt.Sprintf("('k%d', 'k%d', %d)", x[0], x[1], x[2]))
	}
	return []string{
		"CREATE TABLE v (id KEYWORD, w BIGINT)",
		"CREATE TABLE e (s KEYWORD, d KEYWORD, w BIGINT)",
		"INSERT INTO v VALUES " + strings.Join(v, ", "),
		"INSERT INTO e VALUES " + strings.Join(e[:15], ", "),
		"CREATE PROPERTY GRAPH g VERTEX TABLES (v KEY (id)) EDGE TABLES (e SOURCE KEY (s) REFERENCES v (id) DESTINATION KEY (d) REFERENCES v (id))",
		"INSERT INTO e VALUES " + strings.Join(e[15:], ", "),
	}
}

// step returns the far ends of one edge pattern's single step, one for each edge.
func (g *randomGraph) step(from int, s randomStep) []int {
	var out []int
	for _, e := range g.edges {
		_, ok1 := g.weight[e[0]]
		_, ok2 := g.weight[e[1]]
		if !ok1 || !ok2 || e[2] > s.edgeMost {
			continue
		}
		if e[0] == from && s.dir != "<-" {
			out = append(out, e[1])
		}
		if e[1] == from && s.dir != "->" && !(s.dir == "-" && e[0] == e[1]) {
			out = append(out, e[0])
		}
	}
	return out
}

// far returns the far ends of all walks of an edge pattern.
func (g *randomGraph) far(from int, s randomStep) []int {
	var out []int
	level := []int{from}
	for k := 0; k <= s.most; k++ {
		if k >= s.least {
			for _, v := range level {
				if g.weight[v] >= s.farLeast {
					out = append(out, v)
				}
			}
		}
		var next []int
		for _, v := range level {
			next = append(next, g.step(v, s)...)
		}
		level = next
	}
	return out
}

func (g *randomGraph) compare(t *testing.T, db *database, rnd *rand.Rand, seed uint64) {
	t.Helper()
	start := rnd.IntN(10)
	steps := make([]randomStep, 1+rnd.IntN(3))
	pattern := fmt.Sprintf("(v0 WHERE v0.w >= %d)", start)
	for i := range steps {
		s := randomStep{dir: []string{"->", "<-", "-"}[rnd.IntN(3)], least: 1, most: 1, edgeMost: 99}
		quantifier := ""
		if rnd.IntN(2) == 0 {
			s.least = rnd.IntN(3)
			s.most = max(1, s.least+rnd.IntN(2))
			quantifier = fmt.Sprintf("{%d,%d}", s.least, s.most)
		}
		body := "[]"
		if rnd.IntN(2) == 0 {
			s.edgeMost = rnd.IntN(10)
			body = fmt.Sprintf("[x%d WHERE x%d.w <= %d]", i, i, s.edgeMost)
		}
		if rnd.IntN(2) == 0 {
			s.farLeast = rnd.IntN(6)
		}
		edge := map[string]string{"->": "-" + body + "->", "<-": "<-" + body + "-", "-": "-" + body + "-"}[s.dir]
		pattern += edge + quantifier + fmt.Sprintf("(v%d WHERE v%d.w >= %d)", i+1, i+1, s.farLeast)
		steps[i] = s
	}
	var pairs []string
	for a := range g.weight {
		if g.weight[a] < start {
			continue
		}
		ends := []int{a}
		for _, s := range steps {
			var next []int
			for _, v := range ends {
				next = append(next, g.far(v, s)...)
			}
			ends = next
		}
		for _, b := range ends {
			pairs = append(pairs, fmt.Sprintf("k%d k%d", a, b))
		}
	}
	from := fmt.Sprintf("FROM GRAPH_TABLE (g MATCH %s COLUMNS (v0.id AS a, v%d.id AS b))", pattern, len(steps))
	check := func(sql string, want []string) {
		t.Helper()
		a, err := db.run(t, sql)
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, sql, err)
		}
		var got []string
		for _, r := range a.rows {
			got = append(got, strings.Join(r, " "))
		}
		want = slices.Clone(want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("seed %d: %s\ngraph %v\ngot  %v\nwant %v", seed, sql, g, got, want)
		}
	}
	if len(pairs) < 20_000 {
		check("SELECT a, b "+from, pairs)
	}
	slices.Sort(pairs)
	distinct := slices.Compact(slices.Clone(pairs))
	check("SELECT DISTINCT a, b "+from, distinct)
	var starts, ends []string
	for _, p := range distinct {
		a, b, _ := strings.Cut(p, " ")
		starts, ends = append(starts, a), append(ends, b)
	}
	for i, list := range [][]string{starts, ends} {
		slices.Sort(list)
		check("SELECT DISTINCT "+[]string{"a ", "b "}[i]+from, slices.Compact(slices.Clone(list)))
	}
	check("SELECT id FROM v WHERE id IN (SELECT b "+from+")", slices.Compact(ends))
}
