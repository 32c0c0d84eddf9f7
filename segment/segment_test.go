package segment_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random tests; 0: a new one")

func random(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./segment -run '%s$' -seed %d", t.Name(), seed)
	return rand.New(rand.NewPCG(seed, 1))
}

var registry = engines.NewRegistry(columnar.Engine{}, copies{})

// copies is an engine whose section is its one column, printed: enough to see
// what a second index of a segment goes through.
type copies struct{}

func (copies) Name() string                  { return "copies" }
func (copies) Functions() []engines.Function { return nil }

func (copies) NewBuilder(def engines.IndexDef, src engines.Columns) (engines.Builder, error) {
	return copier{def, src}, nil
}

type copier struct {
	def engines.IndexDef
	src engines.Columns
}

func (c copier) Build(_ context.Context, w io.Writer) error {
	_, err := fmt.Fprint(w, printColumn(c.src, c.def.Fields[0].ID))
	return err
}

func (copies) Open(s engines.Section) (engines.Index, error) {
	if s.Columns == nil || s.Columns.Rows() != s.Rows {
		return nil, fault.E("copies: open", fault.Corrupt, "no columns")
	}
	return copyIndex{s.Bytes}, nil
}

type copyIndex struct{ b []byte }

func (copyIndex) Close() error                                  { return nil }
func (copyIndex) Estimate(predicate.P) (engines.Estimate, bool) { return engines.Estimate{}, false }
func (copyIndex) Match(context.Context, predicate.P, rows.Set) (rows.Set, error) {
	return rows.Set{}, fault.E("copies: match", fault.Unsupported)
}

func printColumn(src engines.Columns, id record.ColumnID) string {
	var b bytes.Buffer
	c := src.Column(id)
	for n, i := 0, 0; n < src.Rows(); i++ {
		blk, err := c.Block(i)
		if err != nil {
			return "error: " + err.Error()
		}
		for j := range blk.N {
			fmt.Fprintln(&b, blk.Value(j).I, blk.Value(j).S)
		}
		n += blk.N
	}
	return b.String()
}

var schema = record.Schema{Table: 7, Version: 3, Fields: []record.Field{
	{ID: 1, Name: "n", Type: record.T(record.Int64), Default: record.IntValue(3)},
	{ID: 2, Name: "s", Type: record.T(record.Keyword)},
}}

func defs(more ...engines.IndexDef) []engines.IndexDef {
	return append([]engines.IndexDef{engines.ColumnsDef(schema.Fields, nil)}, more...)
}

func copyDef(name string, field int) engines.IndexDef {
	return engines.IndexDef{Name: name, Engine: "copies", Fields: schema.Fields[field : field+1]}
}

// source makes n rows; the first id is 100.
func source(rng *rand.Rand, n int) (engines.Columns, segment.IDs) {
	b := record.NewBatch(&schema, n)
	for range n {
		b.AppendRow(record.IntValue(rng.Int64()), record.KeywordValue(fmt.Sprint("k", rng.IntN(n))))
	}
	return engines.BatchColumns(&schema, b), segment.IDs{}.Append(100, n)
}

func spec(ids segment.IDs, ds []engines.IndexDef) segment.Spec {
	return segment.Spec{Table: 7, Version: 3, Group: "g", IDs: ids, Defs: ds, Created: time.Unix(5, 6)}
}

