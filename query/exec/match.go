package exec

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// matchStep is one conjunct of a scan's Where and who answers it in a part.
type matchStep struct {
	p     predicate.P
	index engines.Index // nil: evaluation row by row
	est   engines.Estimate
	name  string // for EXPLAIN: "columnar.zones", "open.Scan", "eval.Scan"
}

// evalNanos is about what predicate.Eval costs a row.
const evalNanos = 150

// match narrows the set of every part to the rows where Where is True.
func (s *scanOp) match() error {
	if s.node.Where == nil {
		return nil
	}
	all := predicate.Conjuncts(s.node.Where)
	nanos := 0.0
	for _, p := range s.parts {
		if s.counted != nil && s.countPart(p) {
			continue
		}
		if err := s.choose(p, all); err != nil {
			return err
		}
		for i := range p.steps {
			nanos += p.steps[i].est.Nanos
		}
	}
	return s.q.each(len(s.parts), int64(nanos), func(_ *worker, i int) error { return s.matchPart(s.parts[i]) })
}

// choose finds the cheapest answer to each conjunct and puts them in order:
// what removes most rows for its time comes first.
func (s *scanOp) choose(p *scanPart, all []predicate.P) error {
	p.steps = make([]matchStep, len(all))
	for i, c := range all {
		step := &p.steps[i]
		*step = s.byEval(p.Part, c)
		for j := range p.Indexes {
			if s.noIndex() {
				break
			}
			ix := &p.Indexes[j]
			if est, ok := ix.Index.Estimate(c); ok && (step.index == nil || est.Nanos < step.est.Nanos) {
				*step = matchStep{c, ix.Index, est, ix.Def.Engine + "." + est.Method}
			}
		}
		if step.index == nil && !p.Open && !s.noIndex() {
			if err := needsIndex(c); err != nil {
				return err
			}
		}
	}
	if len(all) > 1 {
		if !s.noIndex() {
			p.steps = jointly(p.Part, p.steps)
		}
		n := float64(p.Rows)
		slices.SortStableFunc(p.steps, func(a, b matchStep) int { return cmp.Compare(a.rank(n), b.rank(n)) })
		p.steps = s.together(p.steps)
	}
	return nil
}

// jointly looks for an index that answers several conjuncts at once for less
// than their own answers take one by one, as a directory of series does with
// a series and a time, and makes them one step.
func jointly(part *store.Part, steps []matchStep) []matchStep {
	if len(part.Indexes) < 2 {
		return steps
	}
	best, saved := steps, 0.0
	for j := range part.Indexes {
		ix := &part.Indexes[j]
		var of []predicate.P
		var rest []matchStep
		apart := 0.0
		for _, step := range steps {
			if _, ok := ix.Index.Estimate(step.p); !ok {
				rest = append(rest, step)
				continue
			}
			of = append(of, step.p)
			apart += step.est.Nanos
		}
		if len(of) < 2 {
			continue
		}
		one := predicate.Conjunction(of)
		if est, ok := ix.Index.Estimate(one); ok && apart-est.Nanos > saved {
			best, saved = append(rest, matchStep{one, ix.Index, est, ix.Def.Engine + "." + est.Method}), apart-est.Nanos
		}
	}
	return best
}

// together makes one step of those at the front that one index answers, if it
// can take them as one condition: it then goes over each block once.
func (s *scanOp) together(steps []matchStep) []matchStep {
	n := 1
	for n < len(steps) && steps[n].index != nil && steps[n].index == steps[0].index {
		n++
	}
	if n < 2 {
		return steps
	}
	var of []predicate.P
	for i := range steps[:n] {
		of = append(of, steps[i].p)
	}
	one := predicate.Conjunction(of)
	est, ok := steps[0].index.Estimate(one)
	if !ok {
		return steps
	}
	engine, _, _ := strings.Cut(steps[0].name, ".")
	return append([]matchStep{{one, steps[0].index, est, engine + "." + est.Method}}, steps[n:]...)
}

