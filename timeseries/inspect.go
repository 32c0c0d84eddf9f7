package timeseries

import (
	"fmt"
	"io"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/record"
)

// Inspect prints the structure of a section for people and reads all of it. It
// prints on after a part that is wrong, and returns the first such error.
func (Engine) Inspect(w io.Writer, section []byte) error {
	f, err := splitSection(section)
	if err != nil {
		return err
	}
	p := &inspector{w: w, section: section, end: frame.HeadBytes}
	if f.ordered {
		p.directory(f)
	} else {
		p.line("series: %d bytes, %d rows in another order than that of series and time", len(section), f.rows)
	}
	p.line("footer: %d bytes", len(section)-frame.TailBytes-p.end)
	if p.wrote != nil {
		return p.wrote
	}
	return p.wrong
}

type inspector struct {
	w       io.Writer
	section []byte
	end     int   // of the last part
	wrong   error // the first thing found wrong
	wrote   error
}

func (p *inspector) line(format string, args ...any) {
	if p.wrote == nil {
		_, p.wrote = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *inspector) directory(f *footer) {
	p.line("series: %d bytes, %d rows, %d series, %d rows without a time", len(p.section), f.rows, f.series, f.nulls)
	if f.times {
		p.line("time: column %d, [%s, %s], unit %d", f.time.id, f.moment(f.origin), f.moment(f.last), f.unit)
	}
	for _, c := range f.columns {
		p.line("column %d %s: %d values", c.id, c.typ, c.entries)
		if isText(c.typ) {
			p.part(c.dict, "dictionary", func(b []byte) error {
				d, err := codec.OpenDict(b)
				if err != nil {
					return err
				}
				return d.Check()
			})
		} else {
			p.list(c.values, "values")
		}
		p.list(c.codes, "codes")
	}
	for i, l := range f.lists {
		p.list(l, listNames[i])
	}
	if p.wrong != nil {
		return
	}
	if _, err := load(f, p.section, f.fields()); err != nil {
		p.wrong = err
		p.line("  %v", err)
	}
}

// moment prints a time of the section's time column.
func (f *footer) moment(t int64) string {
	return string(record.AppendJSON(nil, record.Value{Type: f.time.typ, Valid: true, I: t}))
}

// fields are the fields of a definition that fits the section.
func (f *footer) fields() []record.Field {
	fields := []record.Field{{ID: f.time.id, Type: f.time.typ}}
	for _, c := range f.columns {
		fields = append(fields, record.Field{ID: c.id, Type: c.typ})
	}
	return fields
}

func (p *inspector) list(l list, what string) {
	for i, x := range l.blocks {
		n := min(codec.BlockRows, l.n-i*codec.BlockRows)
		p.part(x, fmt.Sprintf("%d %s", n, what), func(b []byte) error {
			_, err := openList(p.section, list{n: n, blocks: []extent{x}}, what)
			return err
		})
	}
}

// part prints one extent; read decides whether its bytes are right.
func (p *inspector) part(x extent, what string, read func([]byte) error) {
	p.end = x.Off + x.Len
	b, err := bytesOf(x, p.section, what)
	if err == nil {
		err = read(b)
	}
	verdict := "ok"
	if err != nil {
		verdict = err.Error()
		if p.wrong == nil {
			p.wrong = err
		}
	}
	p.line("  %-10d %s, %d bytes, crc32c %08x %s", x.Off, what, x.Len, x.CRC, verdict)
}
