package quindex

import (
	"fmt"
	"maps"
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
	edges  map[int][3]int // by id: source, target, weight

	keyed bool // the table of edges has a key
	next  int  // the id of the next edge
}

// randomStep is one edge of a random pattern.
type randomStep struct {
	dir         string // "->", "<-", "-"
	least, most int    // 1, 1: no quantifier
	edgeMost    int    // condition on the edge's weight, 99: none
	farLeast    int    // condition on the far vertex's weight, 0: none
}

// TestRandomGraphs compares random patterns with an enumeration of all walks,
// on every layout, between random changes of vertices and edges.
func TestRandomGraphs(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test -run TestRandomGraphs . -seed %d", seed)
	for i, l := range layouts() {
		t.Run(l.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, uint64(i)))
			g := newRandomGraph(rnd)
			db := openDatabase(t, l)
			for _, s := range g.statements(rnd.IntN(len(edgeTables))) {
				mustRun(t, db, s)
			}
			for range 6 {
				for range 6 {
					g.compare(t, db, rnd, seed)
				}
				for range 1 + rnd.IntN(4) {
					g.change(t, db, rnd)
				}
			}
			g.compare(t, db, rnd, seed)
		})
	}
}

// edgeTables are the ways in which a table of edges may be made.
var edgeTables = []struct {
	ddl   string
	keyed bool // an INSERT of an id that is there replaces its row
}{
	{"CREATE TABLE e (id BIGINT PRIMARY KEY, s KEYWORD, d KEYWORD, w BIGINT)", true},
	{"CREATE TABLE e (id BIGINT, s KEYWORD, d KEYWORD, w BIGINT) WITH (shard_by = 's')", false},
	{"CREATE TABLE e (id BIGINT, s KEYWORD, d KEYWORD, w BIGINT, at TIMESTAMP DEFAULT '2001-01-01') WITH (time = 'at', series = 's,d')", false},
}

func newRandomGraph(rnd *rand.Rand) *randomGraph {
	g := &randomGraph{weight: map[int]int{}, edges: map[int][3]int{}}
	for k := range 12 {
		g.weight[k] = rnd.IntN(10)
	}
	for id := range 30 {
		g.edges[id] = randomEdge(rnd)
	}
	return g
}

// randomEdge may lead to 12 and 13, which are no vertices at first.
func randomEdge(rnd *rand.Rand) [3]int { return [3]int{rnd.IntN(14), rnd.IntN(14), rnd.IntN(10)} }

func (g *randomGraph) insertVertices(keys ...int) string {
	var v []string
	for _, k := range keys {
		v = append(v, fmt.Sprintf("('k%d', %d)", k, g.weight[k]))
	}
	return "INSERT INTO v VALUES " + strings.Join(v, ", ")
}

func (g *randomGraph) insertEdges(ids ...int) string {
	var e []string
	for _, id := range ids {
		x := g.edges[id]
		e = append(e, fmt.Sprintf("(%d, 'k%d', 'k%d', %d)", id, x[0], x[1], x[2]))
	}
	return "INSERT INTO e (id, s, d, w) VALUES " + strings.Join(e, ", ")
}

func (g *randomGraph) statements(table int) []string {
	g.keyed, g.next = edgeTables[table].keyed, len(g.edges)
	ids := slices.Sorted(maps.Keys(g.edges))
	return []string{
		"CREATE TABLE v (id KEYWORD PRIMARY KEY, w BIGINT)",
		edgeTables[table].ddl,
		g.insertVertices(slices.Sorted(maps.Keys(g.weight))...),
		g.insertEdges(ids[:15]...),
		"CREATE PROPERTY GRAPH g VERTEX TABLES (v KEY (id)) EDGE TABLES (e SOURCE KEY (s) REFERENCES v (id) DESTINATION KEY (d) REFERENCES v (id))",
		g.insertEdges(ids[15:]...),
	}
}

