package columnar

import (
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
)

// Estimate says how Match would find the rows of p and about how many.
func (ix *Index) Estimate(p predicate.P) (engines.Estimate, bool) {
	n, err := ix.build(p, predicate.True)
	if err != nil || n == nil {
		return engines.Estimate{}, false
	}
	return engines.Estimate{Method: "scan", Rows: float64(ix.n) / 3, Nanos: float64(ix.n)}, true
}
