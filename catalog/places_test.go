package catalog

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/quindex/quindex/record"
)

func numbered(n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(i + 1)
	}
	return out
}

// TestPlaceRanges: every shard gets a range, in ascending order from 0 on, and
// of a sample about as much as any other.
func TestPlaceRanges(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 4))
	for range 200 {
		shards := numbered(1 + r.IntN(200))
		var sample []uint64
		towns := 1 + r.IntN(2000)
		for range []int{0, 10, 20_000}[r.IntN(3)] {
			town := rand.New(rand.NewPCG(uint64(r.IntN(towns)), seed))
			sample = append(sample, PlaceKey(record.PointValue(town.Float64()*360-180, town.Float64()*180-90))+r.Uint64N(1<<50))
		}
		ranges := PlaceRanges(shards, slices.Clone(sample))
		for i, x := range ranges {
			if x.Shard != shards[i] || i == 0 && x.From != 0 || i > 0 && x.From <= ranges[i-1].From {
				t.Fatalf("range %d of %d: %+v after %+v", i, len(shards), x, ranges[max(i-1, 0)])
			}
		}
		if len(ranges) != len(shards) {
			t.Fatalf("%d ranges for %d shards", len(ranges), len(shards))
		}
		if len(sample) < fewSamples*len(shards) || towns < 1000 {
			continue // places of one town cannot be cut finer than its cell
		}
		s := Sharding{Geo: true, Ranges: ranges}
		counts := make([]int, len(shards))
		for _, k := range sample {
			counts[s.ShardOf(k)-1]++
		}
		if most := slices.Max(counts); float64(most) > 1.5*float64(len(sample))/float64(len(shards))+150 {
			t.Fatalf("%d places in %d shards: %d in one", len(sample), len(shards), most)
		}
	}
}

// TestLikelyRanges: of places all over the earth no shard gets more than about
// twice its share.
func TestLikelyRanges(t *testing.T) {
	for _, n := range []int{1, 2, 3, 8, 16, 64, 100} {
		s := Sharding{Geo: true, By: []record.ColumnID{1}}
		s.Cut(numbered(n), nil)
		counts := make([]int, n)
		const places = 40_000
		r := rand.New(rand.NewPCG(1, 2))
		for range places {
			v := record.PointValue(r.Float64()*360-180, math.Asin(r.Float64()*2-1)*180/math.Pi)
			counts[s.ShardOf(s.KeyOf([]record.Value{v}))-1]++
		}
		if most := slices.Max(counts); float64(most) > 2.5*places/float64(n) {
			t.Errorf("%d shards: %d of %d places in one", n, most, places)
		}
	}
}

// TestKeys: a column's keys are those of its values, for hashes and for places.
func TestKeys(t *testing.T) {
	point := record.NewColumn(record.T(record.Point), 0)
	for _, v := range []record.Value{record.PointValue(1, 2), record.NullOf(point.Type), record.PointValue(-180, 90), record.PointValue(180, -90)} {
		point.Append(v)
	}
	number := record.NewColumn(record.T(record.Int64), 0)
	for i := range point.N {
		number.Append(record.IntValue(int64(i)))
	}
	for _, c := range []struct {
		s    Sharding
		cols []*record.Column
	}{{Sharding{Geo: true}, []*record.Column{point}}, {Sharding{}, []*record.Column{point}}, {Sharding{}, []*record.Column{number, point}}} {
		out := make([]uint64, point.N)
		c.s.Keys(c.cols, point.N, out)
		for i, have := range out {
			var row []record.Value
			for _, col := range c.cols {
				row = append(row, col.Value(i))
			}
			if want := c.s.KeyOf(row); have != want {
				t.Errorf("geo %v, row %v: key %#x, want %#x", c.s.Geo, row, have, want)
			}
		}
		if c.s.Geo && (out[1] != 0 || out[0] == 0) {
			t.Errorf("keys %#x, want 0 for NULL alone", out)
		}
	}
}

// TestGeoTable: a table sharded by a place is what it was in the log's form,
// and is of one POINT column.
func TestGeoTable(t *testing.T) {
	m, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	table := flights()
	table.Schema.Fields = append(table.Schema.Fields, record.Field{Name: "loc", Type: record.T(record.Point)})
	for i, by := range [][]record.ColumnID{nil, {1}, {3, 1}, {9}} {
		bad := table
		bad.Sharding = Sharding{Geo: true, By: by, Ranges: EvenRanges(numbered(2))}
		if _, err := m.Apply(uint64(i+1), Encode(Change{Create: &CreateTable{Table: bad}})); err == nil {
			t.Errorf("a table by the place of columns %v is made", by)
		}
	}
	table.Sharding = Sharding{Geo: true, By: []record.ColumnID{3}}
	table.Sharding.Cut(numbered(5), nil)
	if made := apply(t, m, 9, Change{Create: &CreateTable{Table: table}}); !reflect.DeepEqual(made.Sharding, table.Sharding) {
		t.Errorf("made as %+v, want %+v", made.Sharding, table.Sharding)
	}
}
