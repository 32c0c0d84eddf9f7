package enginetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// conditions is how many conditions are tried on one table.
func (w *world) conditions() int {
	if w.batch.N > 10_000 {
		return 2
	}
	return 25
}

// truth: Match finds exactly the rows that predicate.Eval finds True.
func truth(w *world) {
	w.t.Helper()
	for range w.conditions() {
		p := w.predicate()
		w.same("match "+p.String(), w.match(w.index, p, rows.All(w.batch.N)), w.wanted(p))
	}
}

// same reports the first rows in which two sets differ, with their values.
func (w *world) same(what string, got, want rows.Set) {
	w.t.Helper()
	if got.Equal(want) {
		return
	}
	wrong := got.AndNot(want).Or(want.AndNot(got))
	for n := range wrong.Each() {
		w.t.Errorf("%s\nof %d rows, row %d: in the answer %v, want %v\nrow: %s", what, w.batch.N, n, got.Has(n), want.Has(n), w.row(int(n)))
		return
	}
}

func (w *world) row(i int) string {
	var b bytes.Buffer
	for j, f := range w.schema.Fields {
		if j > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.Name + " " + f.Type.String() + " = " + fmt.Sprintf("%+v", w.batch.Cols[j].Value(i)))
	}
	return b.String()
}

// within: Match(p, w) = Match(p, all) ∩ w, for thin and thick w.
func within(w *world) {
	w.t.Helper()
	for range w.conditions() {
		p, some := w.predicate(), w.someRows()
		all := w.match(w.index, p, rows.All(w.batch.N))
		w.same("match within "+some.String()+" "+p.String(), w.match(w.index, p, some), all.And(some))
	}
}

// someRows returns a random set of rows: none, all, a range, or single rows.
func (w *world) someRows() rows.Set {
	n := w.batch.N
	switch w.r.IntN(5) {
	case 0:
		return rows.Set{}
	case 1:
		return rows.All(n)
	case 2:
		lo := w.r.IntN(n + 1)
		return rows.Range(lo, lo+w.r.IntN(n-lo+1))
	}
	var b rows.Builder
	every := 1 + w.r.IntN([]int{3, 100, 5000}[w.r.IntN(3)])
	for i := w.r.IntN(every); i < n; i += 1 + w.r.IntN(every) {
		b.Add(rows.Num(i))
	}
	return b.Set()
}

// reopen: the same bytes, moved elsewhere in memory, give the same answers.
func reopen(w *world) {
	w.t.Helper()
	again := w.open(Aligned(w.section))
	for range w.conditions() {
		p := w.predicate()
		w.same("reopened: "+p.String(), w.match(again, p, rows.All(w.batch.N)), w.match(w.index, p, rows.All(w.batch.N)))
	}
	if err := w.index.Close(); err != nil {
		w.t.Errorf("close: %v", err)
	}
}

// concurrent: goroutines that share an index get the answers one would get.
func concurrent(w *world) {
	w.t.Helper()
	var ps []predicate.P
	var want []rows.Set
	for range 8 {
		ps = append(ps, w.predicate())
		want = append(want, w.wanted(ps[len(ps)-1]))
	}
	fresh := w.open(w.section)
	got := make([]rows.Set, 4*len(ps))
	errs := make([]error, len(got))
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			got[i], errs[i] = fresh.Match(context.Background(), ps[i%len(ps)], rows.All(w.batch.N))
		})
	}
	wg.Wait()
	for i := range got {
		if errs[i] != nil {
			w.t.Fatalf("match: %v", errs[i])
		}
		w.same("concurrent: "+ps[i%len(ps)].String(), got[i], want[i%len(ps)])
	}
}

// merge: merging inputs answers like building the mapped live rows. Engines
// without the talent pass.
func merge(w *world) {
	w.t.Helper()
	merger, is := w.index.(engines.Merger)
	if !is {
		return
	}
	others := []*world{w, w.another(), w.another()}
	in, batch := mapLive(w, others)
	var out bytes.Buffer
	if err := merger.Merge(context.Background(), in, &out); err != nil {
		w.t.Fatalf("merge: %v", err)
	}
	merged := &world{Case: w.Case, t: w.t, r: w.r, schema: w.schema, batch: batch, def: w.def, fns: w.fns}
	merged.columns = engines.BatchColumns(w.schema, batch)
	merged.index = merged.open(out.Bytes())
	fresh := merged.open(Build(w.t, w.Engine, w.def, merged.columns))
	for range w.conditions() {
		p := merged.predicate()
		got := merged.match(merged.index, p, rows.All(batch.N))
		merged.same("merged: "+p.String(), got, merged.match(fresh, p, rows.All(batch.N)))
	}
}

