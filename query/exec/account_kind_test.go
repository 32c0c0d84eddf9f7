package exec

import (
	"testing"

	"github.com/quindex/quindex/fault"
)

// TestAccountKinds: what one statement wants too much of is its own mistake;
// what others hold is an overload, which passes.
func TestAccountKinds(t *testing.T) {
	server := NewAccount(nil, 1000)
	a, b := NewAccount(server, 800), NewAccount(server, 0)
	a = NewAccount(a, 0) // as an operator's
	if err := a.Grow("sort", 900); !fault.Is(err, fault.Limit) || fault.Retryable(err) {
		t.Errorf("over its own limit: %v", err)
	}
	if err := b.Grow("sort", 1100); !fault.Is(err, fault.Limit) {
		t.Errorf("over all there is: %v", err)
	}
	if err := a.Grow("sort", 700); err != nil {
		t.Fatal(err)
	}
	if err := b.Grow("sort", 400); !fault.Is(err, fault.Overload) || !fault.Retryable(err) {
		t.Errorf("while another holds most: %v", err)
	}
	a.Shrink(700)
	if err := b.Grow("sort", 400); err != nil {
		t.Errorf("after the other is done: %v", err)
	}
}
