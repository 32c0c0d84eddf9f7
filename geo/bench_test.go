package geo_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/geo"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

const benchRows = 1 << 20

// towns is a million places round 20,000 towns, most of them round few.
var towns = sync.OnceValue(func() *record.Batch {
	r := rand.New(rand.NewPCG(7, 0))
	centers := make([][2]float64, 20_000)
	for i := range centers {
		centers[i] = travel(0, 90, r.Float64()*6.28, r.Float64()*2.6)
	}
	b := record.NewBatch(schema(), benchRows)
	for range benchRows {
		c := centers[int(float64(len(centers))*r.Float64()*r.Float64())]
		p := travel(c[0], c[1], r.Float64()*6.28, r.ExpFloat64()*0.001)
		b.AppendRow(record.PointValue(p[0], p[1]))
	}
	return b
})

func BenchmarkBuild(b *testing.B) {
	cols := engines.BatchColumns(schema(), towns())
	def := engines.IndexDef{Name: "loc_geo", Engine: "geo", Fields: schema().Fields}
	for b.Loop() {
		bld, err := geo.New().NewBuilder(def, cols)
		if err == nil {
			err = bld.Build(context.Background(), io.Discard)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func benchMatch(b *testing.B, make func(lon, lat float64) predicate.P) {
	x := open(b, towns())
	r := rand.New(rand.NewPCG(8, 0))
	hits, i := 0, 0
	for b.Loop() {
		v := x.batch.Cols[0].Value(r.IntN(benchRows))
		s, err := x.index.Match(context.Background(), make(v.F, v.Lat), rows.All(benchRows))
		if err != nil {
			b.Fatal(err)
		}
		hits, i = hits+s.Len(), i+1
	}
	b.ReportMetric(float64(hits)/float64(i), "hits")
}

func BenchmarkWithin(b *testing.B) {
	for _, km := range []float64{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("rows=1e6/km=%v", km), func(b *testing.B) {
			benchMatch(b, func(lon, lat float64) predicate.P {
				return call(geo.DWithin, record.PointValue(lon, lat), record.FloatValue(km*1000))
			})
		})
	}
	b.Run("rows=1e6/box=0.2", func(b *testing.B) {
		benchMatch(b, func(lon, lat float64) predicate.P {
			return call(geo.Within, envelope(b, max(-180, lon-0.1), max(-90, lat-0.1), min(180, lon+0.1), min(90, lat+0.1)))
		})
	})
	b.Run("rows=1e6/star=20edges", func(b *testing.B) {
		r := rand.New(rand.NewPCG(9, 0))
		benchMatch(b, func(lon, lat float64) predicate.P {
			var pts [][2]float64
			for i := range 20 {
				pts = append(pts, travel(lon, lat, float64(i)/20*6.28, (0.4+0.6*r.Float64())*0.002))
			}
			return call(geo.Within, text("POLYGON("+wktRing(append(pts, pts[0]))+")"))
		})
	})
	b.Run("rows=1e6/s2level=12", func(b *testing.B) {
		benchMatch(b, func(lon, lat float64) predicate.P {
			return call(geo.InS2Cell, record.IntValue(cellOf(lon, lat, 12)))
		})
	})
}

func BenchmarkNearest(b *testing.B) {
	x := open(b, towns())
	for _, k := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("rows=1e6/k=%d", k), func(b *testing.B) {
			r := rand.New(rand.NewPCG(8, 0))
			for b.Loop() {
				v := x.batch.Cols[0].Value(r.IntN(benchRows))
				_, err := x.index.(engines.Ranker).Rank(context.Background(), call(geo.Nearest, record.PointValue(v.F, v.Lat)), rows.All(benchRows), k, engines.NewBound())
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEstimate(b *testing.B) {
	x := open(b, towns())
	p := call(geo.DWithin, record.PointValue(10, 50), record.FloatValue(10_000))
	for b.Loop() {
		x.index.Estimate(p)
	}
}
