package node

import (
	"io"
	"testing"
)

// TestPanicEndsStatement: a statement that panics, which the server answers and
// outlives, is no longer among those that run.
func TestPanicEndsStatement(t *testing.T) {
	n, err := Open(t.Context(), healOptions(t.TempDir(), io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer closeNode(t, n)
	turns := n.long
	n.long = nil // whoever asks it for a turn panics
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		n.ask(t.Context(), "SELECT 1")
	}()
	n.long = turns
	if all := n.Queries(); len(all) > 0 {
		t.Errorf("still running: %+v", all)
	}
}