// same checks that a segment holds the rows of src.
func same(t *testing.T, what string, s *segment.Segment, src engines.Columns) {
	t.Helper()
	for _, f := range schema.Fields {
		if have, want := printColumn(s.Columns(), f.ID), printColumn(src, f.ID); have != want {
			t.Fatalf("%s: column %s differs", what, f.Name)
		}
	}
	m := s.Meta()
	if m.Table != 7 || m.Version != 3 || m.Group != "g" || m.Rows != src.Rows() || m.Names.IDs().ID(0) != 100 || m.Created != time.Unix(5, 6).UnixNano() {
		t.Fatalf("%s: meta %+v", what, m)
	}
	if err := s.Verify(context.Background()); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func TestMemoryPackedAndSections(t *testing.T) {
	ctx, rng := context.Background(), random(t)
	for _, n := range []int{1, 77, 70_000} {
		src, ids := source(rng, n)
		fs := vfs.NewMem()
		mem, err := segment.Build(ctx, registry, spec(ids, defs(copyDef("c", 1))), segment.FromColumns(registry, src))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "memory", mem, src)
		written, err := mem.Save(fs, "packed")
		if err != nil || written < mem.Bytes() {
			t.Fatalf("%d bytes written, %v, want at least %d", written, err, mem.Bytes())
		}
		packed, err := segment.Open(fs, "packed", registry)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "packed", packed, src)
		apart, err := segment.Create(ctx, fs, "apart", registry, spec(ids, defs(copyDef("c", 1), copyDef("odd/../Name", 0))), segment.FromMerge(registry,
			[]segment.Input{{Segment: packed, Map: inPlace(n)}}, func() (engines.Columns, error) { return packed.Columns(), nil }))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "apart", apart, src)
		if err := apart.Link(fs, "linked"); err != nil {
			t.Fatal(err)
		}
		linked, err := segment.Open(fs, "linked", registry)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "linked", linked, src)
		for _, s := range []*segment.Segment{mem, packed, apart, linked} {
			more, err := s.AddSection(ctx, copyDef("later", 0))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "with one more index", more, src)
			if !more.Has(copyDef("later", 0)) || s.Has(copyDef("later", 0)) || more.Has(copyDef("later", 1)) {
				t.Fatal("the new index is in the wrong place")
			}
			again, err := more.AddSection(ctx, copyDef("later", 1))
			if err != nil {
				t.Fatal(err)
			}
			if !again.Has(copyDef("later", 1)) || again.Has(copyDef("later", 0)) || len(again.Indexes()) != len(more.Indexes()) {
				t.Fatal("an index defined anew does not take the place of the old one")
			}
			for _, x := range []*segment.Segment{again, more, s} {
				if err := x.Release(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// inPlace is the map of a merge that leaves n rows where they are.
func inPlace(n int) []rows.Num { return rows.All(n).AppendTo(nil) }

func TestLastReaderDeletes(t *testing.T) {
	ctx, rng := context.Background(), random(t)
	dir, mappings := filepath.Join(t.TempDir(), "seg"), segment.Mappings()
	src, ids := source(rng, 5000)
	s, err := segment.Create(ctx, vfs.Default, dir, registry, spec(ids, defs(copyDef("c", 1))), segment.FromColumns(registry, src))
	if err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	for range 4 {
		s.Acquire()
		readers.Go(func() {
			for range 20 {
				printColumn(s.Columns(), 1)
			}
			if err := s.Release(); err != nil {
				t.Error(err)
			}
		})
	}
	s.Acquire()
	s.Doom()
	if err := s.Release(); err != nil {
		t.Fatal(err)
	}
	readers.Wait()
	if _, err := os.Stat(dir); err != nil {
		t.Fatal("gone while it was in use:", err)
	}
	same(t, "doomed", s, src)
	if err := s.Release(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Fatal("still there after the last release:", err)
	}
	if n := segment.Mappings(); n != mappings {
		t.Fatalf("%d mappings, want %d", n, mappings)
	}
}

// TestTruncatedUnderReader cuts a file while it is mapped: reads give an
// error, in as many goroutines as there are, and the process lives.
func TestTruncatedUnderReader(t *testing.T) {
	ctx, rng := context.Background(), random(t)
	dir := filepath.Join(t.TempDir(), "seg")
	src, ids := source(rng, 200_000)
	mem, err := segment.Build(ctx, registry, spec(ids, defs()), segment.FromColumns(registry, src))
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Release()
	if _, err := mem.Save(vfs.Default, dir); err != nil {
		t.Fatal(err)
	}
	s, err := segment.Open(vfs.Default, dir, registry)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	if err := os.Truncate(filepath.Join(dir, "segment.pack"), 4096); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			err := segment.Guard(func() error {
				for b := 0; b*rows.BlockRows < s.Rows(); b++ {
					if _, err := s.Columns().Column(1).Block(b); err != nil {
						return err
					}
				}
				return nil
			})
			if !fault.Is(err, fault.Corrupt) || fault.HintOf(err) == "" {
				t.Errorf("read of a truncated file: %v, want corrupt with a hint", err)
			}
		})
	}
	readers.Wait()
	if err := s.Verify(ctx); !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), "segment.pack: section columns at offset 0: the file cannot be read at offset 4096") {
		t.Errorf("verify of a truncated file: %v, want corrupt, with file and offset", err)
	}
	if _, err := segment.Open(vfs.Default, dir, registry); !fault.Is(err, fault.Corrupt) {
		t.Errorf("open of a truncated file: %v, want corrupt", err)
	}
}

