package quindex

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestLargeWalks walks over thousands of vertices, where steps are shared by
// workers, go from the far ends, and ends are looked up: as a search over maps
// does, before and after deletes and upserts.
func TestLargeWalks(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test -run TestLargeWalks . -seed %d", seed)
	for i, l := range layouts() {
		switch l.name {
		case "sealed", "tiny-segments", "merged", "one-shard", "no-index":
		default:
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, uint64(200+i)))
			l.naive = false // a plan of joins would list every walk; NoIndexes stays
			db := openDatabase(t, l)
			g := &largeGraph{Rand: rnd, t: t, db: db, live: map[int]bool{}, edges: map[[2]int]int{}}
			mustRun(t, db, "CREATE TABLE v (id BIGINT PRIMARY KEY, w BIGINT)")
			mustRun(t, db, "CREATE TABLE e (s BIGINT, d BIGINT, w BIGINT, PRIMARY KEY (s, d))")
			g.insert(4000, 9000)
			mustRun(t, db, "CREATE PROPERTY GRAPH g VERTEX TABLES (v KEY (id)) EDGE TABLES (e SOURCE KEY (s) REFERENCES v DESTINATION KEY (d) REFERENCES v)")
			for range 3 {
				for range 6 {
					g.compare(seed)
				}
				g.insert(300, 2000)
				from := rnd.IntN(4500)
				mustRun(t, db, fmt.Sprintf("DELETE FROM v WHERE id BETWEEN %d AND %d", from, from+200))
				maps.DeleteFunc(g.live, func(v int, _ bool) bool { return v >= from && v <= from+200 })
				mustRun(t, db, fmt.Sprintf("DELETE FROM e WHERE s %% 37 = %d", from%37))
				maps.DeleteFunc(g.edges, func(e [2]int, _ int) bool { return e[0]%37 == from%37 })
			}
		})
	}
}

// largeGraph has edges of all vertices, and many of a few.
type largeGraph struct {
	*rand.Rand
	t     *testing.T
	db    *database
	live  map[int]bool
	edges map[[2]int]int // with a weight
}

func (g *largeGraph) insert(vertices, edges int) {
	g.t.Helper()
	var v, e []string
	for range vertices {
		id := g.IntN(5000)
		if !g.live[id] {
			v = append(v, fmt.Sprintf("(%d, %d)", id, g.IntN(100)))
		}
		g.live[id] = true
	}
	added := map[[2]int]int{}
	for range edges {
		at := [2]int{g.IntN(5000), g.IntN(5000)}
		if g.IntN(4) == 0 {
			at[g.IntN(2)] /= 250 // one of twenty
		}
		added[at] = g.IntN(10)
	}
	for at, w := range added {
		e = append(e, fmt.Sprintf("(%d, %d, %d)", at[0], at[1], w))
	}
	maps.Copy(g.edges, added)
	mustRun(g.t, g.db, "INSERT INTO v VALUES "+strings.Join(v, ", "))
	mustRun(g.t, g.db, "INSERT INTO e VALUES "+strings.Join(e, ", "))
}

func (g *largeGraph) compare(seed uint64) {
	g.t.Helper()
	least, most, weight, back := 1+g.IntN(2), 2+g.IntN(3), 4+g.IntN(8), g.IntN(3) == 0
	start, wide := g.IntN(5000), 1
	if g.IntN(2) == 0 {
		wide = 700
	}
	near := map[int][]int{}
	for e, w := range g.edges {
		if w <= weight && g.live[e[0]] && g.live[e[1]] {
			if back {
				e[0], e[1] = e[1], e[0]
			}
			near[e[0]] = append(near[e[0]], e[1])
		}
	}
	level, want := map[int]bool{}, map[int]bool{}
	for v := range g.live {
		if v >= start && v < start+wide {
			level[v] = true
		}
	}
	for k := 0; k <= most; k++ {
		if k >= least {
			maps.Copy(want, level)
		}
		next := map[int]bool{}
		for v := range level {
			for _, to := range near[v] {
				next[to] = true
			}
		}
		level = next
	}
	sum := 0
	for v := range want {
		sum += v
	}
	edge := "-[x WHERE x.w <= %d]->"
	if back {
		edge = "<-[x WHERE x.w <= %d]-"
	}
	sql := fmt.Sprintf("SELECT count(*), coalesce(sum(id), 0) FROM v WHERE id IN (SELECT id FROM GRAPH_TABLE (g MATCH (a WHERE a.id >= %d AND a.id < %d)"+edge+"{%d,%d}(b) COLUMNS (b.id AS id)))",
		start, start+wide, weight, least, most)
	a, err := g.db.run(g.t, sql)
	if err != nil {
		g.t.Fatalf("seed %d: %s: %v", seed, sql, err)
	}
	if have := strings.Join(a.rows[0], " "); have != fmt.Sprint(len(want), " ", sum) {
		g.t.Errorf("seed %d: %s\ngives %s, want %d %d", seed, sql, have, len(want), sum)
	}
}
