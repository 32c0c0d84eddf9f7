package search

import (
	"github.com/blevesearch/vellum"

	"github.com/quindex/quindex/fault"
)

// eachTerm calls f with the terms of the dictionary in [lo, hi) that a accepts,
// in order, and their values, until f returns an error. nil: no bound.
//
// vellum's reader trusts its bytes: where they were damaged before a checksum
// was made of them, nodes may lead in circles. A path through sound nodes is
// never longer than the dictionary's bytes, and sound dictionaries are walked
// in steps that their size bounds by far; so both are counted.
func (ix *Index) eachTerm(a vellum.Automaton, lo, hi []byte, f func(term []byte, at uint64) error) (err error) {
	defer guarded(&err)
	dict, err := ix.fst()
	if err != nil {
		return err
	}
	size := ix.foot.part[partDict].len
	w := &walk{Automaton: a, deep: size, steps: 1<<20 + 64*ix.foot.terms + 16*size}
	it, err := dict.Search(w, lo, hi)
	for ; err == nil; err = it.Next() {
		if err := f(it.Current()); err != nil {
			return err
		}
	}
	switch {
	case w.lost:
		return fault.Errorf("search: read dictionary", fault.Corrupt, "a term of more than %d bytes", size)
	case w.steps < 0:
		return fault.E("search: read dictionary", fault.TooLarge, fault.Hint("write more of the word"), "too many letters to look at")
	case err != vellum.ErrIteratorDone:
		return fault.E("search: read dictionary", fault.Corrupt, err)
	}
	return nil
}

// walk is an automaton that gives up after so many steps, or so deep. Its
// state is the automaton's, and the depth above it.
type walk struct {
	vellum.Automaton
	deep, steps int
	lost        bool // it was too deep
}

const depthShift = 32

func (w *walk) Accept(state int, b byte) int {
	w.steps--
	depth := state>>depthShift + 1
	w.lost = w.lost || depth > w.deep
	return w.Automaton.Accept(state&(1<<depthShift-1), b) | depth<<depthShift
}

func (w *walk) CanMatch(state int) bool {
	return !w.lost && w.steps >= 0 && w.Automaton.CanMatch(state&(1<<depthShift-1))
}

func (w *walk) IsMatch(state int) bool {
	return !w.lost && w.steps >= 0 && w.Automaton.IsMatch(state&(1<<depthShift-1))
}

// WillAlwaysMatch is not asked by vellum's iterators.
func (w *walk) WillAlwaysMatch(int) bool { return false }

// every accepts all terms.
type every struct{}

func (every) Start() int               { return 0 }
func (every) IsMatch(int) bool         { return true }
func (every) CanMatch(int) bool        { return true }
func (every) WillAlwaysMatch(int) bool { return true }
func (every) Accept(int, byte) int     { return 0 }
