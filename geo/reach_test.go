package geo_test

import (
	"context"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/geo"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// TestOutOfReach: of a segment that a condition does not come near nothing but
// the footer is read: all other bytes may be wrong, and the answer is right.
// What comes near finds them wrong.
func TestOutOfReach(t *testing.T) {
	r := enginetest.Rand(t)
	b := record.NewBatch(schema(), 5000)
	for range 5000 {
		b.AppendRow(record.PointValue(10+r.Float64(), 50+r.Float64()))
	}
	def := engines.IndexDef{Name: "loc_geo", Engine: "geo", Fields: schema().Fields}
	cols := engines.BatchColumns(schema(), b)
	section := enginetest.Aligned(enginetest.Build(t, geo.New(), def, cols))
	for at := 64; at < 64+16*5000+4000; at++ { // rows and places, and much of the tree
		section[at] ^= 0x5a
	}
	ix, err := geo.New().Open(engines.Section{Def: def, Rows: b.N, Bytes: section, Columns: cols})
	if err != nil {
		t.Fatal(err)
	}
	f := func(p predicate.P, reach bool) {
		t.Helper()
		found, err := ix.Match(context.Background(), p, rows.All(b.N))
		if reach != (err != nil) || !found.IsEmpty() {
			t.Errorf("%s: %v, %v; near is %v", p, found, err, reach)
		}
		if n, ok := ix.(engines.Counter).Count(p); ok == reach || n != 0 {
			t.Errorf("%s: count %d, %v; near is %v", p, n, ok, reach)
		}
	}
	f(call(geo.DWithin, record.PointValue(12, 50.5), record.FloatValue(60_000)), false)
	f(call(geo.Within, envelope(t, 12, 50, 13, 51)), false)
	f(call(geo.Covers, text("POLYGON((12 50, 13 50, 12 51, 12 50))")), false)
	f(call(geo.GeohashPrefix, text("ezs4")), false)
	f(call(geo.InS2Cell, record.IntValue(cellOf(13, 51, 10))), false)
	f(call(geo.DWithin, record.PointValue(10.5, 50.5), record.FloatValue(1000)), true)
	f(call(geo.Covers, text("POLYGON((10.2 50.2, 10.8 50.2, 10.2 50.8, 10.2 50.2))")), true)

	// A search for the nearest leaves it alone where others have nearer ones.
	near := tableOf(t, [2]float64{12, 50}, [2]float64{12, 50.001})
	in := []engines.RankInput{{Index: ix, Within: rows.All(b.N)}, {Index: near.index, Within: rows.All(2)}}
	hits, err := near.index.(engines.JointRanker).RankJointly(context.Background(), call(geo.Nearest, record.PointValue(12, 50)), in, 2)
	if err != nil || len(hits) != 2 || hits[0].Input != 1 || hits[1].Input != 1 {
		t.Errorf("the two nearest: %v, %v", hits, err)
	}
	if _, err := near.index.(engines.JointRanker).RankJointly(context.Background(), call(geo.Nearest, record.PointValue(12, 50)), in, 3); err == nil {
		t.Error("the three nearest are found among damaged bytes")
	}
}
