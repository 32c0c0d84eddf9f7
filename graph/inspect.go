package graph

import (
	"fmt"
	"io"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
)

// Inspect prints the structure of a section for people and reads all of it:
// every checksum, every list. It prints on after a part that is wrong, and
// returns the first such error.
func (Engine) Inspect(w io.Writer, b []byte) error {
	s, err := splitSection(b)
	if err != nil {
		return err
	}
	p := &inspector{w: w, s: s}
	if !s.edge {
		p.line("graph: vertices, %d bytes, %d rows, %d with a key, %d keys, at most %d rows a key", len(b), s.rows, s.linked, s.keys[0], s.most[0])
		for i, what := range []string{"keys", "bytes of keys", "offsets of rows", "keys by row", "rows by key"} {
			p.part(i, what)
		}
		p.verdict("lists", newVertices(s, defOf(s)).ready())
		return p.first()
	}
	p.line("graph: edges, %d bytes, %d rows, %d edges, %d and %d half edges", len(b), s.rows, s.linked, s.halves[0], s.halves[1])
	for d, end := range []string{"source", "target"} {
		p.line("%ss: %d, at most %d edges each", end, s.keys[d], s.most[d])
		for i, what := range []string{"keys", "bytes of keys", "offsets of edges", "far ends", "rows of edges"} {
			p.part(d*sideParts+i, what)
		}
	}
	p.part(partHalves, "half edges")
	ix := newEdges(s, defOf(s))
	for d, end := range []string{"lists of sources", "lists of targets"} {
		_, err := ix.side(engines.Direction(d))
		p.verdict(end, err)
	}
	return p.first()
}

// defOf is a definition that a section fits, for reading it alone.
func defOf(s *section) engines.IndexDef {
	def := engines.IndexDef{Engine: "graph", Options: map[string]string{RoleOption: RoleVertex}}
	columns := 1
	if s.edge {
		def.Options[RoleOption], columns = RoleEdge, 2
	}
	for i := range columns {
		t := record.T(record.Int64)
		if s.strs[i] {
			t = record.T(record.Keyword)
		}
		def.Fields = append(def.Fields, record.Field{ID: record.ColumnID(i + 1), Type: t})
	}
	return def
}

type inspector struct {
	w     io.Writer
	s     *section
	wrong error // the first thing found wrong
	wrote error
}

func (p *inspector) line(format string, args ...any) {
	if p.wrote == nil {
		_, p.wrote = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *inspector) part(i int, what string) {
	_, err := p.s.part(i)
	at := p.s.parts[i]
	p.verdict(fmt.Sprintf("%-10d %d bytes of %s", at.at, at.bytes, what), err)
}

func (p *inspector) verdict(what string, err error) {
	text := "ok"
	if err != nil {
		text = err.Error()
		if p.wrong == nil {
			p.wrong = err
		}
	}
	p.line("  %s: %s", what, text)
}

func (p *inspector) first() error {
	if p.wrote != nil {
		return p.wrote
	}
	return p.wrong
}
