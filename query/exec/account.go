package exec

import (
	"fmt"
	"sync/atomic"

	"github.com/quindex/quindex/fault"
)

// Account counts the bytes that hash tables, sorts and kept chunks hold, and
// refuses what goes over its limit or its parent's. A nil Account counts
// nothing. It may be used by any number of goroutines.
type Account struct {
	parent *Account
	limit  int64 // 0: none
	used   atomic.Int64
	peak   atomic.Int64
}

// NewAccount returns an account of at most limit bytes (0: no limit of its
// own), whose bytes count in parent too, if that is not nil.
func NewAccount(parent *Account, limit int64) *Account {
	return &Account{parent: parent, limit: limit}
}

// Used returns the bytes held now, and the most that were held at once.
func (a *Account) Used() (now, peak int64) {
	if a == nil {
		return 0, 0
	}
	return a.used.Load(), a.peak.Load()
}

// Grow adds n bytes on behalf of an operator, or returns a fault.Limit that
// names it and adds nothing.
func (a *Account) Grow(operator string, n int64) error {
	for at := a; at != nil; at = at.parent {
		now := at.used.Add(n)
		if at.limit > 0 && now > at.limit && n > 0 {
			for undo := a; ; undo = undo.parent {
				undo.used.Add(-n)
				if undo == at {
					break
				}
			}
			if others := now - n - a.used.Load(); at.parent == nil && at != a && others > 0 { // what was taken back above is not in used any more
				return fault.E("exec: "+operator, fault.Overload, fault.Code("53200"),
					fault.Hint("other statements hold most of the memory; send it again later"),
					fmt.Errorf("%d bytes of memory wanted by all statements together, %d allowed", now, at.limit))
			}
			return fault.E("exec: "+operator, fault.Limit, fault.Code("53200"),
				fault.Hint("narrow the statement, or raise the memory limit"),
				fmt.Errorf("%d bytes of memory wanted, %d allowed", now, at.limit))
		}
		for p := at.peak.Load(); now > p && !at.peak.CompareAndSwap(p, now); p = at.peak.Load() {
		}
	}
	return nil
}

// Shrink gives n bytes back.
func (a *Account) Shrink(n int64) {
	for at := a; at != nil; at = at.parent {
		at.used.Add(-n)
	}
}

// Close gives back what is still held, to the parents as well.
func (a *Account) Close() {
	if a == nil {
		return
	}
	if n := a.used.Swap(0); n != 0 && a.parent != nil {
		a.parent.Shrink(n)
	}
}
