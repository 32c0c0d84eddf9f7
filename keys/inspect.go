package keys

import (
	"fmt"
	"io"

	"github.com/quindex/quindex/fault"
)

// Inspect prints the parts of a section and checks all of its pages.
func (Engine) Inspect(w io.Writer, b []byte) error {
	s, err := splitSection(b)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d keys of %d rows, %d filter blocks at %d, entries at %d, own bytes: %v (%d at %d)\n",
		s.keys, s.rows, s.blocks, s.atBloom, s.atEntries, s.own, s.bytes, s.atBytes)
	var first error
	for _, err := range s.pages.Wrong() {
		fmt.Fprintln(w, err)
		if first == nil {
			first = fault.E("keys: read", err)
		}
	}
	for i := 1; i < s.keys && first == nil; i++ {
		if s.entries[i-1] >= s.entries[i] {
			first = corrupt("entry %d is %016x, after %016x", i, s.entries[i], s.entries[i-1])
			fmt.Fprintln(w, first)
		}
	}
	return first
}
