package store

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/keys"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// TestLiveRows lets rows die at random and holds the live ones, now and as of
// an index, against a list. What was handed out must not change.
func TestLiveRows(t *testing.T) {
	r := random(t)
	for range 50 {
		n := 1 + r.IntN(1+[]int{10, 63, 64, 65, 3000, 70_000}[r.IntN(6)])
		var d deaths
		died := map[rows.Num]uint64{}
		type handed struct {
			set  rows.Set
			upTo uint64
		}
		var out []handed
		for index := uint64(1); index < 40; index++ {
			for range r.IntN(1 + n/10) {
				row := rows.Num(r.IntN(n))
				if _, dead := died[row]; d.add(row, index) == dead {
					t.Fatalf("row %d of %d died at %d, and again at %d", row, n, died[row], index)
				} else if !dead {
					died[row] = index
				}
			}
			if r.IntN(3) == 0 {
				upTo := index - uint64(r.IntN(2))
				out = append(out, handed{d.liveAt(n, upTo), upTo})
			}
		}
		for _, h := range out {
			for row := range rows.Num(n) {
				index, dead := died[row]
				if want := !dead || index > h.upTo; h.set.Has(row) != want {
					t.Fatalf("row %d of %d died at %d, as of %d it lives: %v", row, n, index, h.upTo, !want)
				}
			}
			if last, some := h.set.Max(); some && int(last) >= n {
				t.Fatalf("row %d of %d lives", last, n)
			}
		}
	}
}

// BenchmarkViewOfUpserts opens a view after every batch of upserts to rows
// that lie in ten segments; the batch counts too.
func BenchmarkViewOfUpserts(b *testing.B) {
	const present, size = 50_000, 40
	ctx := context.Background()
	s, err := Open(ctx, b.TempDir(), Options{Registry: engines.NewRegistry(columnar.Engine{}, keys.Engine{}), NoMerge: true, manual: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	def := accounts(record.Int64)
	mustApply(b, s, 1, EncodeDefine(def))
	index := uint64(1)
	write := func(n int, key func(i int) int64) {
		index++
		mustApply(b, s, index, EncodeBatch(IdempotencyKey{}, accountBatch(def, n, key)))
	}
	for at := range int64(10) {
		write(present/10, func(i int) int64 { return at*present/10 + int64(i) })
		if err := s.Flush(ctx); err != nil {
			b.Fatal(err)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	b.ReportAllocs()
	for b.Loop() {
		write(size, func(int) int64 { return rng.Int64N(present) })
		v, err := s.View(ctx, def.ID())
		if err != nil {
			b.Fatal(err)
		}
		v.Close()
	}
}