// change makes one random change of the rows, and of what they should be.
func (g *randomGraph) change(t *testing.T, db *database, rnd *rand.Rand) {
	t.Helper()
	a, b, w := rnd.IntN(14), rnd.IntN(14), rnd.IntN(10)
	switch rnd.IntN(10) {
	case 0, 1: // a vertex comes, or another weight replaces its own
		g.weight[a], g.weight[b] = w, rnd.IntN(10)
		mustRun(t, db, g.insertVertices(a, b))
	case 2:
		delete(g.weight, a)
		mustRun(t, db, fmt.Sprintf("DELETE FROM v WHERE id = 'k%d'", a))
	case 3:
		if w < 8 { // most stay
			return
		}
		maps.DeleteFunc(g.weight, func(_, have int) bool { return have == w })
		mustRun(t, db, fmt.Sprintf("DELETE FROM v WHERE w = %d", w))
	case 4:
		for k, have := range g.weight {
			if have >= w {
				g.weight[k] = (have + 3) % 10
			}
		}
		mustRun(t, db, fmt.Sprintf("UPDATE v SET w = (w + 3) %% 10 WHERE w >= %d", w))
	case 5, 6: // new edges, and others in the place of old ones
		ids := []int{g.next, g.next + 1}
		if g.next += 2; g.keyed {
			ids = append(ids, rnd.IntN(g.next-2))
		}
		for _, id := range ids {
			g.edges[id] = randomEdge(rnd)
		}
		mustRun(t, db, g.insertEdges(ids...))
	case 7: // some lead elsewhere
		for id, x := range g.edges {
			if x[2] == w {
				g.edges[id] = [3]int{x[0], a, x[2]}
			}
		}
		mustRun(t, db, fmt.Sprintf("UPDATE e SET d = 'k%d' WHERE w = %d", a, w))
	case 8:
		maps.DeleteFunc(g.edges, func(_ int, x [3]int) bool { return x[0] == a && x[2] < w })
		mustRun(t, db, fmt.Sprintf("DELETE FROM e WHERE s = 'k%d' AND w < %d", a, w))
	case 9:
		maps.DeleteFunc(g.edges, func(_ int, x [3]int) bool { return x[0] == a && x[1] == b })
		mustRun(t, db, fmt.Sprintf("DELETE FROM e WHERE s = 'k%d' AND d = 'k%d'", a, b))
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
		check(fmt.Sprintf("SELECT a, b FROM GRAPH_TABLE (g MATCH %s WHERE v0.w + v%d.w > 9 COLUMNS (v0.id AS a, v%[2]d.id AS b))", pattern, len(steps)),
			g.heavy(pairs, 9))
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
	g.compareShortest(t, db, rnd, seed)
	g.compareAllShortest(t, db, rnd, seed)
}

// compareAllShortest holds ALL SHORTEST to a list of all walks.
func (g *randomGraph) compareAllShortest(t *testing.T, db *database, rnd *rand.Rand, seed uint64) {
	t.Helper()
	s := randomStep{dir: []string{"->", "<-", "-"}[rnd.IntN(3)], edgeMost: 2 + rnd.IntN(8), least: rnd.IntN(3)}
	s.most = s.least + 1 + rnd.IntN(2)
	start, end := rnd.IntN(6), rnd.IntN(9)
	body := fmt.Sprintf("[x WHERE x.w <= %d]", s.edgeMost)
	edge := map[string]string{"->": "-" + body + "->", "<-": "<-" + body + "-", "-": "-" + body + "-"}[s.dir]
	var want []string
	for v, w := range g.weight {
		if w < start {
			continue
		}
		found := map[int]int{}
		level := [][]int{{v}}
		for k := 0; k <= s.most; k++ {
			var next [][]int
			for _, path := range level {
				at := path[k]
				if _, ok := found[at]; !ok && k >= s.least {
					found[at] = k
				}
				if k >= s.least && found[at] == k && g.weight[at] >= end {
					want = append(want, strings.ReplaceAll(strings.Trim(fmt.Sprint(path), "[]"), " ", " k"))
				}
				for _, far := range g.step(at, s) {
					next = append(next, append(slices.Clone(path), far))
				}
			}
			level = next
		}
	}
	columns := "vertices(p) AS path"
	if rnd.IntN(3) == 0 { // without the way the number of rows is the same
		columns = "a.id AS a, b.id AS b"
		for i, path := range want {
			keys := strings.Fields(path)
			want[i] = keys[0] + " k" + strings.TrimPrefix(keys[len(keys)-1], "k")
		}
	}
	sql := fmt.Sprintf("SELECT * FROM GRAPH_TABLE (g MATCH p = ALL SHORTEST (a WHERE a.w >= %d)%s{%d,%d}(b WHERE b.w >= %d) COLUMNS (%s))", start, edge, s.least, s.most, end, columns)
	a, err := db.run(t, sql)
	if err != nil {
		t.Fatalf("seed %d: %s: %v", seed, sql, err)
	}
	var have []string
	for _, r := range a.rows {
		path := strings.FieldsFunc(strings.Join(r, " "), func(c rune) bool { return strings.ContainsRune("{}[],\" ", c) })
		have = append(have, strings.TrimPrefix(strings.Join(path, " "), "k"))
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(have, want) {
		t.Errorf("seed %d: %s\ngraph %v\nhave %v\nwant %v", seed, sql, g, have, want)
	}
}

// heavy keeps the pairs whose weights together are more than least.
func (g *randomGraph) heavy(pairs []string, least int) []string {
	return slices.DeleteFunc(slices.Clone(pairs), func(p string) bool {
		var a, b int
		fmt.Sscanf(p, "k%d k%d", &a, &b)
		return g.weight[a]+g.weight[b] <= least
	})
}

// compareShortest holds ANY SHORTEST to lengths found level by level, and every
// path that it gives to the edges.
func (g *randomGraph) compareShortest(t *testing.T, db *database, rnd *rand.Rand, seed uint64) {
	t.Helper()
	s := randomStep{dir: []string{"->", "<-", "-"}[rnd.IntN(3)], edgeMost: 2 + rnd.IntN(8)}
	s.least = rnd.IntN(3)
	s.most = s.least + 1 + rnd.IntN(4)
	start := rnd.IntN(6)
	body := fmt.Sprintf("[x WHERE x.w <= %d]", s.edgeMost)
	edge := map[string]string{"->": "-" + body + "->", "<-": "<-" + body + "-", "-": "-" + body + "-"}[s.dir]
	sql := fmt.Sprintf("SELECT a, b, n, path FROM GRAPH_TABLE (g MATCH p = ANY SHORTEST (a WHERE a.w >= %d)%s{%d,%d}(b) COLUMNS (a.id AS a, b.id AS b, path_length(p) AS n, vertices(p) AS path))",
		start, edge, s.least, s.most)
	a, err := db.run(t, sql)
	if err != nil {
		t.Fatalf("seed %d: %s: %v", seed, sql, err)
	}
	want := map[string]int{}
	for v, w := range g.weight {
		if w < start {
			continue
		}
		level := map[int]bool{v: true}
		for k := 0; k <= s.most; k++ {
			next := map[int]bool{}
			for v2 := range level {
				pair := fmt.Sprintf("k%d k%d", v, v2)
				if _, seen := want[pair]; !seen && k >= s.least {
					want[pair] = k
				}
				for _, far := range g.step(v2, s) {
					next[far] = true
				}
			}
			level = next
		}
	}
	for _, r := range a.rows {
		n, ok := want[r[0]+" "+r[1]]
		delete(want, r[0]+" "+r[1])
		path := strings.FieldsFunc(r[3], func(c rune) bool { return strings.ContainsRune("{}[],\" ", c) })
		right := ok && r[2] == fmt.Sprint(n) && len(path) == n+1 && path[0] == r[0] && path[n] == r[1]
		for i := 0; right && i < n; i++ {
			var from, to int
			fmt.Sscanf(path[i]+" "+path[i+1], "k%d k%d", &from, &to)
			right = slices.Contains(g.step(from, s), to)
		}
		if !right {
			t.Errorf("seed %d: %s gives %v, want a path of %d steps, %v\ngraph %v", seed, sql, r, n, ok, g)
		}
	}
	if len(want) > 0 {
		t.Errorf("seed %d: %s does not give %v\ngraph %v", seed, sql, want, g)
	}
}
