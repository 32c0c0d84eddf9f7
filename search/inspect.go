package search

import (
	"fmt"
	"io"
	"strconv"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
)

// Inspect implements engines.Inspector: it reads every page, term, block,
// position and bitmap, and stops at the first thing wrong.
func (*Engine) Inspect(w io.Writer, section []byte) error {
	f, err := splitSection(section)
	if err != nil {
		return err
	}
	ix, err := open(nil, engines.Section{Rows: f.rows, Bytes: section, Def: engines.IndexDef{Options: map[string]string{"analyzer": f.analyzer}}})
	if err != nil {
		return err
	}
	p := &inspector{w: w, ix: ix}
	p.line("search: %d bytes, %d rows, %d without text, analyzer %s", len(section), f.rows, f.nulls, f.analyzer)
	p.line("  %d terms, %d postings, texts of %d tokens, %d pages", f.terms, f.postings, f.tokens, len(f.pages))
	for i, x := range f.part {
		p.line("  %-10d %s, %d bytes", x.off, partNames[i], x.len)
	}
	if err := p.all(); err != nil {
		return err
	}
	return p.wrote
}

type inspector struct {
	w     io.Writer
	ix    *Index
	wrote error
}

// shown is how many terms are printed; all are read.
const shown = 100

func (p *inspector) line(format string, args ...any) {
	if p.wrote == nil {
		_, p.wrote = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *inspector) all() error {
	if err := p.ix.check(0, p.ix.end()); err != nil {
		return err
	}
	present, err := p.ix.present()
	if err != nil {
		return err
	}
	if n := p.ix.foot.rows - present.Len(); n != p.ix.foot.nulls {
		return corrupt("%d rows without text, want %d", n, p.ix.foot.nulls)
	}
	total, terms := 0, 0
	err = p.ix.eachTerm(every{}, nil, nil, func(term []byte, at uint64) error {
		n, err := p.term(string(term), at, terms < shown)
		if err != nil {
			return fault.E("search: inspect", fault.Item(strconv.Quote(string(term))), err)
		}
		total, terms = total+n, terms+1
		return nil
	})
	if err != nil {
		return err
	}
	if terms > shown {
		p.line("  and %d terms more", terms-shown)
	}
	if total != p.ix.foot.postings {
		return corrupt("%d postings, want %d", total, p.ix.foot.postings)
	}
	return nil
}

// term reads all postings of one term and returns how many there are.
func (p *inspector) term(term string, at uint64, show bool) (int, error) {
	list, err := p.ix.postingsAt(at)
	if err != nil {
		return 0, err
	}
	c := p.ix.newCursor(list)
	n, tokens := 0, 0
	var buf []uint32
	for ; c.doc != atEnd; c.next() {
		buf = c.positions(buf[:0])
		n, tokens = n+1, tokens+len(buf)
	}
	if c.err == nil && n != list.n {
		c.err = corrupt("%d rows, want %d", n, list.n)
	}
	dense := ""
	if list.bitmap != nil {
		dense = ", dense"
		set, err := p.ix.rowsOf(list)
		if err != nil {
			return n, err
		}
		if set.Len() != n {
			return n, corrupt("bitmap of %d rows, want %d", set.Len(), n)
		}
	}
	if show {
		p.line("  %q: %d rows, %d tokens, %d blocks%s", term, n, tokens, c.nBlock, dense)
	}
	return n, c.err
}
