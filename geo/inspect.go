package geo

import (
	"github.com/quindex/quindex/engines/frame"

	"fmt"
	"io"
)

// Inspect prints the structure of a section for people and reads all of it:
// every checksum, the tree and the rows that are NULL. It prints on after a part
// that is wrong, and returns the first such error.
func (Engine) Inspect(w io.Writer, b []byte) error {
	s, err := splitSection(b)
	if err != nil {
		return err
	}
	ix := newIndex(s)
	p := &inspector{w: w}
	p.line("geo: %d bytes, %d rows, %d with a place in %d blocks, %d levels of boxes", len(b), s.rows, s.places, s.blocks, len(s.levels)-1)
	p.part(s.atRows, "rows in the order of the curve", s.places, s.check(s.atRows, s.atPlaces-s.atRows), ix.checkRows)
	p.part(s.atPlaces, "unit vectors", s.places, s.check(s.atPlaces, s.atBoxes-s.atPlaces), nil)
	p.part(s.atBoxes, "boxes", len(ix.boxes), s.check(s.atBoxes, s.atLeaves-s.atBoxes), nil)
	p.part(s.atLeaves, "leaf cells", s.blocks, s.check(s.atLeaves, s.atStarts-s.atLeaves), nil)
	p.part(s.atStarts, "block starts", s.blocks+1, s.check(s.atStarts, s.atNulls-s.atStarts), ix.ready)
	if s.nullBytes > 0 {
		nulls, err := ix.nulls()
		p.part(s.atNulls, "rows that are NULL", nulls.Len(), err, nil)
	}
	p.line("footer: %d bytes, %d pages, %d coarse boxes", len(b)-frame.TailBytes-s.end, pagesOf(s.end), len(s.coarse))
	if s.places > 0 {
		r := ix.boxes[s.levels[s.top()]]
		p.line("bounds: %v to %v", r.lo, r.hi)
	}
	if p.wrote != nil {
		return p.wrote
	}
	return p.wrong
}

// checkRows makes sure that every row is one of the segment and stands once.
func (ix *Index) checkRows() error {
	seen := make([]uint64, (ix.rows+63)/64)
	for at, r := range ix.rowOf {
		if int(r) >= ix.rows {
			return corrupt("row %d of %d at place %d", r, ix.rows, at)
		}
		if seen[r>>6]>>(r&63)&1 != 0 {
			return corrupt("row %d has a second place, %d", r, at)
		}
		seen[r>>6] |= 1 << (r & 63)
	}
	return nil
}

type inspector struct {
	w     io.Writer
	wrong error // the first thing found wrong
	wrote error
}

func (p *inspector) line(format string, args ...any) {
	if p.wrote == nil {
		_, p.wrote = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// part prints one part: err is what its checksums say, read what is in it.
func (p *inspector) part(at int, what string, many int, err error, read func() error) {
	if err == nil && read != nil {
		err = read()
	}
	verdict := "ok"
	if err != nil {
		verdict = err.Error()
		if p.wrong == nil {
			p.wrong = err
		}
	}
	p.line("  %-10d %d %s: %s", at, many, what, verdict)
}
