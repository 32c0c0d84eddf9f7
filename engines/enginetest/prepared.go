package enginetest

import (
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// SamePrepared fails unless c, which was prepared of p, finds what Match finds.
func SamePrepared(t *testing.T, ix engines.Index, p predicate.P, c engines.Prepared, within rows.Set) {
	t.Helper()
	have, err := c.Match(t.Context(), within)
	if err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	want, err := ix.Match(t.Context(), p, within)
	if err != nil || !have.Equal(want) {
		t.Fatalf("%s: prepared finds %v, Match %v, %v", p, have, want, err)
	}
}
