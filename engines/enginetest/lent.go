package enginetest

import (
	"runtime/debug"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// lent: the constants of a condition may lie in a file that is unmapped once the
// question is answered. Whatever an engine keeps of it, asked again it answers
// the same and touches none of that memory.
func lent(w *world) {
	w.t.Helper()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			w.t.Errorf("asked again, memory that was lent is read: %v", p)
		}
	}()
	var ps []predicate.P
	var want []rows.Set
	for range 4 {
		p := w.predicate()
		l := lender{t: w.t}
		of := l.of(p)
		w.index.Estimate(of)
		want = append(want, w.match(w.index, of, rows.All(w.batch.N)))
		w.same("lent: "+of.String(), want[len(want)-1], w.wanted(of))
		l.close()
		ps = append(ps, p)
	}
	for i, p := range ps {
		w.same("no longer lent: "+p.String(), w.match(w.index, p, rows.All(w.batch.N)), want[i])
		w.same("no longer lent, by row: "+p.String(), w.wanted(p), want[i])
	}
}

// of is p with every text in lent memory.
func (l *lender) of(p predicate.P) predicate.P {
	switch p := p.(type) {
	case predicate.Compare:
		p.Value = l.value(p.Value)
		return p
	case predicate.Between:
		p.Lo, p.Hi = l.value(p.Lo), l.value(p.Hi)
		return p
	case predicate.In:
		p.Values = l.values(p.Values)
		return p
	case predicate.Like:
		p.Pattern = l.text(p.Pattern)
		return p
	case predicate.Call:
		p.Args = l.values(p.Args)
		return p
	case predicate.And:
		return predicate.And{Of: l.all(p.Of)}
	case predicate.Or:
		return predicate.Or{Of: l.all(p.Of)}
	case predicate.Not:
		return predicate.Not{Of: l.of(p.Of)}
	}
	return p
}

func (l *lender) all(of []predicate.P) []predicate.P {
	out := make([]predicate.P, len(of))
	for i, p := range of {
		out[i] = l.of(p)
	}
	return out
}

func (l *lender) values(of []record.Value) []record.Value {
	out := make([]record.Value, len(of))
	for i, v := range of {
		out[i] = l.value(v)
	}
	return out
}

func (l *lender) value(v record.Value) record.Value {
	v.S = l.text(v.S)
	return v
}
