package enginetest

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// Case is an engine under test and how to make work for it. Fields that are
// nil have a default that suits an engine over any field.
type Case struct {
	Engine engines.Engine
	// Schema returns the columns of one trial. nil: up to six of any type.
	Schema func(r *rand.Rand) *record.Schema
	// Def returns the index of a trial. nil: all fields, no options.
	Def func(r *rand.Rand, s *record.Schema) engines.IndexDef
	// Batch returns n rows. nil: RandomBatch.
	Batch func(r *rand.Rand, s *record.Schema, n int) *record.Batch
	// Predicate returns a condition that the index answers. nil: RandomPredicate.
	Predicate func(r *rand.Rand, s *record.Schema, sample *record.Batch) predicate.P
	// Trials is the number of random tables a law is tried on; 0 means 30.
	Trials int
}

func (c Case) withDefaults() Case {
	if c.Schema == nil {
		c.Schema = func(r *rand.Rand) *record.Schema { return RandomSchema(r, 1+r.IntN(6)) }
	}
	if c.Def == nil {
		c.Def = func(_ *rand.Rand, s *record.Schema) engines.IndexDef {
			return engines.IndexDef{Name: c.Engine.Name(), Engine: c.Engine.Name(), Fields: s.Fields}
		}
	}
	if c.Batch == nil {
		c.Batch = RandomBatch
	}
	if c.Predicate == nil {
		c.Predicate = func(r *rand.Rand, s *record.Schema, sample *record.Batch) predicate.P {
			return RandomPredicate(r, s, sample, 3)
		}
	}
	if c.Trials == 0 {
		c.Trials = 30
	}
	return c
}

// Run tries every law of the engine contract as a subtest.
func Run(t *testing.T, c Case) {
	c = c.withDefaults()
	t.Run("truth", func(t *testing.T) { c.each(t, sizes, truth) })
	t.Run("within", func(t *testing.T) { c.each(t, sizes, within) })
	t.Run("reopen", func(t *testing.T) { c.each(t, smallSizes, reopen) })
	t.Run("concurrent", func(t *testing.T) { c.each(t, smallSizes, concurrent) })
	t.Run("merge", func(t *testing.T) { c.each(t, sizes, merge) })
	t.Run("flip", func(t *testing.T) { c.each(t, smallSizes, flip) })
	t.Run("truncate", func(t *testing.T) { c.each(t, smallSizes, truncate) })
	t.Run("estimate", func(t *testing.T) { c.each(t, smallSizes, estimate) })
	t.Run("count", func(t *testing.T) { c.each(t, sizes, count) })
	t.Run("cancel", func(t *testing.T) { c.each(t, smallSizes, cancel) })
	t.Run("lent", func(t *testing.T) { c.each(t, smallSizes, lent) })
}

// sizes are row counts at the edges of words, vectors and blocks; most trials
// take the small ones, because the slow truth is slow.
var (
	smallSizes = []int{0, 1, 2, 63, 64, 65, 500, 1023, 1025}
	edgeSizes  = []int{65535, 65536, 65537, 131073}
)

func sizes(r *rand.Rand) int {
	if r.IntN(12) == 0 {
		return edgeSizes[r.IntN(len(edgeSizes))]
	}
	return smallSizes[r.IntN(len(smallSizes))]
}

func (c Case) each(t *testing.T, size any, law func(w *world)) {
	r := Rand(t)
	for range c.Trials {
		n := 0
		switch size := size.(type) {
		case []int:
			n = size[r.IntN(len(size))]
		case func(*rand.Rand) int:
			n = size(r)
		}
		law(c.world(t, r, n))
		if t.Failed() {
			return
		}
	}
}

// world is one random table with its index built and opened.
type world struct {
	Case
	t       *testing.T
	r       *rand.Rand
	schema  *record.Schema
	batch   *record.Batch
	def     engines.IndexDef
	columns engines.Columns
	section []byte
	index   engines.Index
	fns     predicate.Functions
}

func (c Case) world(t *testing.T, r *rand.Rand, n int) *world {
	t.Helper()
	w := &world{Case: c, t: t, r: r, schema: c.Schema(r), fns: engines.NewRegistry(c.Engine)}
	w.batch = c.Batch(r, w.schema, n)
	w.def = c.Def(r, w.schema)
	w.columns = engines.BatchColumns(w.schema, split(r, w.batch)...)
	w.section = Build(t, c.Engine, w.def, w.columns)
	w.index = w.open(w.section)
	return w
}

// split cuts b into a few batches, as a load would bring it.
func split(r *rand.Rand, b *record.Batch) []*record.Batch {
	var out []*record.Batch
	for lo := 0; lo < b.N; {
		hi := min(b.N, lo+1+r.IntN(b.N))
		part := &record.Batch{Table: b.Table, Version: b.Version, N: hi - lo, IDs: b.IDs}
		for i := range b.Cols {
			c := record.NewColumn(b.Cols[i].Type, hi-lo)
			c.AppendRows(&b.Cols[i], lo, hi)
			part.Cols = append(part.Cols, *c)
		}
		out = append(out, part)
		lo = hi
	}
	return out
}

// Build returns the section of def over src.
func Build(t testing.TB, e engines.Engine, def engines.IndexDef, src engines.Columns) []byte {
	t.Helper()
	b, err := e.NewBuilder(def, src)
	if err != nil {
		t.Fatalf("new builder: %v", err)
	}
	var w bytes.Buffer
	if err := b.Build(context.Background(), &w); err != nil {
		t.Fatalf("build: %v", err)
	}
	return w.Bytes()
}

func (w *world) sectionOf(b []byte) engines.Section {
	return engines.Section{Def: w.def, Rows: w.columns.Rows(), Bytes: b, Columns: w.columns}
}

func (w *world) open(b []byte) engines.Index {
	w.t.Helper()
	ix, err := w.Engine.Open(w.sectionOf(b))
	if err != nil {
		w.t.Fatalf("open: %v", err)
	}
	return ix
}

func (w *world) predicate() predicate.P { return w.Predicate(w.r, w.schema, w.batch) }

// wanted returns the rows where p is True by the slow truth.
func (w *world) wanted(p predicate.P) rows.Set {
	w.t.Helper()
	return Wanted(w.t, w.schema, w.batch, p, w.fns)
}

// Wanted returns the rows of b where p is True by predicate.Eval.
func Wanted(t testing.TB, s *record.Schema, b *record.Batch, p predicate.P, fns predicate.Functions) rows.Set {
	t.Helper()
	var out rows.Builder
	for i := range b.N {
		truth, err := predicate.Eval(p, BatchRow{Batch: b, Schema: s, I: i}, fns)
		if err != nil {
			t.Fatalf("eval %s: %v", p, err)
		}
		if truth == predicate.True {
			out.Add(rows.Num(i))
		}
	}
	return out.Set()
}

func (w *world) match(ix engines.Index, p predicate.P, within rows.Set) rows.Set {
	w.t.Helper()
	got, err := ix.Match(context.Background(), p, within)
	if err != nil {
		w.t.Fatalf("match %s: %v", p, err)
	}
	return got
}
