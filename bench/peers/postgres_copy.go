package main

import (
	"bufio"
	"io"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/quindex/quindex/fault"
)

// copyRows turns lines of JSON into the text format of COPY: fields by tabs,
// \N for null.
type copyRows struct {
	lines  *bufio.Scanner
	fields []field
	parser fastjson.Parser
	ready  []byte // encoded rows that are not read yet
	at     int    // in ready
	row    int64
}

func (c *copyRows) Read(p []byte) (int, error) {
	if c.at == len(c.ready) {
		c.ready, c.at = c.ready[:0], 0
		for len(c.ready) < 256<<10 && c.lines.Scan() {
			if err := c.encode(c.lines.Bytes()); err != nil {
				return 0, err
			}
		}
		if err := c.lines.Err(); err != nil {
			return 0, fault.E("peers: read rows", fault.IO, err)
		}
		if len(c.ready) == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, c.ready[c.at:])
	c.at += n
	return n, nil
}

// copyEscapes are the characters with a meaning in COPY's text.
var copyEscapes = strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r")

func (c *copyRows) encode(line []byte) error {
	c.row++
	v, err := c.parser.ParseBytes(line)
	if err != nil {
		return fault.Errorf("peers: read rows", fault.Corrupt, "row %d: %v", c.row, err)
	}
	for i, f := range c.fields {
		if i > 0 {
			c.ready = append(c.ready, '\t')
		}
		switch x := v.Get(f.name); {
		case x == nil || x.Type() == fastjson.TypeNull:
			c.ready = append(c.ready, `\N`...)
		case x.Type() == fastjson.TypeString:
			b, _ := x.StringBytes()
			c.ready = append(c.ready, copyEscapes.Replace(string(b))...)
		case x.Type() == fastjson.TypeArray: // a point
			c.ready = x.Get("0").MarshalTo(append(c.ready, "SRID=4326;POINT("...))
			c.ready = append(x.Get("1").MarshalTo(append(c.ready, ' ')), ')')
		default:
			c.ready = x.MarshalTo(c.ready)
		}
	}
	c.ready = append(c.ready, '\n')
	return nil
}
