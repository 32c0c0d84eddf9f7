package quindex

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/quindex/quindex/store"
)

// gathered is how many of a table's shards a query reads, as EXPLAIN has it.
func gathered(t *testing.T, db *database, sql string) (read, of int) {
	t.Helper()
	a, err := db.run(t, "EXPLAIN "+sql)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range a.rows {
		if _, at, ok := strings.Cut(row[0], "Gather shards="); ok {
			fmt.Sscanf(at, "%d/%d", &read, &of)
			return read, of
		}
	}
	t.Fatalf("no Gather in the plan of %s: %v", sql, a.rows)
	return 0, 0
}

func runOrFail(t *testing.T, db *database, sql string) *answer {
	t.Helper()
	a, err := db.run(t, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return a
}

// TestShardsByPlace: a statement with a condition on the place that a table is
// sharded by asks only the shards that it is near.
func TestShardsByPlace(t *testing.T) {
	db := openDatabase(t, layout{name: "places", shards: 8, store: store.Options{TailRows: 1}})
	runOrFail(t, db, "CREATE TABLE p (id BIGINT, loc POINT) WITH (shard_by = 'geo(loc)')")
	var all []string
	for i := range 500 {
		lon, lat := somewhere(rand.New(rand.NewPCG(uint64(i), 1)))
		all = append(all, fmt.Sprintf("(%d, ST_MakePoint(%v, %v))", i, lon, lat))
	}
	runOrFail(t, db, "INSERT INTO p VALUES (-1, NULL), "+strings.Join(all, ", "))
	db.flush(t)
	holding := 0
	for id, shard := range db.node.Segments() {
		for _, s := range shard {
			if s.Rows > 0 {
				holding++
				t.Logf("shard %d: %d rows", id, s.Rows)
				break
			}
		}
	}
	if holding != 8 {
		t.Errorf("%d of 8 shards hold rows", holding)
	}
	f := func(where string, want int) {
		t.Helper()
		read, of := gathered(t, db, "SELECT id FROM p WHERE "+where)
		if read != want || of != 8 {
			t.Errorf("%s: %d/%d shards, want %d/8", where, read, of, want)
		}
	}
	f("ST_DWithin(loc, ST_MakePoint(10, 50), 1000)", 1)
	f("ST_Distance(loc, ST_MakePoint(10, 50)) < 1000", 1)
	f("ST_Covers('POLYGON((10 50, 11 50, 10 51, 10 50))', loc) AND id > 5", 1)
	f("ST_Within(loc, ST_MakeEnvelope(10, 50, 10.1, 50.1)) OR loc IS NULL", 2)
	f("ST_DWithin(loc, ST_MakePoint(10, 50), 1000) AND ST_DWithin(loc, ST_MakePoint(-70, -30), 1000)", 0)
	f("ST_S2Cell(loc, 9) = ST_S2Cell(ST_MakePoint(10, 50), 9)", 1)
	f("ST_GeoHash(loc, 4) = 'u33d'", 1)
	f("loc IS NULL", 1)
	f("loc IS NOT NULL", 8)
	f("id = 3", 8)
	f("ST_DWithin(loc, ST_MakePoint(10, 50), 1000) OR id = 3", 8)
	f("NOT ST_DWithin(loc, ST_MakePoint(10, 50), 1000)", 8)
	f("ST_DWithin(loc, ST_MakePoint(10, 50), 30000000)", 8)
}

// somewhere is a place: in one of a few towns, two of them where degrees end,
// or anywhere.
func somewhere(r *rand.Rand) (lon, lat float64) {
	towns := [][2]float64{{10, 50}, {179.9, 0}, {0, 89.9}, {-70, -30}}
	if n := r.IntN(len(towns) + 2); n < len(towns) {
		lon, lat = towns[n][0]+r.NormFloat64()*0.1, towns[n][1]+r.NormFloat64()*0.1
		if lon > 180 {
			lon -= 360
		}
		return lon, min(lat, 90)
	}
	return r.Float64()*360 - 180, r.Float64()*180 - 90
}

// TestShardsByPlaceAnswers: the same rows give the same answers however they
// are sharded, also after they moved.
func TestShardsByPlaceAnswers(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	db := openDatabase(t, layout{name: "places", shards: 8, store: store.Options{TailRows: 100}})
	runOrFail(t, db, "CREATE TABLE a (id BIGINT, loc POINT) WITH (shard_by = 'id')")
	runOrFail(t, db, "CREATE TABLE b (id BIGINT, loc POINT) WITH (shard_by = 'geo(loc)')")
	n := 0
	grow := func() {
		var all []string
		for range 400 {
			lon, lat := somewhere(r)
			place := fmt.Sprintf("ST_MakePoint(%v, %v)", lon, lat)
			if r.IntN(10) == 0 {
				place = "NULL"
			}
			all = append(all, fmt.Sprintf("(%d, %s)", n, place))
			n++
		}
		for _, table := range []string{"a", "b"} {
			runOrFail(t, db, "INSERT INTO "+table+" VALUES "+strings.Join(all, ", "))
		}
	}
	same := func() {
		t.Helper()
		for range 25 {
			lon, lat := somewhere(r)
			lon2, lat2 := somewhere(r)
			if lat2 < lat {
				lat, lat2 = lat2, lat
			}
			metres := 10_000 * (1 + r.IntN(1000))
			tail := []string{
				fmt.Sprintf("WHERE ST_DWithin(loc, ST_MakePoint(%v, %v), %d) ORDER BY id", lon, lat, metres),
				fmt.Sprintf("WHERE ST_Within(loc, ST_MakeEnvelope(%v, %v, %v, %v)) OR id < 20 ORDER BY id", lon, lat, lon2, lat2),
				fmt.Sprintf("WHERE ST_Within(loc, ST_MakeEnvelope(%v, %v, %v, %v)) OR loc IS NULL ORDER BY id", lon, lat, lon2, lat2),
				fmt.Sprintf("WHERE NOT ST_DWithin(loc, ST_MakePoint(%v, %v), %d) AND ST_DWithin(loc, ST_MakePoint(%v, %v), %d) ORDER BY id", lon2, lat2, metres, lon, lat, metres),
				fmt.Sprintf("ORDER BY loc <-> ST_MakePoint(%v, %v), id LIMIT %d", lon, lat, 1+r.IntN(40)),
				fmt.Sprintf("WHERE ST_DWithin(loc, ST_MakePoint(%v, %v), %d) ORDER BY loc <-> ST_MakePoint(%v, %v), id LIMIT 5", lon, lat, metres, lon2, lat2),
			}[r.IntN(6)]
			want, got := runOrFail(t, db, "SELECT id FROM a "+tail), runOrFail(t, db, "SELECT id FROM b "+tail)
			if !slices.EqualFunc(got.rows, want.rows, slices.Equal[[]string]) {
				t.Fatalf("SELECT id FROM b %s:\n%v, and of a\n%v", tail, got.rows, want.rows)
			}
		}
	}
	grow()
	same()
	runOrFail(t, db, "ALTER TABLE b SET (shard_by = 'geo(loc)')") // cut by where there are rows
	same()
	grow()
	runOrFail(t, db, "ALTER TABLE b SET (shards = 3)")
	same()
	runOrFail(t, db, "ALTER TABLE b SET (shard_by = 'id')")
	same()
}
