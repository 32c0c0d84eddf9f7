package exec

import (
	"time"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// A scan's Where is answered part by part. Who answers what is a tree of
// steps (match_plan.go), made for each part from the estimates of its indexes;
// running it is algebra of sets, in this file.

// how says in which way a step finds its rows.
type how uint8

const (
	byIndex    how = iota // the index answers
	byRows                // predicate.Eval, row by row
	complement            // NOT of what the index answers, less the rows where that is Unknown
	allOf                 // the steps, each within the answer of the one before
	anyOf                 // the steps, each within the rows that none before it found
)

// matchStep is a condition, in one part, and who answers it.
type matchStep struct {
	p     predicate.P
	how   how
	of    []matchStep      // of allOf and anyOf
	index engines.Index    // of byIndex and complement
	ready engines.Prepared // of byIndex, where the index has made p ready, or nil
	est   engines.Estimate

	answers uint64 // byIndex, where known: bit j is set where index j of the part answers p
	known   bool

	engine string // of byIndex
	label  string // of others: see name
}

// name is for EXPLAIN: "columnar.zones", "open.Scan", "or(search.postings, eval.Scan)".
func (m *matchStep) name() string {
	if m.how == byIndex {
		return m.engine + "." + m.est.Method
	}
	return m.label
}

// match narrows the set of every part to the rows where Where is True.
func (s *scanOp) match() error {
	if s.node.Where == nil {
		return nil
	}
	all := predicate.Conjuncts(s.node.Where)
	s.leaveOut(all)
	left := make([]*scanPart, 0, len(s.parts))
	for _, p := range s.parts {
		if p.set.IsEmpty() {
			continue
		}
		if s.counted == nil || s.chosen != nil || !s.countPart(p) {
			left = append(left, p)
		}
	}
	err := s.q.each(len(left), int64(len(left)*sizeOf(s.node.Where))*chooseRows, func(_ *worker, i int) (err error) {
		c := chooser{part: left[i].Part, scan: s}
		left[i].steps, err = c.conjuncts(all)
		return err
	})
	if err != nil {
		return err
	}
	nanos := 0.0
	for _, p := range left {
		for i := range p.steps {
			nanos += p.steps[i].est.Nanos
		}
	}
	return s.q.each(len(left), int64(nanos), func(_ *worker, i int) error { return s.matchPart(left[i]) })
}

// chooseRows is about how many rows could be read while a part's indexes are
// asked about one value of a condition.
const chooseRows = 50

// sizeOf is the number of values in a condition.
func sizeOf(p predicate.P) (n int) {
	predicate.Walk(p, func(p predicate.P) bool {
		if in, ok := p.(predicate.In); ok {
			n += len(in.Values)
		}
		n++
		return true
	})
	return n
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
			s.stats.gave(n)
			s.stats.add("parts counted by "+p.Indexes[i].Def.Engine, 1)
			p.set = rows.Set{}
			return true
		}
	}
	return false
}

// noIndex says that evaluation alone must decide.
func (s *scanOp) noIndex() bool { return s.q.env.NoIndex || s.node.NoIndex }

// matchPart runs the steps of one part, each within the answer of the one before.
func (s *scanOp) matchPart(p *scanPart) error {
	for i := range p.steps {
		if p.set.IsEmpty() {
			return nil
		}
		var err error
		if p.set, err = s.take(p.Part, &p.steps[i], p.set, s.stats.root()); err != nil {
			return fault.E("exec: match", fault.Item(p.Name), err)
		}
	}
	return nil
}

// take returns the rows of within where the step's condition is True.
func (s *scanOp) take(p *store.Part, m *matchStep, within rows.Set, above *Report) (rows.Set, error) {
	r := s.stats.step(above, m)
	var start time.Time
	if r != nil {
		start = time.Now()
	}
	found, err := s.found(p, m, within, r)
	if r != nil {
		s.stats.took(r, m, found.Len(), time.Since(start))
	}
	return found, err
}

func (s *scanOp) found(p *store.Part, m *matchStep, within rows.Set, r *Report) (rows.Set, error) {
	switch m.how {
	case byIndex:
		if m.ready != nil {
			return m.ready.Match(s.q.ctx, within)
		}
		return m.index.Match(s.q.ctx, m.p, within)
	case complement:
		have, err := m.index.Match(s.q.ctx, m.p.(predicate.Not).Of, within)
		if err != nil {
			return rows.Set{}, err
		}
		return s.decide(p, m.p, within.AndNot(have))
	case allOf:
		for i := range m.of {
			var err error
			if within, err = s.take(p, &m.of[i], within, r); err != nil || within.IsEmpty() {
				return within, err
			}
		}
		return within, nil
	case anyOf:
		return s.foundByAny(p, m, within, r)
	}
	return s.decide(p, m.p, within)
}

func (s *scanOp) foundByAny(p *store.Part, m *matchStep, within rows.Set, r *Report) (rows.Set, error) {
	var out rows.Set
	for i := range m.of {
		found, err := s.take(p, &m.of[i], within, r)
		if err != nil {
			return rows.Set{}, err
		}
		out, within = out.Or(found), within.AndNot(found)
		if within.IsEmpty() {
			break
		}
	}
	return out, nil
}

// evalRows decides c as predicate.Eval does, row by row.
func (s *scanOp) evalRows(p *store.Part, c predicate.P, within rows.Set) (rows.Set, error) {
	holds, err := predicate.Compile(c, s.q.functions())
	if err != nil {
		return rows.Set{}, err
	}
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
		truth, err := holds(&row)
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

// partRow is one row of a part for a condition. Most conditions look at one
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
