package plan

import (
	"github.com/quindex/quindex/record"
)

// fold replaces a call of constants by its value, where its meaning does not
// depend on when it runs. What would be an error stays: it may stand in a
// branch that never runs.
func (b *binder) fold(c Call, pos int) Expr {
	for _, a := range c.Args {
		if _, ok := a.(Const); !ok {
			return c
		}
	}
	if c.Func == "cast" {
		if v, err := record.Cast(c.Args[0].(Const).Value, c.T); err == nil {
			return Const{v}
		}
	}
	return c
}
