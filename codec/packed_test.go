package codec_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/record"
)

// seriesOf makes n integers as measurements would, or as nobody would.
func seriesOf(r *rand.Rand, n int) []int64 {
	v := make([]int64, n)
	x, step, noise := r.Int64N(1<<40), r.Int64N(1<<uint(1+r.IntN(40))), 1+r.Int64N(1<<uint(1+r.IntN(20)))
	kind, jump := r.IntN(5), 1+r.IntN(3000)
	for i := range v {
		switch kind {
		case 0:
			x += step
		case 1:
			x += step + r.Int64N(noise) - noise/2
		case 2:
			x = r.Int64N(noise)
		case 3:
			x = int64(r.Uint64())
		default:
			x = max(0, min(100, x%101+int64(r.NormFloat64())))
		}
		if r.IntN(jump) == 0 {
			x = int64(r.Uint64()) >> uint(r.IntN(64))
		}
		v[i] = x
	}
	return v
}

// TestPacked: what is packed is there again, in a frame, and is smaller.
func TestPacked(t *testing.T) {
	r := enginetest.Rand(t)
	packed := 0
	e := codec.Encoder{Pack: true}
	for range 300 {
		n := []int{1, 2, 3, 63, 1023, 1024, 1025, 5000, 65536}[r.IntN(9)]
		c := record.NewColumn(record.T(record.Int64), n)
		nulls := r.IntN(3) == 0
		for _, x := range seriesOf(r, n) {
			if nulls && r.IntN(9) == 0 {
				c.AppendNull()
			} else {
				c.Append(record.IntValue(x))
			}
		}
		bytes, info, err := e.Append(nil, codec.View(c, 0, n))
		if err != nil {
			t.Fatal(err)
		}
		blk, err := codec.Open(enginetest.Aligned(bytes), c.Type, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := blk.Check(); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if got, want := blk.Value(i), c.Value(i); !record.Equal(got, want) {
				t.Fatalf("row %d of %d, form %d: %v, want %v", i, n, info.Form, got, want)
			}
		}
		if info.Form == codec.FormPacked {
			packed++
			plain, _, err := new(codec.Encoder).Append(nil, codec.View(c, 0, n))
			if err != nil || blk.Form != codec.FormFOR || len(bytes) >= len(plain) {
				t.Fatalf("form %d, %d bytes, want fewer than %d", blk.Form, len(bytes), len(plain))
			}
		}
	}
	if packed < 50 {
		t.Errorf("%d of 300 columns were packed", packed)
	}
}

// TestPackedSizes holds the encodings to what they were chosen for: bytes a
// row of a day of 60 hosts, sampled every ten seconds (TSBS cpu-only).
func TestPackedSizes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	times := record.NewColumn(record.T(record.Timestamp), 0)
	usage := record.NewColumn(record.T(record.Int64), 0)
	for range 7 {
		x := r.Float64() * 100
		for i := range 8640 {
			times.Append(record.TimestampValue(1451606400e9 + int64(i)*10e9))
			x = max(0, min(100, x+r.NormFloat64()))
			usage.Append(record.IntValue(int64(x)))
		}
	}
	e := codec.Encoder{Pack: true}
	f := func(name string, c *record.Column, most float64) {
		t.Helper()
		bytes, info, err := e.Append(nil, codec.View(c, 0, c.N))
		if err != nil {
			t.Fatal(err)
		}
		if got := float64(len(bytes)) / float64(c.N); got > most || math.IsNaN(got) {
			t.Errorf("%s: %.3f bytes a row in form %d, want at most %g", name, got, info.Form, most)
		}
	}
	f("times", times, 0.03)
	f("usage", usage, 0.43)
}

func BenchmarkOpenPacked(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	c := record.NewColumn(record.T(record.Int64), codec.BlockRows)
	x := 50.0
	for range codec.BlockRows {
		x = max(0, min(100, x+r.NormFloat64()))
		c.Append(record.IntValue(int64(x)))
	}
	e := codec.Encoder{Pack: true}
	bytes, _, err := e.Append(nil, codec.View(c, 0, c.N))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if _, err := codec.Open(bytes, c.Type, nil); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(codec.BlockRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("pack", func(b *testing.B) {
		var out []byte
		for b.Loop() {
			out, _, _ = e.Append(out[:0], codec.View(c, 0, c.N))
		}
		b.ReportMetric(codec.BlockRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}
