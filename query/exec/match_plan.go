package exec

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// chooser finds out who answers a condition in one part.
type chooser struct {
	scan *scanOp
	part *store.Part
}

// jointSteps is what indexes said of all conditions of one AND that they answer.
type jointSteps []jointStep

// jointStep is a step that stands for n conjuncts.
type jointStep struct {
	step matchStep
	n    int
}

// of returns what an index said of n conjuncts.
func (js jointSteps) of(ix engines.Index, n int) (matchStep, bool) {
	for i := range js {
		if js[i].step.index == ix && js[i].n == n {
			return js[i].step, true
		}
	}
	return matchStep{}, false
}

// conjuncts finds the cheapest answer to each of all and puts them in order:
// what removes most rows for its time comes first.
func (c *chooser) conjuncts(all []predicate.P) ([]matchStep, error) {
	steps := make([]matchStep, len(all))
	for i, p := range all {
		var err error
		if steps[i], err = c.step(p); err != nil {
			return nil, err
		}
	}
	if len(steps) < 2 {
		return steps, nil
	}
	var joint jointSteps
	if !c.byRowsAlone() {
		steps, joint = c.jointly(steps)
	}
	n := float64(c.part.Rows)
	slices.SortStableFunc(steps, func(a, b matchStep) int { return cmp.Compare(a.removes(n), b.removes(n)) })
	return c.together(steps, joint), nil
}

// byRowsAlone says that evaluation must decide: no index is there, or none may be asked.
func (c *chooser) byRowsAlone() bool { return c.part.Open || c.scan.noIndex() }

// step finds the cheapest way to the rows where p is True: the index that
// answers p whole, or the parts of p, each by its own. A NOT above an AND or an
// OR is pushed to the leaves: each part then answers for where it is True, and
// that is enough.
func (c *chooser) step(p predicate.P) (matchStep, error) {
	if c.byRowsAlone() {
		return c.byEval(p), nil
	}
	if not, is := p.(predicate.Not); is {
		switch not.Of.(type) {
		case predicate.And, predicate.Or, predicate.Not:
			p = predicate.PushNot(p)
		}
	}
	whole, ok := c.byIndex(p)
	if of, and, divides := divided(p); divides {
		apart, err := c.apart(p, of, and)
		if !ok || err == nil && apart.est.Nanos < whole.est.Nanos*0.8 {
			return apart, err
		}
	}
	if ok {
		return whole, nil
	}
	if not, is := p.(predicate.Not); is {
		if whole, ok = c.byIndex(not.Of); ok {
			return c.without(p, whole), nil
		}
	}
	return c.byEval(p), needsIndex(p)
}

// divided returns the parts whose AND or OR p is.
func divided(p predicate.P) (of []predicate.P, and, ok bool) {
	switch p := p.(type) {
	case predicate.And:
		of = predicate.Conjuncts(p)
		return of, true, len(of) > 0
	case predicate.Or:
		of = disjuncts(p, nil)
		return of, false, len(of) > 0
	}
	return nil, false, false
}

func disjuncts(p predicate.P, out []predicate.P) []predicate.P {
	or, is := p.(predicate.Or)
	if !is {
		return append(out, p)
	}
	for _, q := range or.Of {
		out = disjuncts(q, out)
	}
	return out
}

// apart answers p by its parts.
func (c *chooser) apart(p predicate.P, of []predicate.P, and bool) (matchStep, error) {
	if and {
		steps, err := c.conjuncts(of)
		if err != nil {
			return matchStep{}, err
		}
		if len(steps) == 1 {
			return steps[0], nil
		}
		return c.joined(p, allOf, "and", steps), nil
	}
	steps := make([]matchStep, len(of))
	for i, q := range of {
		var err error
		if steps[i], err = c.step(q); err != nil {
			return matchStep{}, err
		}
	}
	steps = c.united(steps)
	slices.SortStableFunc(steps, func(a, b matchStep) int { return cmp.Compare(a.adds(), b.adds()) })
	if len(steps) == 1 {
		return steps[0], nil
	}
	return c.joined(p, anyOf, "or", steps), nil
}

