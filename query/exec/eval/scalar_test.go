package eval

import (
	"errors"
	"testing"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/plan/scalar"
	"github.com/quindex/quindex/record"
)

// folded computes e as the binder folds it; false if some part has no slow
// meaning there, or is decided by the binder itself.
func folded(e plan.Expr) (record.Value, error, bool) {
	c, ok := e.(plan.Call)
	if !ok {
		return e.(plan.Const).Value, nil, true
	}
	args := make([]record.Value, len(c.Args))
	for i, a := range c.Args {
		v, err, ok := folded(a)
		if err != nil || !ok {
			return v, err, false
		}
		args[i] = v
	}
	v, err := scalar.Call(c.Func, args, c.T)
	return v, err, !errors.Is(err, scalar.ErrUnknown)
}

// agreesWithFolding fails if the binder folds the expression to another value
// than got, so that a statement's answer would depend on what is constant.
func agreesWithFolding(t *testing.T, text, got string, e plan.Expr) {
	t.Helper()
	v, err, ok := folded(e)
	if !ok || err != nil && got[:min(5, len(got))] == "error" {
		return // an error is not folded: the run decides
	}
	if fold := outcome(v, err); fold != got {
		t.Errorf("%s: computed %s, folded %s", text, got, fold)
	}
}
