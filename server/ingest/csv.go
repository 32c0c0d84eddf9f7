package ingest

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/internal/separator"
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

	plain []byte // unquoted text of the present record
	spans []span // its fields so far
	pos   int    // how far line was split
	open  int    // where the quoted field at pos begins, or -1
	mark  int    // where in plain its text begins
}

// CSV reads comma-separated values; the first line, or Options.Header, names the fields.
func CSV(r io.Reader, o Options) (Reader, error) {
	t, err := newTarget(o)
	if err != nil {
		return nil, err
	}
	c := &csvReader{lines: newLines(r, o), target: t, comma: o.Comma, header: o.Header}
	if err := c.begin(); err != nil {
		return nil, err
	}
	return c, c.bind()
}

// begin reads up to the first row.
func (c *csvReader) begin() error {
	if c.comma == 0 {
		c.comma = ','
	}
	if err := c.lines.foreign(CSVKind); err != nil {
		return err
	}
	if c.header == nil {
		if err := c.readHeader(); err != nil {
			return err
		}
	}
	return c.checkNames()
}

// readHeader takes the names of the fields from the first line.
func (c *csvReader) readHeader() error {
	const op = "load: read CSV header"
	why, err := c.record()
	switch {
	case err == io.EOF:
		return fault.E(op, fault.Invalid, fault.Pos{Line: 1, Column: 1}, "the file is empty")
	case err != nil:
		return err
	case why != nil:
		return fault.E(op, fault.Invalid, fault.Pos{Line: 1, Column: max(1, why.At)}, why.Reason)
	}
	if at, ok := invalidUTF8(c.line); !ok {
		return fault.E(op, fault.Invalid, fault.Pos{Line: 1, Column: at}, notUTF8)
	}
	for _, f := range c.fields {
		c.header = append(c.header, strings.TrimSpace(string(f)))
	}
	return nil
}

// checkNames refuses a header that names no fields, or one of them twice.
func (c *csvReader) checkNames() error {
	const op = "load: read CSV header"
	seen := map[string]bool{}
	for i, name := range c.header {
		at := c.fieldAt(i)
		switch {
		case len(c.header) == 1 && name == "":
			return fault.E(op, fault.Invalid, at, "the first line is blank, and should name the fields")
		case strings.Contains(name, "\r"):
			return fault.E(op, fault.Invalid, at, fault.Hint("tr '\\r' '\\n' < FILE"), "its lines end with a carriage return alone, want a line feed")
		case seen[name] && name != "":
			return fault.E(op, fault.Invalid, at, fmt.Sprintf("the field %q is named twice", shortName(name)))
		}
		seen[name] = true
	}
	return nil
}

// bind finds the column of every field.
func (c *csvReader) bind() error {
	for i, name := range c.header {
		f, ok := c.target.byField[name]
		if !ok {
			if err := c.stranger(i, name); err != nil {
				return err
			}
		}
		if !ok {
			f.sink = -1
		}
		c.feeds = append(c.feeds, f)
	}
	return nil
}

// fieldAt is where field i of the header stands, if it was read from the file.
func (c *csvReader) fieldAt(i int) fault.Pos {
	if i < len(c.spans) {
		return fault.Pos{Line: 1, Column: c.runes(c.spans[i].at)}
	}
	return fault.Pos{Line: 1, Column: 1}
}

// stranger refuses field i of the header, which no column takes, if such are
// not to be ignored. A header of one field was cut by the wrong byte.
func (c *csvReader) stranger(i int, name string) error {
	why := c.target.unknown(name)
	other := byte(0)
	if len(c.header) == 1 {
		other = separator.Within(name)
	}
	if why == nil && other == 0 {
		return nil
	}
	at := c.fieldAt(i)
	if other != 0 {
		byQuery, byFlag := url.QueryEscape(string(other)), "'"+string(other)+"'"
		if other == '\t' {
			byFlag = "tab"
		}
		return fault.E("load: read CSV header", fault.NotFound, fault.Code("42703"), at,
			fault.Hint(fmt.Sprintf("say what separates them: comma=%s (quindex load --comma %s)", byQuery, byFlag)),
			fmt.Sprintf("the fields of %q seem to be separated by %q, not by %q", shortName(name), other, c.comma))
	}
	return fault.E("load: read CSV header", fault.NotFound, fault.Code("42703"), at, why.reason)
}

func (c *csvReader) Line() int64 { return c.lines.number }