// joined is the step of steps, with their estimates combined as if they knew
// nothing of each other. Rows that a step no longer sees cost nothing only
// where each is looked at alone.
func (c *chooser) joined(p predicate.P, how how, word string, steps []matchStep) matchStep {
	m := matchStep{p: p, how: how, of: steps}
	n := max(float64(c.part.Rows), 1)
	names := make([]string, len(steps))
	left := 1.0 // the share of the rows that a step sees
	for i := range steps {
		est := &steps[i].est
		if steps[i].how == byRows {
			m.est.Nanos += est.Nanos * left
		} else {
			m.est.Nanos += est.Nanos
		}
		share := min(est.Rows/n, 1)
		if how == anyOf {
			share = 1 - share
		}
		left *= share
		names[i] = steps[i].name()
	}
	if how == anyOf {
		left = 1 - left
	}
	m.est.Rows = left * n
	m.label = word + "(" + strings.Join(names, ", ") + ")"
	return m
}

// united makes one step of all those of an OR that one index answers, or that
// are evaluated: it then goes over each block once.
func (c *chooser) united(steps []matchStep) []matchStep {
	var out []matchStep
	for len(steps) > 0 {
		one := steps[0]
		of := []predicate.P{one.p}
		var rest []matchStep
		for _, m := range steps[1:] {
			if m.how == one.how && m.index == one.index && (m.how == byIndex || m.how == byRows) {
				of = append(of, m.p)
			} else {
				rest = append(rest, m)
			}
		}
		if len(of) > 1 {
			if both, ok := c.oneStep(&one, predicate.Or{Of: of}); ok {
				out, steps = append(out, both), rest
				continue
			}
		}
		out, steps = append(out, one), steps[1:]
	}
	return out
}

// oneStep is p answered as like is.
func (c *chooser) oneStep(like *matchStep, p predicate.P) (matchStep, bool) {
	if like.how == byRows {
		return c.byEval(p), true
	}
	return ask(like.index, like.engine, p)
}

// askNanos is about the least that it takes to ask an index about several
// conditions: nothing is saved where all of their own answers take less.
const askNanos = 500

// jointly looks for an index that answers several conjuncts at once for less
// than their own answers take one by one, as a directory of series does with
// a series and a time, and makes them one step. It also returns what all of
// those it asked have said.
func (c *chooser) jointly(steps []matchStep) (best []matchStep, said jointSteps) {
	best = steps
	if len(c.part.Indexes) < 2 {
		return best, nil
	}
	saved := 0.0
	for j := range c.part.Indexes {
		ix := &c.part.Indexes[j]
		var of []*matchStep
		var rest []matchStep
		apart := 0.0
		for i := range steps {
			if !takesPart(ix, j, &steps[i]) {
				rest = append(rest, steps[i])
				continue
			}
			of = append(of, &steps[i])
			apart += steps[i].est.Nanos
		}
		if len(of) < 2 || apart < saved+askNanos {
			continue
		}
		step, ok := askJointly(ix.Index, ix.Def.Engine, of)
		if !ok {
			continue
		}
		said = append(said, jointStep{step, len(of)})
		if apart-step.est.Nanos > saved {
			best, saved = append(rest, step), apart-step.est.Nanos
		}
	}
	return best, said
}

// takesPart reports whether index j of the part may answer a step's condition,
// alone or with others: a key of several columns answers only conditions on all
// of them.
func takesPart(ix *store.OpenIndex, j int, step *matchStep) bool {
	p := step.p
	if _, keyed := ix.Index.(engines.Keyed); keyed {
		fields := predicate.Fields(p)
		return len(fields) == 1 && slices.ContainsFunc(ix.Def.Fields, func(f record.Field) bool { return f.ID == fields[0].ID })
	}
	if step.how == byIndex && step.known && j < 64 {
		return step.answers>>j&1 != 0
	}
	_, ok := ix.Index.Estimate(p)
	return ok
}

// together makes one step of those at the front that one index answers, if it
// can take them as one condition: it then goes over each block once.
func (c *chooser) together(steps []matchStep, said jointSteps) []matchStep {
	n := 1
	for n < len(steps) && steps[0].how == byIndex && steps[n].how == byIndex && steps[n].index == steps[0].index {
		n++
	}
	if n < 2 {
		return steps
	}
	if whole, ok := said.of(steps[0].index, n); ok {
		return append([]matchStep{whole}, steps[n:]...) // these are they: no other step is of this index
	}
	of := make([]*matchStep, n)
	for i := range of {
		of[i] = &steps[i]
	}
	one, ok := askJointly(steps[0].index, steps[0].engine, of)
	if !ok {
		return steps
	}
	return append([]matchStep{one}, steps[n:]...)
}

