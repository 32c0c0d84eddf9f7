package store

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestOpenKeys adds and removes rows at random, many of one hash and many that
// are looked for in the same slots, and holds the table against a map.
func TestOpenKeys(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	for range 20 {
		k, want, next := &openKeys{}, map[uint64][]uint64{}, uint64(1)
		bits := 1 + rng.IntN(12)
		hash := func() uint64 { return rng.Uint64N(1<<bits)<<32 | rng.Uint64N(3)*21 } // few homes, some at the end
		k.remove(5, 1)                                                                // of an empty table
		for range 4000 {
			h := hash()
			switch ids := want[h]; {
			case rng.IntN(5) < 3:
				k.reserve(1)
				k.add(h, next)
				want[h] = append(ids, next)
				next++
			case len(ids) > 0:
				i := rng.IntN(len(ids))
				k.remove(h, ids[i])
				want[h] = slices.Delete(ids, i, i+1)
			default:
				k.remove(h, next) // which nobody has
			}
			if rng.IntN(50) == 0 || len(want) < 8 {
				k.wants(t, want)
			}
		}
		k.wants(t, want)
	}
}

// wants checks that the rows of each hash are found, and no others are there.
func (k *openKeys) wants(t *testing.T, want map[uint64][]uint64) {
	t.Helper()
	n := 0
	for h, ids := range want {
		var got []uint64
		if len(k.slots) > 0 {
			for at := k.find(h, k.home(h)); at >= 0; at = k.find(h, k.after(at)) {
				got = append(got, k.slots[at].id)
			}
		}
		slices.Sort(got)
		if ids := slices.Sorted(slices.Values(ids)); !slices.Equal(got, ids) {
			t.Fatalf("hash %x: rows %v, want %v", h, got, ids)
		}
		n += len(ids)
	}
	taken := 0
	for _, s := range k.slots {
		if s.id != 0 {
			taken++
		}
	}
	if taken != n || k.taken != n || n*8 > len(k.slots)*5 {
		t.Fatalf("%d of %d slots are taken, counted are %d, want %d", taken, len(k.slots), k.taken, n)
	}
}