func (c *csvReader) Next(rows int) (*record.Batch, []Reject, error) {
	var rejects []Reject
	for size := 0; c.target.batch.N < rows && len(rejects) < rows && size < batchBytes; size += len(c.line) {
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
		return &Reject{At: at, Reason: notUTF8}
	}
	if len(c.fields) != len(c.feeds) {
		return &Reject{Reason: badf("", "%s, and the header names %d", fieldCount(len(c.fields)), len(c.feeds)).reason}
	}
	t := c.target
	t.begin()
	var why *bad
	at := 0
	for i, f := range c.feeds {
		switch {
		case f.sink < 0:
		case f.half != 0:
			why = t.coordinate(f, unsafeString(c.fields[i]))
		default:
			why = c.field(f.sink, c.fields[i], c.spans[i].plain)
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
		rej.At = c.runes(c.spans[at-1].at)
	}
	return rej
}

func fieldCount(n int) string {
	if n == 1 {
		return "1 field"
	}
	return fmt.Sprintf("%d fields", n)
}

// field records one field. An empty one is NULL; an empty one in quotes is an
// empty string where the column is TEXT, as CSV from quindex and PostgreSQL has it.
func (c *csvReader) field(i int, text []byte, quoted bool) *bad {
	if len(text) == 0 && !quoted {
		return nil
	}
	if c.target.sinks[i].field.Type.Kind == record.Int64 && len(text) > 0 {
		if n, ok := integer(text); ok {
			c.target.int(i, n)
			return nil
		}
	}
	return c.target.bytes(i, text)
}

// record reads one record into c.fields; it may span lines where a field is quoted.
func (c *csvReader) record() (*Reject, error) {
	line, err := c.lines.next()
	c.line = append(c.line[:0], line...)
	if _, ok := err.(*tooLong); ok {
		return &Reject{Reason: err.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	c.pos, c.open, c.plain, c.spans = 0, -1, c.plain[:0], c.spans[:0]
	for size := c.lines.size; ; size += c.lines.size {
		at, reason := c.split()
		if reason == "" {
			c.cut()
			return nil, nil
		}
		if reason != unclosed || size > c.lines.maxRow {
			return &Reject{At: at, Reason: reason}, nil
		}
		end := c.lines.end
		more, err := c.lines.next()
		if err == io.EOF {
			return &Reject{At: at, Reason: reason}, nil
		}
		c.line = append(append(c.line, end...), more...)
		if _, ok := err.(*tooLong); ok || size+c.lines.size > c.lines.maxRow {
			return &Reject{At: at, Reason: fmt.Sprintf("%s within %d bytes, the most that a row may have", reason, c.lines.maxRow)}, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

const unclosed = "a quoted field is not closed"

// span is where one field lies: in the line, or unquoted in plain.
type span struct {
	at     int // where in the line it begins
	lo, hi int
	plain  bool
}

// split goes on cutting c.line into fields where it stopped the last time, so
// that a field of many lines is looked at once.
func (c *csvReader) split() (at int, reason string) {
	for {
		if c.open < 0 {
			if c.pos < len(c.line) && c.line[c.pos] == '"' {
				c.open, c.mark = c.pos, len(c.plain)
				c.pos++
				continue
			}
			n := bytes.IndexByte(c.line[c.pos:], c.comma)
			if n < 0 {
				c.spans = append(c.spans, span{c.pos, c.pos, len(c.line), false})
				return 0, ""
			}
			c.spans = append(c.spans, span{c.pos, c.pos, c.pos + n, false})
			c.pos += n + 1
			continue
		}
		if !c.quoted() {
			return c.runes(c.open), unclosed
		}
		c.spans = append(c.spans, span{c.open, c.mark, len(c.plain), true})
		c.open = -1
		if c.pos == len(c.line) {
			return 0, ""
		}
		if c.line[c.pos] != c.comma {
			return c.runes(c.pos), "text after the closing quote of a field"
		}
		c.pos++
	}
}

// quoted goes on in a field in quotes and reports whether it reached its end.
func (c *csvReader) quoted() bool {
	for {
		q := bytes.IndexByte(c.line[c.pos:], '"')
		if q < 0 {
			c.plain = append(c.plain, c.line[c.pos:]...)
			c.pos = len(c.line)
			return false
		}
		c.plain = append(c.plain, c.line[c.pos:c.pos+q]...)
		if c.pos += q + 1; c.pos == len(c.line) || c.line[c.pos] != '"' {
			return true
		}
		c.plain = append(c.plain, '"')
		c.pos++
	}
}

// cut makes c.fields of the spans, once nothing moves any more.
func (c *csvReader) cut() {
	c.fields = c.fields[:0]
	for _, s := range c.spans {
		from := c.line
		if s.plain {
			from = c.plain
		}
		c.fields = append(c.fields, from[s.lo:s.hi:s.hi])
	}
}

func (c *csvReader) runes(offset int) int { return 1 + utf8.RuneCount(c.line[:offset]) }
