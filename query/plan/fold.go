package plan

import (
	"errors"

	"github.com/quindex/quindex/query/plan/scalar"
	"github.com/quindex/quindex/record"
)

// maxFoldText is the longest text that the binder computes with.
const maxFoldText = 1024

// fold replaces a call of constants by its value. What would be an error
// stays: it may stand in a branch that never runs.
func (b *binder) fold(c Call, pos int) Expr {
	switch c.Func {
	case "and", "or":
		return foldConnective(c)
	case "case":
		return foldCase(c)
	}
	for _, a := range c.Args {
		if v, ok := a.(Const); !ok || len(v.Value.S) > maxFoldText { // what it makes may be much longer
			return c
		}
	}
	values := make([]record.Value, len(c.Args))
	for i, a := range c.Args {
		values[i] = a.(Const).Value
	}
	if v, err := scalar.Call(c.Func, values, c.T); err == nil {
		return Const{v}
	}
	return c
}

// foldError says why a call of constants has no value, if that is what e is.
func foldError(e Expr) error {
	c, ok := e.(Call)
	if !ok {
		return nil
	}
	values := make([]record.Value, len(c.Args))
	for i, a := range c.Args {
		v, ok := a.(Const)
		if !ok {
			return foldError(a)
		}
		values[i] = v.Value
	}
	if _, err := scalar.Call(c.Func, values, c.T); !errors.Is(err, scalar.ErrUnknown) {
		return err
	}
	return nil
}

// foldConnective drops what does not decide, and everything else where one
// part decides.
func foldConnective(c Call) Expr {
	decisive := c.Func == "or"
	keep := c.Args[:0:0]
	for _, a := range c.Args {
		k, ok := a.(Const)
		switch {
		case !ok || !k.Value.Valid:
			keep = append(keep, a)
		case k.Value.Bool() == decisive:
			return k
		}
	}
	switch {
	case len(keep) == 0:
		return Const{record.BoolValue(!decisive)}
	case len(keep) == 1:
		return keep[0]
	}
	c.Args = keep
	return c
}

// foldCase drops branches that are never taken.
func foldCase(c Call) Expr {
	var keep []Expr
	i := 0
	for ; i+1 < len(c.Args); i += 2 {
		k, ok := c.Args[i].(Const)
		if !ok {
			keep = append(keep, c.Args[i], c.Args[i+1])
			continue
		}
		if k.Value.Bool() {
			keep = append(keep, c.Args[i+1])
			break
		}
	}
	if i+1 >= len(c.Args) && i < len(c.Args) {
		keep = append(keep, c.Args[i])
	}
	switch {
	case len(keep) == 0:
		return Const{record.NullOf(c.T)}
	case len(keep) == 1:
		return keep[0]
	}
	c.Args = keep
	return c
}
