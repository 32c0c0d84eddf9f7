package ingest

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// csvReader reads RFC 4180: fields in quotes may hold commas, quotes written
// twice, and line ends. It is our own because encoding/csv keeps a field
// whose quote is never closed in memory to the end of the file.
type csvReader struct {
	lines  *lines
	target *target
	comma  byte
	feeds  []feed // by position; sink -1: no column takes it
	header []string
	line   []byte
	fields [][]byte
	plain  []byte // unquoted text of the present row
}

// CSV reads comma-separated values; the first line, or Options.Header, names the fields.
func CSV(r io.Reader, o Options) (Reader, error) {
	t, err := newTarget(o)
	if err != nil {
		return nil, err
	}
	c := &csvReader{lines: newLines(r, o), target: t, comma: o.Comma, header: o.Header}
	if c.comma == 0 {
		c.comma = ','
	}
	if c.header == nil {
		if err := c.readHeader(); err != nil {
			return nil, err
		}
	}
	return c, c.bind()
}

// readHeader takes the names of the fields from the first line.
func (c *csvReader) readHeader() error {
	const op = "load: read CSV header"
	why, err := c.record()
	switch {
	case err == io.EOF:
		return fault.E(op, fault.Invalid, fault.Pos{Line: 1, Column: 1}, "the file is empty")
	case err != nil:
		return fault.E(op, err)
	case why != nil:
		return fault.E(op, fault.Invalid, fault.Pos{Line: 1, Column: max(1, why.At)}, why.Reason)
	}
	for i, f := range c.fields {
		if i == 0 {
			f = bytes.TrimPrefix(f, []byte("\uFEFF"))
		}
		c.header = append(c.header, strings.TrimSpace(string(f)))
	}
	return nil
}

// bind finds the column of every field.
func (c *csvReader) bind() error {
	seen := map[string]bool{}
	for i, name := range c.header {
		f, ok := c.target.byField[name]
		if why := c.target.unknown(name); !ok && why != nil {
			return fault.E("load: read CSV header", fault.NotFound, fault.Code("42703"),
				fault.Pos{Line: 1, Column: i + 1}, why.reason)
		}
		if seen[name] {
			return fault.Errorf("load: read CSV header", fault.Invalid, "the field %q is named twice", name)
		}
		seen[name] = true
		if !ok {
			f.sink = -1
		}
		c.feeds = append(c.feeds, f)
	}
	return nil
}

func (c *csvReader) Line() int64 { return c.lines.number }

func (c *csvReader) Next(rows int) (*record.Batch, []Reject, error) {
	var rejects []Reject
	for c.target.batch.N < rows && len(rejects) < rows {
		number := c.lines.number
		rej, err := c.record()
		if err != nil {
			return c.target.take(), rejects, err
		}
		if rej == nil && len(c.fields) == 1 && len(c.fields[0]) == 0 && len(c.feeds) > 1 {
			continue // a blank line
		}
		if rej == nil {
			rej = c.row()
		}
		if rej != nil {
			rej.Line, rej.Text = number, quote(c.line)
			rejects = append(rejects, *rej)
		}
	}
	return c.target.take(), rejects, nil
}

// row takes the present record.
func (c *csvReader) row() *Reject {
	if at, ok := invalidUTF8(c.line); !ok {
		return &Reject{At: at, Reason: "invalid UTF-8"}
	}
	if len(c.fields) != len(c.feeds) {
		return &Reject{Reason: badf("", "%d fields, and the header names %d", len(c.fields), len(c.feeds)).reason}
	}
	t := c.target
	t.begin()
	var why *bad
	at := 0
	for i, f := range c.feeds {
		switch {
		case f.sink < 0:
		case f.half != 0:
			why = t.coordinate(f, string(c.fields[i]))
		default:
			why = c.field(f.sink, c.fields[i])
		}
		if why != nil {
			at = i + 1
			break
		}
	}
	if why = t.end(why); why == nil {
		return nil
	}
	rej := &Reject{Column: why.column, Reason: why.reason}
	if at > 0 {
		rej.At = c.startOf(at - 1)
	}
	return rej
}

func (c *csvReader) field(i int, text []byte) *bad {
	s, col := &c.target.sinks[i], &c.target.batch.Cols[i]
	if k := s.field.Type.Kind; k == record.Text || k == record.Keyword && len(text) > 0 {
		s.set = true
		col.Append(record.Value{Type: s.field.Type, Valid: true, S: unsafeString(text)})
		return nil
	}
	return c.target.text(i, string(text))
}

// record reads one record into c.fields; it may span lines where a field is quoted.
func (c *csvReader) record() (*Reject, error) {
	line, err := c.lines.next()
	if long, ok := err.(*tooLong); ok {
		c.line = append(c.line[:0], line...)
		return &Reject{Reason: long.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	c.line = append(c.line[:0], line...)
	for {
		at, reason := c.split()
		if reason == "" {
			return nil, nil
		}
		if reason != unclosed {
			return &Reject{At: at, Reason: reason}, nil
		}
		more, err := c.lines.next()
		if err != nil {
			return &Reject{At: at, Reason: reason}, nil
		}
		if len(c.line)+len(more) > c.lines.maxRow {
			return &Reject{At: at, Reason: badf("", "%s within %d bytes", reason, c.lines.maxRow).reason}, nil
		}
		c.line = append(append(c.line, '\n'), more...)
	}
}

const unclosed = "a quoted field is not closed"

// split cuts c.line into fields.
func (c *csvReader) split() (at int, reason string) {
	c.fields, c.plain = c.fields[:0], c.plain[:0]
	if cap(c.plain) < len(c.line) {
		c.plain = make([]byte, 0, len(c.line)+len(c.line)/2) // fields point into it: it must not move
	}
	for rest, i := c.line, 0; ; {
		if len(rest) > 0 && rest[0] == '"' {
			field, n, ok := c.quoted(rest)
			if !ok {
				return c.runes(i), unclosed
			}
			if n < len(rest) && rest[n] != c.comma {
				return c.runes(i + n), "text after the closing quote of a field"
			}
			c.fields = append(c.fields, field)
			if n == len(rest) {
				return 0, ""
			}
			rest, i = rest[n+1:], i+n+1
			continue
		}
		n := bytes.IndexByte(rest, c.comma)
		if n < 0 {
			c.fields = append(c.fields, rest)
			return 0, ""
		}
		c.fields = append(c.fields, rest[:n])
		rest, i = rest[n+1:], i+n+1
	}
}

// quoted reads the field in quotes that s starts with, and says how long it was.
func (c *csvReader) quoted(s []byte) (field []byte, n int, ok bool) {
	start := len(c.plain)
	for i := 1; ; {
		q := bytes.IndexByte(s[i:], '"')
		if q < 0 {
			return nil, 0, false
		}
		c.plain = append(c.plain, s[i:i+q]...)
		i += q + 1
		if i < len(s) && s[i] == '"' {
			c.plain = append(c.plain, '"')
			i++
			continue
		}
		return c.plain[start:len(c.plain):len(c.plain)], i, true
	}
}

// startOf returns the character at which field i of the present record starts.
func (c *csvReader) startOf(i int) int {
	at, inQuotes := 0, false
	for j, b := range c.line {
		if i == 0 {
			break
		}
		if b == '"' {
			inQuotes = !inQuotes
		}
		if b == c.comma && !inQuotes {
			i--
			at = j + 1
		}
	}
	return c.runes(at)
}

func (c *csvReader) runes(offset int) int { return 1 + utf8.RuneCount(c.line[:offset]) }