func TestGuardLetsOtherPanicsPass(t *testing.T) {
	defer func() {
		if r := recover(); r != "mine" {
			t.Errorf("recovered %v, want mine", r)
		}
	}()
	_ = segment.Guard(func() error { panic("mine") })
}

// TestFlippedBytes damages one byte after the other of a saved segment: it
// does not open, or a read finds it, or the byte is padding.
func TestFlippedBytes(t *testing.T) {
	ctx, rng := context.Background(), random(t)
	src, ids := source(rng, 300)
	fs := vfs.NewMem()
	mem, err := segment.Build(ctx, registry, spec(ids, defs()), segment.FromColumns(registry, src))
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Release()
	if _, err := mem.Save(fs, "seg"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"seg/meta", "seg/segment.pack"} {
		whole, err := segment.ReadFile(fs, name)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(whole); at += 1 + rng.IntN(5) {
			bad := slices.Clone(whole)
			bad[at] ^= byte(1 + rng.IntN(255))
			if err := segment.WriteFile(fs, name, bad); err != nil {
				t.Fatal(err)
			}
			s, err := segment.Open(fs, "seg", registry)
			if err != nil {
				continue
			}
			for _, f := range schema.Fields {
				have, want := printColumn(s.Columns(), f.ID), printColumn(src, f.ID)
				if have != want && !bytes.HasPrefix([]byte(have), []byte("error: ")) {
					t.Fatalf("%s, byte %d flipped: column %s reads wrong", name, at, f.Name)
				}
			}
			if err := s.Verify(ctx); err == nil && name == "seg/meta" {
				t.Fatalf("%s, byte %d flipped: not noticed", name, at)
			}
			s.Release()
		}
		if err := segment.WriteFile(fs, name, whole); err != nil {
			t.Fatal(err)
		}
	}
}

func TestIDs(t *testing.T) {
	rng := random(t)
	var ids segment.IDs
	var want []uint64
	next := uint64(1)
	for range 300 {
		next += uint64(rng.IntN(3))
		n := rng.IntN(5)
		ids = ids.Append(next, n)
		for range n {
			want = append(want, next)
			next++
		}
	}
	if ids.Rows() != len(want) {
		t.Fatalf("%d rows, want %d", ids.Rows(), len(want))
	}
	order := make([]rows.Num, len(want))
	for i := range order {
		order[i] = rows.Num(i)
		if have := ids.ID(rows.Num(i)); have != want[i] {
			t.Fatalf("row %d has id %d, want %d", i, have, want[i])
		}
	}
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	shuffled := ids.Ordered(order)
	for i, o := range order {
		if have := shuffled.ID(rows.Num(i)); have != want[o] {
			t.Fatalf("shuffled row %d has id %d, want %d", i, have, want[o])
		}
	}
	if lo, hi := shuffled.Span(); lo != want[0] || hi != want[len(want)-1] {
		t.Fatalf("span %d to %d, want %d to %d", lo, hi, want[0], want[len(want)-1])
	}
}

// TestSwappedFiles puts the sound file of one segment into the folder of
// another of the same size: it is noticed, though every checksum inside is right.
func TestSwappedFiles(t *testing.T) {
	ctx, rng := context.Background(), random(t)
	fs := vfs.NewMem()
	var packs [][]byte
	for _, dir := range []string{"a", "b"} {
		b := record.NewBatch(&schema, 40)
		for range 40 {
			b.AppendRow(record.IntValue(rng.Int64()), record.KeywordValue(fmt.Sprint("k", 10+rng.IntN(90))))
		}
		mem, err := segment.Build(ctx, registry, spec(segment.IDs{}.Append(100, 40), defs()[:1]), segment.FromColumns(registry, engines.BatchColumns(&schema, b)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mem.Save(fs, dir); err != nil {
			t.Fatal(err)
		}
		mem.Release()
		data, err := segment.ReadFile(fs, dir+"/segment.pack")
		if err != nil {
			t.Fatal(err)
		}
		packs = append(packs, data)
	}
	if err := segment.WriteFile(fs, "a/segment.pack", packs[1]); err != nil {
		t.Fatal(err)
	}
	if s, err := segment.Open(fs, "a", registry); !fault.Is(err, fault.Corrupt) {
		if err == nil {
			s.Release()
		}
		t.Fatalf("opened with the file of another segment: %v", err)
	}
}
