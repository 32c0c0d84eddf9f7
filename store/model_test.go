package store

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/record"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random tests; 0: a new one")

// random returns a generator and prints how to repeat the test with it.
func random(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./store -run '%s$' -seed %d", t.Name(), seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// model is the log of a shard and what it must hold.
type model struct {
	rng     *rand.Rand
	log     [][]byte // entry i has index i+1
	defs    map[record.TableID]*catalog.Table
	rows    map[record.TableID][]modelRow
	nextRow uint64
	nextN   int
	keys    []keyed
	gone    []uint64     // ids of rows that were deleted or updated
	refused map[int]bool // entries, from 0, that are refused
	seq     uint64
}

type modelRow struct {
	batch *record.Batch
	i     int
	id    uint64
	key   string // the primary key as text, where there is one
}

// keyed is a batch that was sent with a key.
type keyed struct {
	key   IdempotencyKey
	entry []byte
	first uint64
	n     int
}

func newModel(rng *rand.Rand) *model {
	return &model{rng: rng, defs: map[record.TableID]*catalog.Table{}, rows: map[record.TableID][]modelRow{}, nextRow: 1, refused: map[int]bool{}}
}

// next makes one more log entry and applies it to the model.
func (m *model) next() (entry []byte, want any) {
	defer func() { m.log = append(m.log, entry) }()
	id := []record.TableID{1, 2, 10, 3}[m.rng.IntN(4)]
	switch {
	case m.defs[id] == nil:
		if m.dead(id) {
			id = 1
		}
		if m.defs[id] == nil {
			m.defs[id] = m.flights(id, 1)
			return EncodeDefine(m.defs[id]), nil
		}
	case m.rng.IntN(60) == 0 && m.defs[id].Schema.Version == 1:
		m.defs[id] = m.flights(id, 2)
		return EncodeDefine(m.defs[id]), nil
	case m.rng.IntN(6) == 0 && len(m.rows[id]) > 0:
		return m.change(id)
	case m.rng.IntN(200) == 0:
		return m.truncate(id), nil
	case m.rng.IntN(150) == 0 && id == 2:
		delete(m.defs, id)
		m.rows[id] = []modelRow{} // not nil: it has been
		return EncodeDrop(id), nil
	case m.rng.IntN(20) == 0 && len(m.keys) > 0:
		k := m.keys[m.rng.IntN(len(m.keys))]
		if m.defs[tableOf(k.entry)] == nil {
			return EncodeDrop(99), nil
		}
		return k.entry, BatchResult{FirstRow: k.first, Rows: k.n, Duplicate: true}
	}
	return m.batch(id)
}

// flights is a table of the model: two of the four have a primary key.
func (m *model) flights(id record.TableID, version uint32) *catalog.Table {
	t := flights(id, version)
	if id == 3 || id == 10 {
		return withKey(t)
	}
	return t
}

func (m *model) dead(id record.TableID) bool { return m.rows[id] != nil }

func tableOf(entry []byte) record.TableID {
	_, b, _, err := decodeBatch(entry)
	if err != nil {
		panic(err)
	}
	return b.Table
}

func (m *model) batch(id record.TableID) ([]byte, any) {
	n := 1 + m.rng.IntN(4)
	if m.rng.IntN(4) == 0 {
		n = 1 + m.rng.IntN(200)
	}
	def, keep := m.defs[id], false
	b := batchOf(m.rng, def, m.nextN, n)
	if len(def.Key) > 0 {
		b, keep = m.keyedBatch(def, n), m.rng.IntN(3) == 0
	}
	var key IdempotencyKey
	if m.rng.IntN(3) == 0 {
		m.seq++
		key = IdempotencyKey{Client: [16]byte{byte(m.seq % 3), 1}, Seq: m.seq}
	}
	entry := EncodeBatch(key, b)
	if keep {
		entry = EncodeFresh(key, b)
	}
	r := BatchResult{FirstRow: m.nextRow, Rows: n}
	if key.Seq > 0 {
		m.keys = append(m.keys, keyed{key, entry, r.FirstRow, n})
	}
	m.upsert(id, b, &r, keep)
	m.nextN += n
	return entry, r
}

// check compares what the shard shows with the model.
func (m *model) check(t *testing.T, what string, s *Shard) {
	t.Helper()
	for id, def := range m.defs {
		var want []string
		for _, r := range m.rows[id] {
			want = append(want, line(def, r))
		}
		equal(t, fmt.Sprintf("%s: table %d", what, id), read(t, s, id), want)
	}
	if n := len(s.Tables()); n != len(m.defs) {
		t.Fatalf("%s: %d tables, want %d", what, n, len(m.defs))
	}
}

func line(def *catalog.Table, r modelRow) string {
	one := record.Batch{N: 1, IDs: r.batch.IDs}
	for i := range r.batch.Cols {
		one.Cols = append(one.Cols, r.batch.Cols[i].Slice(r.i, r.i+1))
	}
	return rowsOfBatch(def, &one, r.id)[0]
}

// replay applies the entries of the log that s lacks.
func (m *model) replay(t *testing.T, s *Shard) {
	t.Helper()
	for i, e := range m.log {
		if _, err, broken := s.Apply(uint64(i+1), e); err != nil && !m.refused[i] || broken != nil {
			t.Fatalf("replay entry %d: %v, %v", i+1, err, broken)
		}
	}
}

// TestModel runs random entries and random work of the shard, and compares
// with the model after each; now and then it opens the shard anew.
func TestModel(t *testing.T) {
	rng := random(t)
	for round := range 3 {
		fs := vfs.NewMem()
		o := Options{TailRows: 1 + rng.IntN(50), SealRows: 300, SegmentRows: 2000, MergeWidth: 2 + rng.IntN(3), FlushBytes: 20 << 10}
		if round > 0 {
			o.Registry = testRegistry(columnar.Engine{})
		}
		s := openTest(t, fs, o)
		m := newModel(rng)
		for step := range 400 {
			entry, want := m.next()
			m.apply(t, s, entry, want)
			s = workRandomly(t, rng, s, fs, o, m)
			if step%15 == 0 {
				m.check(t, fmt.Sprintf("round %d, entry %d", round, len(m.log)), s)
			}
		}
		t.Logf("%+v", s.Counters())
		if err := s.Merge(context.Background(), 1); err != nil {
			t.Fatal(err)
		}
		m.check(t, "merged", s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openTest(t, fs, o)
		m.check(t, "opened again", s)
		s.Close()
	}
}

// workRandomly does one of the things the background or the cluster may do.
func workRandomly(t *testing.T, rng *rand.Rand, s *Shard, fs vfs.FS, o Options, m *model) *Shard {
	t.Helper()
	ctx := context.Background()
	var err error
	switch rng.IntN(30) {
	case 0:
		err = s.tendMemory(ctx)
	case 1:
		if err = s.Flush(ctx); err == nil {
			if err = s.Verify(ctx); err == nil && s.Pressure() != 0 {
				t.Fatalf("pressure %d after a flush, want 0", s.Pressure())
			}
		}
	case 2:
		err = s.tendDisk(ctx)
	case 3:
		err = s.Merge(ctx, []record.TableID{1, 3, 10}[rng.IntN(3)])
	case 4:
		if err = s.Close(); err == nil {
			s = openTest(t, fs, o)
			m.replay(t, s)
		}
	case 6:
		if err = s.Reindex(ctx, 1); err == nil && !s.Indexed(1) {
			t.Fatal("reindexed, but not indexed")
		}
	case 5:
		s = linkAndRestore(t, s, fs, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// linkAndRestore moves the state through a snapshot, into a shard that holds something else.
func linkAndRestore(t *testing.T, s *Shard, fs vfs.FS, o Options) *Shard {
	t.Helper()
	fs.RemoveAll("snapshot")
	if err := fs.MkdirAll("snapshot", 0o755); err != nil {
		t.Fatal(err)
	}
	index, err := s.Link("snapshot")
	if err != nil {
		t.Fatal(err)
	}
	if index != s.Applied() {
		t.Fatalf("snapshot of entry %d, want %d", index, s.Applied())
	}
	if err := s.Restore("snapshot", index); err != nil {
		t.Fatal(err)
	}
	fs.RemoveAll("snapshot")
	return s
}

// folders lists the segment folders of the shard.
func folders(t *testing.T, fs vfs.FS) []string {
	t.Helper()
	names, err := fs.List("shard")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(slices.Sorted(slices.Values(names)), func(n string) bool { return n == manifestName })
}
