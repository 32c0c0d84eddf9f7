package client

import (
	"bytes"
	"io"
)

// maxRow is the longest row a server takes (ingest.MaxRow). Of a longer one
// only so much is sent that the server refuses it.
const maxRow = 16 << 20

// firstRead is how much is read of a stream at first, in bytes: a piece may be
// of megabytes, and what is sent of a few rows.
const firstRead = 64 << 10

// piece is a part of a file that holds whole rows.
type piece struct {
	file   *source
	number int   // from 0
	line   int64 // of its first line
	span         // in the source; End is 0 without a source
	data   []byte
}

// cutter cuts a stream into pieces at row ends. It must find the row ends
// that the server finds (ingest.CSV), or a row would be torn.
type cutter struct {
	r       io.Reader
	size    int  // of a piece
	maxRow  int  // of a row
	keepBOM bool // the stream is not the beginning of a file
	csv     bool // a line end in quotes does not end a row
	comma   byte
	line    int64 // of the next piece's first line
	bytes   int64 // read of the stream so far

	buf  []byte // not handed out yet; begins at a row
	eof  bool
	scan rowScan
}

func newCutter(r io.Reader, f format, size int) *cutter {
	return &cutter{r: r, size: size, maxRow: maxRow, csv: f.quotes, comma: f.comma, line: 1}
}

// next returns the next piece and the number of its first line, or io.EOF.
func (c *cutter) next() (data []byte, line int64, err error) {
	for {
		c.find()
		switch {
		case c.eof && len(c.buf) == 0:
			return nil, 0, io.EOF
		case c.eof && (len(c.buf) <= c.size || c.scan.end == 0): // the last row may have no line end
			return c.hand(len(c.buf))
		case c.scan.end > 0 && (len(c.buf) >= c.size || c.eof):
			return c.hand(c.scan.end)
		}
		if err := c.fill(); err != nil {
			return nil, 0, err
		}
	}
}

// fill reads more, or, in a row that is too long, up to its end.
func (c *cutter) fill() error {
	if len(c.buf)-c.scan.end > c.maxRow {
		return c.drop()
	}
	start := c.buf == nil
	if len(c.buf) == cap(c.buf) {
		c.buf = append(make([]byte, 0, c.room()), c.buf...)
	}
	n, err := io.ReadFull(c.r, c.buf[len(c.buf):cap(c.buf)])
	c.buf = c.buf[:len(c.buf)+n]
	c.bytes += int64(n)
	if start && !c.keepBOM {
		c.buf = bytes.TrimPrefix(c.buf, []byte("\uFEFF"))
	}
	return c.ended(err)
}

// room is how long the full buffer becomes: small for what is small, and at
// most half a piece longer for a row that does not end in a piece.
func (c *cutter) room() int {
	if n := len(c.buf); n < c.size {
		return min(c.size, max(firstRead, 4*n))
	}
	return len(c.buf) + c.size/2 + 1
}

// drop reads past the rest of a row that is too long.
func (c *cutter) drop() error {
	c.buf = c.buf[:c.scan.end+c.maxRow+1]
	chunk := make([]byte, 256<<10)
	for !c.eof {
		n, err := c.r.Read(chunk)
		c.bytes += int64(n)
		if i := bytes.IndexByte(chunk[:n], '\n'); i >= 0 {
			c.buf = append(c.buf, chunk[i:n]...)
			c.scan.pos = len(c.buf) - (n - i)
			return c.ended(err)
		}
		if err := c.ended(err); err != nil {
			return err
		}
	}
	return nil
}

func (c *cutter) ended(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		c.eof = true
		return nil
	}
	return err
}

// find moves the end of the last whole row forward.
func (c *cutter) find() {
	if c.csv {
		c.scan.csv(c.buf, c.comma, c.maxRow)
		return
	}
	if i := bytes.LastIndexByte(c.buf, '\n'); i >= 0 {
		c.scan.end = i + 1
	}
}

// offset is how many bytes of the stream were handed out or dropped.
func (c *cutter) offset() int64 { return c.bytes - int64(len(c.buf)) }

// hand gives out the first n bytes.
func (c *cutter) hand(n int) ([]byte, int64, error) {
	out, line := c.buf[:n:n], c.line
	room := len(c.buf) - n
	if !c.eof {
		room = max(room, c.size)
	}
	c.buf = append(make([]byte, 0, room), c.buf[n:]...)
	c.scan.pos, c.scan.end = c.scan.pos-n, 0
	c.scan.pos = max(0, c.scan.pos)
	c.line += int64(bytes.Count(out, []byte{'\n'}))
	return out, line, nil
}

// rowScan walks over CSV to find where rows end.
type rowScan struct {
	pos  int // bytes looked at
	end  int // of the last whole row among them
	mode rowMode
}

type rowMode uint8

const (
	atField rowMode = iota // a field begins
	inPlain
	inQuotes
	afterQuote // it closed the field, or is one half of a doubled one
	inBroken   // text after a closing quote: the server refuses the row to its line's end
)

func (s *rowScan) csv(b []byte, comma byte, maxRow int) {
	for ; s.pos < len(b); s.pos++ {
		c := b[s.pos]
		switch {
		case c == '\n' && (s.mode != inQuotes || s.pos+1-s.end > maxRow): // the server gives up on a quote there
			s.end, s.mode = s.pos+1, atField
		case s.mode == inQuotes:
			if c == '"' {
				s.mode = afterQuote
			}
		case s.mode == atField && c == '"':
			s.mode = inQuotes
		case s.mode == inBroken:
		case s.mode == afterQuote && c == '"':
			s.mode = inQuotes
		case c == comma:
			s.mode = atField
		case s.mode == afterQuote:
			s.mode = inBroken
		default:
			s.mode = inPlain
		}
	}
}

// headerOf returns the fields of the first row of a CSV. It is only for files
// whose first row the server has taken as their header already.
func headerOf(data []byte, comma byte) []string {
	var out []string
	field, quoted := []byte{}, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"' && quoted && i+1 < len(data) && data[i+1] == '"':
			field = append(field, '"')
			i++
		case c == '"' && (quoted || len(field) == 0):
			quoted = !quoted
		case c == comma && !quoted:
			out = append(out, string(bytes.TrimSpace(field)))
			field = field[:0]
		case c == '\n' && !quoted:
			return append(out, string(bytes.TrimSpace(field)))
		default:
			field = append(field, c)
		}
	}
	return append(out, string(bytes.TrimSpace(field)))
}
