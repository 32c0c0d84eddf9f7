package store

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/record"
)

// TestUpsertsOfMany writes batches of one to thousands of keys, some twice in
// one batch or only where they are not there yet, deletes rows, and lets
// segments come and go: each key has one row, the one that a map would have,
// and each batch replaces or keeps as many.
func TestUpsertsOfMany(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for _, kind := range []record.Kind{record.Int64, record.Keyword} {
		u := &upserter{rng: rand.New(rand.NewPCG(seed, 9)), def: accounts(kind), next: 1, last: map[int64]account{}}
		u.s = keyedShard(t, Options{manual: true, TailRows: 200, SealRows: 3000, FlushBytes: 40 << 10, MergeWidth: 3})
		u.apply(t, EncodeDefine(u.def))
		for range 60 {
			keys := u.write(t)
			if u.rng.IntN(3) == 0 {
				k := keys[u.rng.IntN(len(keys))]
				u.apply(t, EncodeChange(IdempotencyKey{}, u.def.ID(), []uint64{u.last[k].id}, nil))
				delete(u.last, k)
			}
			if err := u.s.Tend(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if c := u.s.Counters(); c.Seals == 0 || c.Flushes == 0 || c.Merges+c.MemoryMerges == 0 {
			t.Errorf("the background did too little: %+v", c)
		}
		u.check(t)
	}
}

// upserter writes accounts to a shard and knows what it must hold.
type upserter struct {
	rng     *rand.Rand
	s       *Shard
	def     *catalog.Table
	index   uint64 // of the last log entry
	next    uint64 // the id of the next row
	version int64  // of the last row written
	last    map[int64]account
}

// account is the row of a key.
type account struct {
	id      uint64
	version int64
}

func (u *upserter) apply(t *testing.T, entry []byte) any {
	t.Helper()
	u.index++
	return mustApply(t, u.s, u.index, entry)
}

// write applies a batch and returns its keys.
func (u *upserter) write(t *testing.T) []int64 {
	t.Helper()
	size, keep := []int{1, 3, 17, 300, 2000}[u.rng.IntN(5)], u.rng.IntN(4) == 0
	want := BatchResult{FirstRow: u.next, Rows: size}
	first, keys := u.version+1, make([]int64, size)
	for i := range keys {
		k := u.rng.Int64N(5000)
		keys[i] = k
		u.version++
		_, there := u.last[k]
		switch {
		case there && keep:
			want.Kept++
			continue
		case there:
			want.Replaced++
		}
		u.last[k] = account{u.next, u.version}
		u.next++
	}
	b := accountBatch(u.def, size, func(i int) int64 { return keys[i] })
	for i := range size {
		b.Cols[1].Ints[i] = first + int64(i)
	}
	entry := EncodeBatch(IdempotencyKey{}, b)
	if keep {
		entry = EncodeFresh(IdempotencyKey{}, b)
	}
	if got := u.apply(t, entry); got != want {
		t.Fatalf("a batch of %d rows, keep %v: %+v, want %+v", size, keep, got, want)
	}
	return keys
}

// check compares the versions of the rows in sight with those of the map.
func (u *upserter) check(t *testing.T) {
	t.Helper()
	v, err := u.s.View(context.Background(), u.def.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	want := map[int64]bool{}
	for _, a := range u.last {
		want[a.version] = true
	}
	for _, p := range v.Parts {
		for row := range p.Live.Each() {
			got, err := p.Value(v.Table.Schema.Fields[1], int(row))
			if err != nil {
				t.Fatal(err)
			}
			if !want[got.I] {
				t.Fatalf("%s: version %d is in sight, or twice", p.Name, got.I)
			}
			delete(want, got.I)
		}
	}
	if len(want) > 0 {
		t.Fatalf("%d of %d rows are not in sight", len(want), len(u.last))
	}
}