// byIndex is the step of the index that answers p whole in the least time. A
// key or two are found in less time than it takes to ask the others.
func (c *chooser) byIndex(p predicate.P) (best matchStep, ok bool) {
	answers := uint64(0)
	for _, keyed := range []bool{true, false} {
		for j := range c.part.Indexes {
			ix := &c.part.Indexes[j]
			if _, is := ix.Index.(engines.Keyed); is != keyed || is && isAside(ix.Def.Fields, p) {
				continue
			}
			step, yes := ask(ix.Index, ix.Def.Engine, p)
			if !yes {
				continue
			}
			if keyed && step.est.Nanos <= askNanos {
				return step, true
			}
			answers |= 1 << j
			if !ok || step.est.Nanos < best.est.Nanos {
				best, ok = step, true
			}
		}
	}
	best.answers, best.known = answers, true
	return best, ok
}

// isAside reports that p compares a column that is none of fields.
func isAside(fields []record.Field, p predicate.P) bool {
	var id record.ColumnID
	switch p := p.(type) {
	case predicate.Compare:
		id = p.Field.ID
	case predicate.In:
		id = p.Field.ID
	case predicate.Between:
		id = p.Field.ID
	default:
		return false
	}
	return !slices.ContainsFunc(fields, func(f record.Field) bool { return f.ID == id })
}

// ask makes the step of an index that answers p, if it does.
func ask(ix engines.Index, engine string, p predicate.P) (matchStep, bool) {
	m := matchStep{p: p, index: ix, engine: engine}
	ok := false
	if c, is := ix.(engines.Preparer); is {
		if m.ready, ok = c.Prepare(p); ok {
			m.est = m.ready.Estimate()
		}
		return m, ok
	}
	m.est, ok = ix.Estimate(p)
	return m, ok
}

// askJointly is ask of the AND of what steps stand for; what the index has
// made ready for them needs not be made ready again.
func askJointly(ix engines.Index, engine string, steps []*matchStep) (matchStep, bool) {
	of := make([]predicate.P, len(steps))
	ready := make([]engines.Prepared, 0, len(steps))
	for i, m := range steps {
		of[i] = m.p
		if m.ready != nil && m.index == ix {
			ready = append(ready, m.ready)
		}
	}
	p := predicate.Conjunction(of)
	if len(ready) < len(steps) {
		return ask(ix, engine, p)
	}
	all := ix.(engines.Preparer).PrepareAll(ready)
	return matchStep{p: p, index: ix, engine: engine, ready: all, est: all.Estimate()}, true
}

// without is NOT of what an index answers that does not take NOT: the rows it
// does not find, less those where the condition is Unknown.
func (c *chooser) without(p predicate.P, of matchStep) matchStep {
	n := float64(c.part.Rows)
	rest := max(0, n-of.est.Rows)
	return matchStep{p: p, how: complement, index: of.index, label: "not(" + of.name() + ")",
		est: engines.Estimate{Rows: rest, Nanos: of.est.Nanos + evalCost(p)*rest}}
}

// byEval is the step that decides p row by row.
func (c *chooser) byEval(p predicate.P) matchStep {
	n := float64(c.part.Rows)
	step := matchStep{p: p, how: byRows, label: "eval.Scan", est: engines.Estimate{Rows: n / 3, Nanos: evalCost(p) * n}}
	if c.part.Open {
		step.label = "open.Scan"
	}
	return step
}

// removes is the time a step takes for each share of n rows that it removes.
func (m *matchStep) removes(n float64) float64 {
	return (m.est.Nanos + 100) / max(1-m.est.Rows/max(n, 1), 0.001)
}

// adds is the time a step takes for each row that it finds; evaluation comes
// last, over what the others left.
func (m *matchStep) adds() float64 {
	nanos := (m.est.Nanos + 100) / max(m.est.Rows, 1)
	if m.how == byRows {
		nanos += 1e12
	}
	return nanos
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
