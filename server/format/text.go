package format

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// jsonWriter writes {"columns":[...],"rows":[[...],...],"stats":{...}}.
type jsonWriter struct {
	w    io.Writer
	buf  []byte
	rows bool // at least one row is out
}

func (j *jsonWriter) Begin(columns []plan.Column) error {
	j.buf = append(j.buf[:0], `{"columns":[`...)
	for i, c := range columns {
		if i > 0 {
			j.buf = append(j.buf, ',')
		}
		j.buf = append(j.buf, `{"name":`...)
		j.buf = record.AppendJSON(j.buf, record.TextValue(c.Name))
		j.buf = append(j.buf, `,"type":`...)
		j.buf = record.AppendJSON(j.buf, record.TextValue(c.Type.String()))
		j.buf = append(j.buf, '}')
	}
	j.buf = append(j.buf, `],"rows":[`...)
	return j.flush(0)
}

func (j *jsonWriter) Chunk(c *plan.Chunk) error {
	for i := range c.N {
		if j.rows {
			j.buf = append(j.buf, ",\n"...)
		}
		j.rows = true
		j.buf = append(j.buf, '[')
		for k, col := range c.Cols {
			if k > 0 {
				j.buf = append(j.buf, ',')
			}
			j.buf = record.AppendJSON(j.buf, col.Value(i))
		}
		j.buf = append(j.buf, ']')
		if err := j.flush(flushBytes); err != nil {
			return err
		}
	}
	return j.flush(0)
}

func (j *jsonWriter) End(stats []byte) error {
	j.buf = append(append(append(j.buf, `],"stats":`...), stats...), "}\n"...)
	return j.flush(0)
}

func (j *jsonWriter) Fail(problem []byte) error {
	j.buf = append(append(append(j.buf, `],"error":`...), problem...), "}\n"...)
	return j.flush(0)
}

// flushBytes is how much text is gathered before it is written.
const flushBytes = 32 << 10

func (j *jsonWriter) flush(over int) error {
	if len(j.buf) <= over {
		return nil
	}
	_, err := j.w.Write(j.buf)
	j.buf = j.buf[:0]
	return err
}

// ndjsonWriter writes one object a row.
type ndjsonWriter struct {
	w    io.Writer
	buf  []byte
	keys [][]byte // `{"a":`, `,"b":` ...
}

func (n *ndjsonWriter) Begin(columns []plan.Column) error {
	for i, c := range columns {
		lead := byte(',')
		if i == 0 {
			lead = '{'
		}
		n.keys = append(n.keys, append(record.AppendJSON([]byte{lead}, record.TextValue(c.Name)), ':'))
	}
	return nil
}

func (n *ndjsonWriter) Chunk(c *plan.Chunk) error {
	n.buf = n.buf[:0]
	for i := range c.N {
		for k, col := range c.Cols {
			n.buf = record.AppendJSON(append(n.buf, n.keys[k]...), col.Value(i))
		}
		n.buf = append(n.buf, "}\n"...)
		if len(n.buf) > flushBytes {
			if _, err := n.w.Write(n.buf); err != nil {
				return err
			}
			n.buf = n.buf[:0]
		}
	}
	_, err := n.w.Write(n.buf)
	return err
}

func (n *ndjsonWriter) End([]byte) error { return nil }

func (n *ndjsonWriter) Fail(problem []byte) error {
	_, err := n.w.Write(append(append([]byte(`{"error":`), problem...), "}\n"...))
	return err
}

// csvWriter writes RFC 4180 with a header; NULL is an empty field and an
// empty string is "".
type csvWriter struct {
	w   io.Writer
	buf []byte
}

func (c *csvWriter) Begin(columns []plan.Column) error {
	for i, col := range columns {
		if i > 0 {
			c.buf = append(c.buf, ',')
		}
		c.field(col.Name)
	}
	c.buf = append(c.buf, "\r\n"...)
	return c.flush()
}

func (c *csvWriter) Chunk(ch *plan.Chunk) error {
	for i := range ch.N {
		for k, col := range ch.Cols {
			if k > 0 {
				c.buf = append(c.buf, ',')
			}
			if !col.IsNull(i) {
				c.field(col.Value(i).Text())
			}
		}
		c.buf = append(c.buf, "\r\n"...)
		if len(c.buf) > flushBytes {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	return c.flush()
}

func (c *csvWriter) field(s string) {
	if s != "" && !strings.ContainsAny(s, ",\"\r\n") {
		c.buf = append(c.buf, s...)
		return
	}
	c.buf = append(append(append(c.buf, '"'), strings.ReplaceAll(s, `"`, `""`)...), '"')
}

func (c *csvWriter) flush() error {
	_, err := c.w.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

func (c *csvWriter) End([]byte) error { return nil }

// Fail leaves a last line that is not CSV of the same width.
func (c *csvWriter) Fail(problem []byte) error {
	_, err := c.w.Write(append(append([]byte("# error: "), problem...), '\n'))
	return err
}

// tableRows is how many rows a table's column widths are taken from; later
// rows may be wider, so that a long result need not be held back.
const tableRows = 10_000

// tableWriter writes aligned text for a terminal.
type tableWriter struct {
	w       io.Writer
	columns []plan.Column
	held    [][]string
	widths  []int
	rows    int
}

func (t *tableWriter) Begin(columns []plan.Column) error {
	t.columns = columns
	for _, c := range columns {
		t.widths = append(t.widths, utf8.RuneCountInString(c.Name))
	}
	return nil
}

func (t *tableWriter) Chunk(c *plan.Chunk) error {
	for i := range c.N {
		row := make([]string, len(c.Cols))
		for k, col := range c.Cols {
			if !col.IsNull(i) {
				row[k] = printable(col.Value(i).Text())
			}
			if t.widths != nil && t.rows < tableRows {
				t.widths[k] = max(t.widths[k], utf8.RuneCountInString(row[k]))
			}
		}
		t.held = append(t.held, row)
		if t.rows++; t.rows == tableRows {
			if err := t.head(); err != nil {
				return err
			}
		}
	}
	if t.rows > tableRows {
		return t.release()
	}
	return nil
}

// head writes the names, a rule and the rows held so far.
func (t *tableWriter) head() error {
	names, rule := make([]string, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i], rule[i] = c.Name, strings.Repeat("-", t.widths[i])
	}
	t.held = append([][]string{names, rule}, t.held...)
	return t.release()
}

func (t *tableWriter) release() error {
	var b strings.Builder
	for n, row := range t.held {
		line := ""
		for k, cell := range row {
			pad := strings.Repeat(" ", max(0, t.widths[k]-utf8.RuneCountInString(cell)))
			if right := t.columns[k].Type.IsNumeric(); right && (n > 0 || cell != "") {
				cell = pad + cell
			} else {
				cell += pad
			}
			if k > 0 {
				line += "  "
			}
			line += cell
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	t.held = t.held[:0]
	_, err := io.WriteString(t.w, b.String())
	return err
}

// printable keeps a cell on its line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
}

func (t *tableWriter) End([]byte) error {
	if t.rows < tableRows {
		return t.head()
	}
	return t.release()
}

func (t *tableWriter) Fail(problem []byte) error {
	_, err := t.w.Write(append(append([]byte("error: "), problem...), '\n'))
	return err
}
