package quindex

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRandomAlgorithms holds the functions of FROM over a graph to slow ones
// over maps, on every layout, between random changes.
func TestRandomAlgorithms(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test -run TestRandomAlgorithms . -seed %d", seed)
	for i, l := range layouts() {
		t.Run(l.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, uint64(100+i)))
			g := newRandomGraph(rnd)
			db := openDatabase(t, l)
			for _, s := range g.statements(rnd.IntN(len(edgeTables))) {
				mustRun(t, db, s)
			}
			for range 8 {
				g.compareAlgorithms(t, db, rnd, seed)
				for range 1 + rnd.IntN(5) {
					g.change(t, db, rnd)
				}
			}
		})
	}
}

func (g *randomGraph) compareAlgorithms(t *testing.T, db *database, rnd *rand.Rand, seed uint64) {
	t.Helper()
	ask := func(sql string) map[string]string {
		t.Helper()
		a, err := db.run(t, sql)
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, sql, err)
		}
		out := map[string]string{}
		for _, r := range a.rows {
			if _, twice := out[r[0]]; twice || r[2] != "v" {
				t.Errorf("seed %d: %s gives %v, of v and once", seed, sql, r)
			}
			out[r[0]] = r[1]
		}
		return out
	}
	same := func(sql string, have, want map[string]string) {
		t.Helper()
		if !maps.Equal(have, want) {
			t.Errorf("seed %d: %s\ngraph %v\nhave %v\nwant %v", seed, sql, g, have, want)
		}
	}
	iterations, damping := 1+rnd.IntN(8), float64(rnd.IntN(5))/4
	sql := fmt.Sprintf("SELECT * FROM pagerank('g', iterations => %d, damping => %g)", iterations, damping)
	ranks, want := ask(sql), g.pageRank(iterations, damping)
	for k, r := range want {
		have, err := strconv.ParseFloat(ranks[k], 64)
		if err != nil || math.Abs(have-r) > 1e-12 || len(ranks) != len(want) {
			t.Errorf("seed %d: %s\ngraph %v\n%s has rank %s, want %g", seed, sql, g, k, ranks[k], r)
		}
	}
	sql = "SELECT * FROM wcc('g', 'e') c"
	same(sql, ask(sql), g.components())
	sql = "SELECT id, triangles, element FROM triangle_count('g')"
	same(sql, ask(sql), g.triangles())
	from, to := rnd.IntN(14), rnd.IntN(14)
	sql = fmt.Sprintf("SELECT id, step, element FROM shortest_path('g', 'k%d', 'k%d')", from, to)
	path := ask(sql)
	if n := g.distance(from, to); len(path) != n+1 {
		t.Errorf("seed %d: %s\ngraph %v\ngives %v, want %d steps", seed, sql, g, path, n)
	} else if n >= 0 {
		at := make([]int, n+1)
		for k, step := range path {
			i, _ := strconv.Atoi(step)
			fmt.Sscanf(k, "k%d", &at[min(i, n)])
		}
		ok := at[0] == from && at[n] == to
		for i := range n {
			ok = ok && slices.Contains(g.step(at[i], randomStep{dir: "->", edgeMost: 99}), at[i+1])
		}
		if !ok {
			t.Errorf("seed %d: %s\ngraph %v\ngives %v, which is no path", seed, sql, g, path)
		}
	}
}

func (g *randomGraph) pageRank(iterations int, damping float64) map[string]float64 {
	rank := map[int]float64{}
	for k := range g.weight {
		rank[k] = 1 / float64(len(g.weight))
	}
	for range iterations {
		next := map[int]float64{}
		for k, r := range rank {
			far := g.step(k, randomStep{dir: "->", edgeMost: 99})
			if len(far) == 0 {
				far = slices.Collect(maps.Keys(g.weight))
			}
			for _, to := range far {
				next[to] += r / float64(len(far))
			}
		}
		for k := range g.weight {
			rank[k] = (1-damping)/float64(len(g.weight)) + damping*next[k]
		}
	}
	out := map[string]float64{}
	for k, r := range rank {
		out[fmt.Sprint("k", k)] = r
	}
	return out
}

func (g *randomGraph) components() map[string]string {
	out := map[string]string{}
	for k := range g.weight {
		reached := map[int]bool{k: true}
		for again := true; again; {
			again = false
			for v := range maps.Clone(reached) {
				for _, to := range g.step(v, randomStep{dir: "-", edgeMost: 99}) {
					again = again || !reached[to]
					reached[to] = true
				}
			}
		}
		var keys []string
		for v := range reached {
			keys = append(keys, fmt.Sprint("k", v))
		}
		out[fmt.Sprint("k", k)] = slices.MinFunc(keys, strings.Compare)
	}
	return out
}

func (g *randomGraph) triangles() map[string]string {
	near := map[int]map[int]bool{}
	for k := range g.weight {
		near[k] = map[int]bool{}
		for _, to := range g.step(k, randomStep{dir: "-", edgeMost: 99}) {
			if to != k {
				near[k][to] = true
			}
		}
	}
	out := map[string]string{}
	for k := range g.weight {
		n := 0
		for a := range near[k] {
			for b := range near[k] {
				if a < b && near[a][b] {
					n++
				}
			}
		}
		out[fmt.Sprint("k", k)] = strconv.Itoa(n)
	}
	return out
}

// distance is the steps from a to b, -1 for none.
func (g *randomGraph) distance(a, b int) int {
	if _, ok := g.weight[a]; !ok {
		return -1
	}
	level, seen := map[int]bool{a: true}, map[int]bool{}
	for n := 0; len(level) > 0; n++ {
		if level[b] {
			return n
		}
		next := map[int]bool{}
		for v := range level {
			seen[v] = true
		}
		for v := range level {
			for _, to := range g.step(v, randomStep{dir: "->", edgeMost: 99}) {
				if !seen[to] {
					next[to] = true
				}
			}
		}
		level = next
	}
	return -1
}