// countPart counts the part's rows where Where is True without finding them,
// if all of its rows live and an index can.
func (s *scanOp) countPart(p *scanPart) bool {
	if s.noIndex() || !p.set.IsAll(p.Rows) {
		return false
	}
	for i := range p.Indexes {
		c, ok := p.Indexes[i].Index.(engines.Counter)
		if !ok {
			continue
		}
		if n, ok := c.Count(s.node.Where); ok {
			s.counted(n)
			s.stats.add("parts counted by "+p.Indexes[i].Def.Engine, 1)
			p.set = rows.Set{}
			return true
		}
	}
	return false
}

// noIndex says that evaluation alone must decide.
func (s *scanOp) noIndex() bool { return s.q.env.NoIndex || s.node.NoIndex }

// byEval is the step that decides c row by row.
func (s *scanOp) byEval(p *store.Part, c predicate.P) matchStep {
	step := matchStep{p: c, name: "eval.Scan", est: engines.Estimate{Rows: float64(p.Rows) / 3, Nanos: evalNanos * float64(p.Rows)}}
	if p.Open {
		step.name = "open.Scan"
	}
	return step
}

// rank is the time a step takes for each share of n rows that it removes.
func (m *matchStep) rank(n float64) float64 {
	return (m.est.Nanos + 100) / max(1-m.est.Rows/max(n, 1), 0.001)
}

// needsIndex refuses an engine's function that no index of the part answers.
func needsIndex(p predicate.P) (err error) {
	predicate.Walk(p, func(p predicate.P) bool {
		if call, ok := p.(predicate.Call); ok && err == nil {
			field := "field"
			if len(call.Fields) > 0 {
				field = call.Fields[0].Name
			}
			err = fault.E("exec: scan", fault.Unsupported, fault.Item(p.String()),
				fault.Hint("CREATE INDEX ON the table ("+field+") USING the engine that brings "+call.Function), "no index answers this condition")
		}
		return err == nil
	})
	return err
}

// matchPart runs the steps of one part, each within the answer of the one before.
func (s *scanOp) matchPart(p *scanPart) error {
	for i := range p.steps {
		step := &p.steps[i]
		if p.set.IsEmpty() {
			return nil
		}
		var start time.Time
		if s.stats != nil {
			start = time.Now()
		}
		var err error
		if step.index != nil {
			p.set, err = step.index.Match(s.q.ctx, step.p, p.set)
		} else {
			p.set, err = s.evalRows(p.Part, step.p, p.set)
		}
		if err != nil {
			return fault.E("exec: match", fault.Item(p.Name), err)
		}
		if s.stats != nil {
			s.stats.step(step, p.set.Len(), time.Since(start))
		}
	}
	return nil
}

// evalRows decides c by predicate.Eval, row by row.
func (s *scanOp) evalRows(p *store.Part, c predicate.P, within rows.Set) (rows.Set, error) {
	row := partRow{scan: s, columns: p.Columns}
	var out rows.Builder
	seen := 0
	for r := range within.Each() {
		if seen++; seen&1023 == 0 {
			if err := s.q.err(); err != nil {
				return rows.Set{}, err
			}
		}
		row.at = r
		truth, err := predicate.Eval(c, &row, s.q.functions())
		if err == nil {
			err = row.err
		}
		if err != nil {
			return rows.Set{}, err
		}
		if truth == predicate.True {
			out.Add(r)
		}
	}
	return out.Set(), nil
}

// partRow is one row of a part for predicate.Eval. Most conditions look at one
// column, so the last one read is kept.
type partRow struct {
	scan    *scanOp
	columns engines.Columns
	at      rows.Num
	err     error

	id    record.ColumnID
	block int
	last  *codec.Block
}

func (r *partRow) Value(f predicate.Field) record.Value {
	b := int(r.at) / rows.BlockRows
	if r.last == nil || r.id != f.ID || r.block != b {
		col := r.columns.Column(f.ID)
		if col == nil {
			return r.scan.defaultOf(f)
		}
		var err error
		if r.last, err = col.Block(b); err != nil {
			r.err, r.last = err, nil
			return record.NullOf(f.Type)
		}
		r.id, r.block = f.ID, b
	}
	return r.last.Value(int(r.at) % rows.BlockRows)
}

func (s *scanOp) defaultOf(f predicate.Field) record.Value {
	sc := &s.node.Table.Schema
	if at := sc.ByID(f.ID); at >= 0 && sc.Fields[at].Default.Valid {
		return sc.Fields[at].Default
	}
	return record.NullOf(f.Type)
}
