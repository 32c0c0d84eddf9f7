package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/keys"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// flights is the table of most tests.
func flights(id record.TableID, version uint32) *catalog.Table {
	t := &catalog.Table{Name: fmt.Sprintf("flights%d", id), Schema: record.Schema{Table: id, Version: version, Fields: []record.Field{
		{ID: 1, Name: "n", Type: record.T(record.Int64)},
		{ID: 2, Name: "origin", Type: record.T(record.Keyword)},
		{ID: 3, Name: "delay", Type: record.T(record.Float64)},
		{ID: 4, Name: "tags", Type: record.T(record.KeywordArray)},
	}}, Sharding: catalog.Sharding{Ranges: catalog.EvenRanges([]uint32{1})}}
	if id >= 10 {
		t.Indexes = append(t.Indexes, catalog.Index{Name: "order", Engine: "sorted", Columns: []record.ColumnID{3, 2}})
	}
	if version > 1 {
		t.Indexes = append(t.Indexes, catalog.Index{Name: "second", Engine: "echo", Columns: []record.ColumnID{1}})
		t.Schema.Fields = append(t.Schema.Fields, record.Field{ID: 5, Name: "extra", Type: record.T(record.Int64), Default: record.IntValue(7)})
	}
	return t
}

// batchOf makes n random rows; column n counts from first.
func batchOf(rng *rand.Rand, t *catalog.Table, first, n int) *record.Batch {
	b := record.NewBatch(&t.Schema, n)
	for i := range n {
		row := []record.Value{record.IntValue(int64(first + i)), record.KeywordValue(fmt.Sprint("o", rng.IntN(9))),
			record.FloatValue(rng.Float64()), {Type: record.T(record.KeywordArray), Valid: true}}
		if rng.IntN(5) == 0 {
			row[1] = record.NullOf(record.T(record.Keyword))
		}
		for range rng.IntN(3) {
			row[3].Elems = append(row[3].Elems, record.KeywordValue(fmt.Sprint("t", rng.IntN(9))))
		}
		if t.Schema.Version > 1 {
			row = append(row, record.IntValue(int64(rng.IntN(100))))
		}
		b.AppendRow(row...)
	}
	return b
}

// rowsOfBatch prints the rows of b as the table t has them.
func rowsOfBatch(t *catalog.Table, b *record.Batch, first uint64) []string {
	var out []string
	for i := range b.N {
		line := fmt.Sprint("#", first+uint64(i))
		for _, f := range t.Schema.Fields {
			v := f.Default
			if c := b.Column(f.ID); c != nil {
				v = c.Value(i)
			}
			line += " " + text(v)
		}
		out = append(out, line)
	}
	return out
}

func text(v record.Value) string {
	if !v.Valid {
		return "NULL"
	}
	return fmt.Sprintf("%d|%g|%s|%v", v.I, v.F, v.S, len(v.Elems)) + fmt.Sprint(func() (s []string) {
		for _, e := range v.Elems {
			s = append(s, e.S)
		}
		return
	}())
}

