package search

import "github.com/quindex/quindex/fault"

// guarded turns a panic into an error at the doors of an index. Checksums
// vouch for the bytes of a section; where they were made to fit other bytes,
// vellum's reader and our own trust them too far. What was found wrong is in
// the error, and a bug of ours is as loud there as in a panic.
func guarded(err *error) {
	if p := recover(); p != nil {
		*err = fault.Errorf("search: read section", fault.Corrupt, "%v", p)
	}
}
