package keys

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// crowd is a section whose keys share a few hashes, and keys to ask it for.
type crowd struct {
	def   engines.IndexDef
	cols  engines.Columns
	batch *record.Batch
	bytes []byte
	list  *engines.KeyList
}

// newCrowd makes n rows of keys from a small range, some twice and some NULL,
// whose hashes keep only so many bits.
func newCrowd(r *rand.Rand, s *record.Schema, n, bits int) *crowd {
	c := &crowd{def: engines.IndexDef{Name: "keys", Engine: "keys", Fields: s.Fields}, list: &engines.KeyList{}}
	c.batch = enginetest.RandomBatch(r, s, n)
	c.cols = engines.BatchColumns(s, c.batch)
	hash := func(key []byte) uint64 { h := engines.KeyHash(key); return h >> (64 - bits) << (64 - bits) }
	var all []entry
	var kept []byte
	own := !numbers(c.def)
	for i := range n {
		key, ok := engines.AppendKey(nil, columnsOf(c.batch), i)
		if !ok {
			continue
		}
		e := entry{word: hash(key)>>rowBits<<rowBits | uint64(i), from: uint32(len(kept))}
		if own {
			kept = append(kept, key...)
		}
		e.to = uint32(len(kept))
		all = append(all, e)
		if r.IntN(2) == 0 {
			c.list.Add(key, hash(key))
		}
	}
	sortEntries(all)
	c.bytes = encode(n, all, kept, own)
	other := enginetest.RandomBatch(r, s, 50+n/2)
	for i := range other.N {
		if key, ok := engines.AppendKey(nil, columnsOf(other), i); ok {
			c.list.Add(key, hash(key))
		}
	}
	c.list.Add([]byte("no key of any column"), r.Uint64())
	return c
}

func columnsOf(b *record.Batch) []*record.Column {
	var key []*record.Column
	for i := range b.Cols {
		key = append(key, &b.Cols[i])
	}
	return key
}

func (c *crowd) open(t *testing.T, b []byte) (*index, error) {
	ix, err := Engine{}.Open(engines.Section{Def: c.def, Rows: c.batch.N, Bytes: b, Columns: c.cols})
	if err != nil {
		return nil, err
	}
	return ix.(*index), nil
}

// truth compares each key that is asked for with that of every row.
func (c *crowd) truth(ask []int32) (want []engines.KeyRow) {
	byKey := map[string][]rows.Num{}
	for i := range c.batch.N {
		if key, ok := engines.AppendKey(nil, columnsOf(c.batch), i); ok {
			byKey[string(key)] = append(byKey[string(key)], rows.Num(i))
		}
	}
	for _, k := range ask {
		for _, row := range byKey[string(c.list.Key(int(k)))] {
			want = append(want, engines.KeyRow{Key: k, Row: row})
		}
	}
	sortHits(want)
	return want
}

func sortHits(hits []engines.KeyRow) {
	slices.SortFunc(hits, func(a, b engines.KeyRow) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Row, b.Row))
	})
}

// TestFindAll holds many keys found together against each found alone, and
// both against the rows: keys of one or several columns, hashes that are
// alike, rows of one key, NULLs, no rows.
func TestFindAll(t *testing.T) {
	r := enginetest.Rand(t)
	for round := range 150 {
		s := keySchema(r)
		n := []int{0, 1, 2, 60, 300, 2000}[r.IntN(6)]
		bits := []int{2, 6, 12, 64}[r.IntN(4)]
		c := newCrowd(r, s, n, bits)
		t.Run(fmt.Sprintf("%d/rows=%d/bits=%d", round, n, bits), func(t *testing.T) {
			ix, err := c.open(t, c.bytes)
			if err != nil {
				t.Fatal(err)
			}
			ask := c.list.All()
			r.Shuffle(len(ask), func(i, j int) { ask[i], ask[j] = ask[j], ask[i] })
			for len(ask) > 0 {
				some := ask[:1+r.IntN(len(ask))]
				ask = ask[len(some):]
				var alone []engines.KeyRow
				for _, k := range some {
					found, err := ix.Find(nil, c.list.Hashes()[k], c.list.Key(int(k)))
					if err != nil {
						t.Fatal(err)
					}
					for _, row := range found {
						alone = append(alone, engines.KeyRow{Key: k, Row: row})
					}
				}
				got, err := ix.FindAll([]engines.KeyRow{{Key: -1}}, c.list, some)
				if err != nil || got[0].Key != -1 {
					t.Fatalf("%v; the first is %v", err, got[0])
				}
				got = got[1:]
				sortHits(got)
				sortHits(alone)
				if !slices.Equal(got, alone) || !slices.Equal(got, c.truth(some)) {
					t.Fatalf("%d keys: together %v, alone %v, true %v", len(some), got, alone, c.truth(some))
				}
			}
		})
	}
}

// TestFindAllDamaged flips a byte of a section: whoever looks for many keys
// gets an error or the truth.
func TestFindAllDamaged(t *testing.T) {
	r := enginetest.Rand(t)
	refused := 0
	for range 200 {
		c := newCrowd(r, keySchema(r), 3000, 64)
		b := slices.Clone(c.bytes)
		b[frame.HeadBytes+r.IntN(len(b)-frame.HeadBytes)] ^= 1 << r.IntN(8)
		ix, err := c.open(t, b)
		if err == nil {
			ask := c.list.All()[:1+r.IntN(c.list.Len())]
			var got []engines.KeyRow
			if got, err = ix.FindAll(nil, c.list, ask); err == nil {
				if sortHits(got); !slices.Equal(got, c.truth(ask)) {
					t.Fatal("a damaged section answers wrongly")
				}
				continue
			}
		}
		refused++
		if !fault.Is(err, fault.Corrupt) {
			t.Fatalf("%v, want %v", err, fault.Corrupt)
		}
	}
	if refused == 0 {
		t.Error("no damage was seen")
	}
}