// another returns a table of the same schema with other rows.
func (w *world) another() *world {
	c := w.Case
	c.Schema = nil
	n := smallSizes[w.r.IntN(len(smallSizes))]
	o := &world{Case: w.Case, t: w.t, r: w.r, schema: w.schema, def: w.def, fns: w.fns}
	o.batch = c.Batch(w.r, w.schema, n)
	o.columns = engines.BatchColumns(w.schema, o.batch)
	o.section = Build(w.t, w.Engine, w.def, o.columns)
	o.index = o.open(o.section)
	return o
}

// mapLive lets some rows of the inputs die and deals the others out in an
// order that keeps each input's own, as a merge by key would; one time in four
// in any order, as after a table's order was changed.
func mapLive(w *world, inputs []*world) ([]engines.MergeInput, *record.Batch) {
	batch := record.NewBatch(w.schema, 0)
	in := make([]engines.MergeInput, len(inputs))
	next := make([]int, len(inputs))
	orders := make([][]int, len(inputs)) // nil: as they lie
	turned, left := w.r.IntN(4) == 0, 0
	for i, o := range inputs {
		if turned {
			orders[i] = w.r.Perm(o.batch.N)
		}
		in[i] = engines.MergeInput{Index: o.index, Map: make([]rows.Num, o.batch.N)}
		left += o.batch.N
	}
	dead := w.r.Float64() * 0.5
	for left > 0 {
		i := w.r.IntN(len(inputs))
		for range min(1+w.r.IntN(50), inputs[i].batch.N-next[i]) {
			old := next[i]
			if turned {
				old = orders[i][old]
			}
			next[i]++
			left--
			if in[i].Map[old] = engines.Gone; w.r.Float64() < dead {
				continue
			}
			in[i].Map[old] = rows.Num(batch.N)
			for c := range batch.Cols {
				batch.Cols[c].Append(inputs[i].batch.Cols[c].Value(old))
			}
			batch.N++
		}
	}
	return in, batch
}

// flip: a section with one byte changed gives an error, or the same answers.
func flip(w *world) {
	w.t.Helper()
	ps := []predicate.P{w.predicate(), w.predicate(), w.predicate()}
	var want []rows.Set
	for _, p := range ps {
		want = append(want, w.match(w.index, p, rows.All(w.batch.N)))
	}
	for range 40 {
		bad := Aligned(w.section)
		at := w.r.IntN(len(bad))
		bad[at] ^= byte(1 + w.r.IntN(255))
		w.bad(bad, ps, want, "flipped byte", at)
	}
}

// truncate: a section that lost its end does not open.
func truncate(w *world) {
	w.t.Helper()
	for range 20 {
		n := w.r.IntN(len(w.section))
		ix, err := w.Engine.Open(w.sectionOf(Aligned(w.section[:n])))
		if err == nil {
			w.t.Errorf("opened %d of %d bytes: %v", n, len(w.section), ix)
			return
		}
	}
}

func (w *world) bad(b []byte, ps []predicate.P, want []rows.Set, what string, at int) {
	w.t.Helper()
	ix, err := w.Engine.Open(w.sectionOf(b))
	if err != nil {
		return
	}
	for i, p := range ps {
		got, err := ix.Match(context.Background(), p, rows.All(w.batch.N))
		if err != nil {
			continue
		}
		if !got.Equal(want[i]) {
			w.t.Errorf("%s %d of %d gives a wrong answer to %s", what, at, len(b), p)
			return
		}
	}
}

// estimate: what Match answers, Estimate knows, within the segment's rows.
func estimate(w *world) {
	w.t.Helper()
	for range w.conditions() {
		p := w.predicate()
		e, ok := w.index.Estimate(p)
		if !ok || e.Method == "" || e.Rows < 0 || e.Rows > float64(w.batch.N) || e.Nanos < 0 {
			w.t.Errorf("estimate of %s: %+v, %v, want a method and [0, %d] rows", p, e, ok, w.batch.N)
			return
		}
	}
}

// count: what a Counter counts is how many rows Match finds. Engines without
// the talent pass.
func count(w *world) {
	w.t.Helper()
	counter, is := w.index.(engines.Counter)
	if !is {
		return
	}
	for range w.conditions() {
		p := w.predicate()
		if n, ok := counter.Count(p); ok && n != w.wanted(p).Len() {
			w.t.Errorf("count of %s: %d, want %d", p, n, w.wanted(p).Len())
			return
		}
	}
}

// cancel: a cancelled Match returns the context's error or the right answer.
func cancel(w *world) {
	w.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	stop()
	p := w.predicate()
	got, err := w.index.Match(ctx, p, rows.All(w.batch.N))
	if err == nil {
		w.same("cancelled: "+p.String(), got, w.wanted(p))
	} else if !errors.Is(err, context.Canceled) && !fault.Is(err, fault.Canceled) {
		w.t.Errorf("cancelled match: %v", err)
	}
}
