package search

import (
	"fmt"
	"io"
	"strconv"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
)

// Inspect implements engines.Inspector: it reads every page, term, block,
// position and bitmap. It prints on after what is wrong, and returns the first.
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
	p.pages()
	p.texts()
	p.terms()
	if p.wrote != nil {
		return p.wrote
	}
	return p.wrong
}

type inspector struct {
	w     io.Writer
	ix    *Index
	wrong error // the first thing found wrong
	found int   // how many things are wrong
	wrote error
}

// shown is how many terms, and how many wrong things, are printed; all are read.
const shown = 100

func (p *inspector) line(format string, args ...any) {
	if p.wrote == nil {
		_, p.wrote = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// note prints what is wrong, if anything is.
func (p *inspector) note(err error) {
	if err == nil {
		return
	}
	if p.wrong == nil {
		p.wrong = err
	}
	if p.found++; p.found <= shown {
		p.line("  %v", err)
	}
}

func (p *inspector) pages() {
	for at := 0; at < p.ix.end(); at += pageBytes {
		p.note(p.ix.check(at, min(at+pageBytes, p.ix.end())))
	}
}

func (p *inspector) texts() {
	present, err := p.ix.present()
	if n := p.ix.foot.rows - present.Len(); err == nil && n != p.ix.foot.nulls {
		err = corrupt("%d rows without text, want %d", n, p.ix.foot.nulls)
	}
	p.note(err)
}

func (p *inspector) terms() {
	total, terms := 0, 0
	err := p.ix.eachTerm(every{}, nil, nil, func(term []byte, at uint64) error {
		n, err := p.term(string(term), at, terms < shown)
		if err != nil {
			p.note(fault.E("search: inspect", fault.Item(strconv.Quote(string(term))), err))
		}
		total, terms = total+n, terms+1
		return nil
	})
	if terms > shown {
		p.line("  and %d terms more", terms-shown)
	}
	if err == nil && total != p.ix.foot.postings {
		err = corrupt("%d postings, want %d", total, p.ix.foot.postings)
	}
	p.note(err)
	if p.found > shown {
		p.line("  and %d things more are wrong", p.found-shown)
	}
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