// read prints all rows of a view, with their ids, sorted.
func read(t *testing.T, s *Shard, id record.TableID) []string {
	t.Helper()
	v, err := s.View(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	return readView(t, v)
}

func readView(t *testing.T, v *View) []string {
	t.Helper()
	var out []string
	for _, p := range v.Parts {
		checkLayout(t, v, p)
		if p.Rows != p.Columns.Rows() || p.IDs().Rows() != p.Rows {
			t.Fatalf("part %s: %d rows, columns have %d, ids %d", p.Name, p.Rows, p.Columns.Rows(), p.IDs().Rows())
		}
		lines := make([]string, p.Rows)
		for i := range lines {
			lines[i] = fmt.Sprint("#", p.IDs().ID(rows.Num(i)))
		}
		for _, f := range v.Table.Schema.Fields {
			c, err := whole(p.Columns, f.ID)
			if err != nil {
				t.Fatal(err)
			}
			for i := range lines {
				if c == nil {
					lines[i] += " " + text(f.Default)
				} else {
					lines[i] += " " + text(c.Value(i))
				}
			}
		}
		for r := range p.Live.Each() {
			out = append(out, lines[r])
		}
	}
	slices.Sort(out)
	return out
}

func testRegistry(columns engines.Engine) *engines.Registry {
	return engines.NewRegistry(columns, echo{}, sortedRows{}, keys.Engine{})
}

func openTest(t testing.TB, fs vfs.FS, o Options) *Shard {
	t.Helper()
	o.FS, o.manual = fs, true
	if o.Registry == nil {
		o.Registry = testRegistry(plain{})
	}
	s, err := Open(context.Background(), "shard", o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustApply(t testing.TB, s *Shard, index uint64, entry []byte) any {
	t.Helper()
	v, err, broken := s.Apply(index, entry)
	if err != nil || broken != nil {
		t.Fatalf("entry %d: %v, %v", index, err, broken)
	}
	return v
}

func equal(t *testing.T, what string, have, want []string) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	if slices.Equal(have, want) {
		return
	}
	for i := range max(len(have), len(want)) {
		if i >= len(have) || i >= len(want) || have[i] != want[i] {
			t.Fatalf("%s: %d rows, want %d; first difference at %d: %q, want %q", what, len(have), len(want), i,
				have[min(i, len(have)):min(i+1, len(have))], want[min(i, len(want)):min(i+1, len(want))])
		}
	}
}

func TestOpenRowsAndMemorySegments(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := openTest(t, vfs.NewMem(), Options{TailRows: 10})
	defer s.Close()
	def := flights(1, 1)
	mustApply(t, s, 1, EncodeDefine(def))
	var want []string
	index := uint64(1)
	for n := 0; n < 200; {
		b := batchOf(rng, def, n, 1+rng.IntN(15))
		n += b.N
		index++
		r := mustApply(t, s, index, EncodeBatch(IdempotencyKey{}, b)).(BatchResult)
		want = append(want, rowsOfBatch(def, b, r.FirstRow)...)
		equal(t, fmt.Sprint("after ", n), read(t, s, 1), want)
	}
	def = flights(1, 2)
	mustApply(t, s, index+1, EncodeDefine(def))
	have := read(t, s, 1)
	if len(have) != len(want) {
		t.Fatalf("%d rows after a new schema, want %d", len(have), len(want))
	}
}

func TestViewIsASnapshot(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	s := openTest(t, vfs.NewMem(), Options{TailRows: 64})
	defer s.Close()
	def := flights(1, 1)
	mustApply(t, s, 1, EncodeDefine(def))
	var views []*View
	var wants [][]string
	var want []string
	for i := range 150 {
		b := batchOf(rng, def, i, 1)
		r := mustApply(t, s, uint64(i+2), EncodeBatch(IdempotencyKey{}, b)).(BatchResult)
		want = append(want, rowsOfBatch(def, b, r.FirstRow)...)
		v, err := s.View(context.Background(), 1)
		if err != nil {
			t.Fatal(err)
		}
		views, wants = append(views, v), append(wants, slices.Clone(want))
		if v.Applied != uint64(i+2) {
			t.Fatalf("view of entry %d, want %d", v.Applied, i+2)
		}
	}
	for i, v := range views {
		equal(t, fmt.Sprint("view ", i), readView(t, v), wants[i])
		v.Close()
	}
}

func hint(err error) string { return fault.HintOf(err) }

// checkLayout wants the rows of a sealed part of a table with the index
// "order" in one group and sorted.
func checkLayout(t *testing.T, v *View, p Part) {
	t.Helper()
	if p.Open || v.Table.ID() < 10 {
		return
	}
	group, err1 := whole(p.Columns, 2)
	key, err2 := whole(p.Columns, 3)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	for i := 1; i < p.Rows; i++ {
		if group.Value(i).S != group.Value(0).S {
			t.Fatalf("part %s holds rows of groups %q and %q", p.Name, group.Value(0).S, group.Value(i).S)
		}
		if record.Compare(key.Value(i-1), key.Value(i)) > 0 {
			t.Fatalf("part %s is not sorted at row %d", p.Name, i)
		}
	}
}

// TestNoIndexes stores columns alone: less, and the same rows.
func TestNoIndexes(t *testing.T) {
	var sizes []int64
	var rows [][]string
	for _, bare := range []bool{false, true} {
		rng := rand.New(rand.NewPCG(7, 7))
		s := openTest(t, vfs.NewMem(), Options{Registry: testRegistry(columnar.Engine{}), NoIndexes: bare})
		mustApply(t, s, 1, EncodeDefine(flights(10, 2)))
		mustApply(t, s, 2, EncodeBatch(IdempotencyKey{}, batchOf(rng, flights(10, 2), 0, 3000)))
		size := int64(0)
		if err := s.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, i := range s.Segments() {
			size += i.Bytes
			if bare && len(i.Indexes) != 1 {
				t.Errorf("indexes %v, want columns alone", i.Indexes)
			}
		}
		v, err := s.View(context.Background(), 10)
		if err != nil {
			t.Fatal(err)
		}
		v.Table = flights(1, 2) // the layout is an index's, and there is none
		rows = append(rows, readView(t, v))
		v.Close()
		sizes = append(sizes, size)
		s.Close()
	}
	equal(t, "without indexes", rows[1], rows[0])
	if sizes[1] >= sizes[0] {
		t.Errorf("%d bytes without indexes, %d with them", sizes[1], sizes[0])
	}
}

// TestDroppedWhileSealing drops the table, or closes the shard, between the
// building of a memory segment and its turn to become part of the state.
func TestDroppedWhileSealing(t *testing.T) {
	ctx := context.Background()
	for _, closed := range []bool{false, true} {
		s := openTest(t, vfs.NewMem(), Options{})
		def := flights(1, 1)
		mustApply(t, s, 1, EncodeDefine(def))
		mustApply(t, s, 2, EncodeBatch(IdempotencyKey{}, batchOf(rand.New(rand.NewPCG(1, 1)), def, 0, 100)))
		tb := s.tables[1]
		take := s.prefix(tb, 2)
		built, err := s.buildOpen(ctx, def, take, make([]rows.Set, len(take)))
		if err != nil {
			t.Fatal(err)
		}
		if closed {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		} else {
			mustApply(t, s, 3, EncodeDrop(1))
		}
		s.installSealed(tb, take, built)
		if n := len(s.Segments()); n != 0 || !built[0].gone {
			t.Fatalf("closed %v: %d segments, gone %v, want none", closed, n, built[0].gone)
		}
		if !closed && s.Pressure() != 0 {
			t.Fatalf("pressure %d, want 0", s.Pressure())
		}
		s.Close()
	}
}
