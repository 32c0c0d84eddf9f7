package predicate

import (
	"slices"

	"github.com/quindex/quindex/record"
)

// Walk calls f with p and, where f returns true, with its parts, depth first.
func Walk(p P, f func(P) bool) {
	if !f(p) {
		return
	}
	switch p := p.(type) {
	case And:
		for _, q := range p.Of {
			Walk(q, f)
		}
	case Or:
		for _, q := range p.Of {
			Walk(q, f)
		}
	case Not:
		Walk(p.Of, f)
	}
}

// Fields returns the fields p looks at, each once, in order of appearance.
func Fields(p P) []Field {
	var out []Field
	add := func(fields ...Field) {
		for _, f := range fields {
			if !slices.ContainsFunc(out, func(g Field) bool { return g.ID == f.ID }) {
				out = append(out, f)
			}
		}
	}
	Walk(p, func(p P) bool {
		switch p := p.(type) {
		case Compare:
			add(p.Field)
		case Between:
			add(p.Field)
		case In:
			add(p.Field)
		case Like:
			add(p.Field)
		case IsNull:
			add(p.Field)
		case Call:
			add(p.Fields...)
		}
		return true
	})
	return out
}

// Conjuncts returns the conditions whose AND is p; none if p is nil or TRUE.
func Conjuncts(p P) []P {
	switch p := p.(type) {
	case nil:
		return nil
	case Const:
		if p.Truth == True {
			return nil
		}
	case And:
		var out []P
		for _, q := range p.Of {
			out = append(out, Conjuncts(q)...)
		}
		return out
	}
	return []P{p}
}

// Conjunction is the AND of the conditions: TRUE of none, the condition itself of one.
func Conjunction(of []P) P {
	switch len(of) {
	case 0:
		return Const{True}
	case 1:
		return of[0]
	}
	return And{of}
}

// NewIn makes an In of any list: sorted, each value once, NULLs noted.
func NewIn(f Field, values []record.Value) In {
	in := In{Field: f}
	for _, v := range values {
		if v.IsNull() {
			in.HasNull = true
		} else {
			in.Values = append(in.Values, v)
		}
	}
	slices.SortFunc(in.Values, record.Compare)
	in.Values = slices.CompactFunc(in.Values, record.Equal)
	return in
}

// PushNot returns a condition with the same truth on every row, in which Not
// stands only before leaves that have no opposite: an In, a Call, and a leaf
// on an array, because "one element is" has no leaf for "no element is".
func PushNot(p P) P {
	switch p := p.(type) {
	case And:
		return And{each(p.Of, PushNot)}
	case Or:
		return Or{each(p.Of, PushNot)}
	case Not:
		return opposite(p.Of)
	}
	return p
}

func each(of []P, f func(P) P) []P {
	out := make([]P, len(of))
	for i, p := range of {
		out[i] = f(p)
	}
	return out
}

// opposite returns NOT p with the Not pushed down.
func opposite(p P) P {
	switch p := p.(type) {
	case And:
		return Or{each(p.Of, opposite)}
	case Or:
		return And{each(p.Of, opposite)}
	case Not:
		return PushNot(p.Of)
	case Const:
		return Const{p.Truth.Not()}
	case IsNull:
		p.Negate = !p.Negate
		return p
	case Compare:
		if !p.Field.Type.IsArray() {
			p.Op = p.Op.Opposite()
			return p
		}
	case Between:
		if !p.Field.Type.IsArray() {
			return p.outside()
		}
	case Like:
		if !p.Field.Type.IsArray() {
			p.Negate = !p.Negate
			return p
		}
	}
	return Not{p}
}

// Opposite returns the operator that holds where op does not.
func (op Op) Opposite() Op {
	return [...]Op{EQ: NE, NE: EQ, LT: GE, LE: GT, GT: LE, GE: LT}[op]
}

// Swap returns the operator for the same comparison with its sides changed.
func (op Op) Swap() Op {
	return [...]Op{EQ: EQ, NE: NE, LT: GT, LE: GE, GT: LT, GE: LE}[op]
}

func (p Between) outside() P {
	below, above := LT, GT
	if p.LoOpen {
		below = LE
	}
	if p.HiOpen {
		above = GE
	}
	return Or{[]P{Compare{p.Field, below, p.Lo}, Compare{p.Field, above, p.Hi}}}
}

// Simplify returns a condition with the same truth on every row for which
// known tells the truth: known is asked about each leaf and says what it is on
// all of those rows, or false. It may be nil.
func Simplify(p P, known func(leaf P) (Truth, bool)) P {
	switch p := p.(type) {
	case And:
		return simplifyAll(p.Of, False, known)
	case Or:
		return simplifyAll(p.Of, True, known)
	case Not:
		switch q := Simplify(p.Of, known).(type) {
		case Const:
			return Const{q.Truth.Not()}
		case Not:
			return q.Of
		default:
			return Not{q}
		}
	case Const:
		return p
	case Compare:
		if p.Value.IsNull() {
			return Const{Unknown}
		}
	}
	if known != nil {
		if t, ok := known(p); ok {
			return Const{t}
		}
	}
	return p
}

// simplifyAll is for AND where decisive is False and for OR where it is True.
// Parts of the same kind are taken in, and one Unknown is kept for all.
func simplifyAll(of []P, decisive Truth, known func(P) (Truth, bool)) P {
	var out []P
	unknown, decided := false, false
	add := func(p P) {
		switch c, isConst := p.(Const); {
		case !isConst:
			out = append(out, p)
		case c.Truth == decisive:
			decided = true
		case c.Truth == Unknown && !unknown:
			unknown = true
			out = append(out, p)
		}
	}
	for _, p := range of {
		for _, q := range sameKind(Simplify(p, known), decisive) {
			add(q)
		}
		if decided {
			return Const{decisive}
		}
	}
	switch {
	case len(out) == 0:
		return Const{decisive.Not()}
	case len(out) == 1:
		return out[0]
	case decisive == False:
		return And{out}
	}
	return Or{out}
}

// sameKind returns the parts of p where it is an AND within an AND or an OR
// within an OR, else p alone.
func sameKind(p P, decisive Truth) []P {
	switch p := p.(type) {
	case And:
		if decisive == False {
			return p.Of
		}
	case Or:
		if decisive == True {
			return p.Of
		}
	}
	return []P{p}
}
