package server

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// changeWriter writes changes as the client wants them.
type changeWriter struct {
	w     http.ResponseWriter
	sse   bool
	table string
	buf   []byte
}

// changeBytes is how much text is gathered before it is written.
const changeBytes = 64 << 10

func (c *changeWriter) changes(all []node.Change) error {
	for i := range all {
		c.change(&all[i])
		if len(c.buf) > changeBytes {
			if err := c.write(); err != nil {
				return err
			}
		}
	}
	return c.flush()
}

// resolved says that there is nothing more up to a token. Before anything
// else the feed's own is as good.
func (c *changeWriter) resolved(token string, feed *node.Changes) error {
	if token == "" {
		token = feed.Token()
	}
	c.change(&node.Change{Op: node.Resolved, Token: token, Time: time.Now()})
	return c.flush()
}

// fail says why the feed ends.
func (c *changeWriter) fail(problem []byte) error {
	if c.sse {
		c.buf = append(append(append(c.buf, "event: error\ndata: "...), problem...), "\n\n"...)
	} else {
		c.buf = append(append(append(c.buf, `{"error":`...), problem...), "}\n"...)
	}
	return c.flush()
}

func (c *changeWriter) write() error {
	_, err := c.w.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

func (c *changeWriter) flush() error {
	if len(c.buf) > 0 {
		if err := c.write(); err != nil {
			return err
		}
	}
	return http.NewResponseController(c.w).Flush()
}

func (c *changeWriter) change(e *node.Change) {
	if c.sse {
		c.buf = append(append(c.buf, "event: "...), e.Op...)
		if e.Token != "" {
			c.buf = append(append(c.buf, "\nid: "...), e.Token...)
		}
		c.buf = append(c.buf, "\ndata: "...)
	}
	c.object(e)
	c.buf = append(c.buf, '\n')
	if c.sse {
		c.buf = append(c.buf, '\n')
	}
}

// object writes {"op":...,"table":...,...,"token":...}.
func (c *changeWriter) object(e *node.Change) {
	c.buf = append(append(append(c.buf, `{"op":"`...), e.Op...), '"')
	c.text("table", c.table)
	if e.Shard != 0 {
		c.buf = append(c.buf, `,"at":"`...)
		c.buf = strconv.AppendUint(c.buf, uint64(e.Shard), 10)
		c.buf = strconv.AppendUint(append(c.buf, ':'), e.Index, 10)
		c.buf = append(c.buf, '"')
	}
	if !e.Time.IsZero() {
		c.value("time", record.TimestampValue(e.Time.UnixNano()))
	}
	if e.Row != 0 {
		c.buf = append(c.buf, `,"row":"`...)
		c.buf = strconv.AppendUint(c.buf, uint64(e.Shard), 10)
		c.buf = strconv.AppendUint(append(c.buf, ':'), e.Row, 10)
		c.buf = append(c.buf, '"')
	}
	if e.Key != nil {
		c.fields("key", e, e.Key, true)
	}
	if e.After != nil {
		c.fields("after", e, e.After, false)
	}
	switch e.Op {
	case node.Expire:
		c.time(e)
	case node.Alter:
		c.columns(e)
	}
	c.text("token", e.Token)
	c.buf = append(c.buf, '}')
}

func (c *changeWriter) name(name string) {
	c.buf = append(record.AppendJSON(append(c.buf, ','), record.TextValue(name)), ':')
}

func (c *changeWriter) value(name string, v record.Value) {
	c.name(name)
	c.buf = record.AppendJSON(c.buf, v)
}

func (c *changeWriter) text(name, text string) { c.value(name, record.TextValue(text)) }

// fields writes the columns of a row as the table has them now, or of its key.
func (c *changeWriter) fields(name string, e *node.Change, b *record.Batch, key bool) {
	c.name(name)
	lead := byte('{')
	for _, f := range e.Table.Schema.Fields {
		if key && !slices.Contains(e.Table.Key, f.ID) {
			continue
		}
		v := f.Default
		if col := b.Column(f.ID); col != nil {
			v = col.Value(e.At)
		}
		c.buf = append(record.AppendJSON(append(c.buf, lead), record.TextValue(f.Name)), ':')
		c.buf = record.AppendJSON(c.buf, v)
		lead = ','
	}
	if lead == '{' {
		c.buf = append(c.buf, lead)
	}
	c.buf = append(c.buf, '}')
}

// time writes below what time rows went, and by which column.
func (c *changeWriter) time(e *node.Change) {
	if e.Table.Time == nil || e.Mark == store.NoMark {
		return
	}
	c.text("column", e.Table.Schema.Fields[e.Table.Schema.ByID(e.Table.Time.Column)].Name)
	c.value("before", record.TimestampValue(e.Mark))
}

// columns writes the columns that the table has now: a row that was told before
// one of them came has its default there.
func (c *changeWriter) columns(e *node.Change) {
	c.name("columns")
	lead := byte('[')
	for _, f := range e.Table.Schema.Fields {
		c.buf = append(append(c.buf, lead), `{"name":`...)
		c.buf = record.AppendJSON(c.buf, record.TextValue(f.Name))
		c.buf = append(c.buf, `,"type":`...)
		c.buf = record.AppendJSON(c.buf, record.TextValue(f.Type.String()))
		c.value("default", f.Default)
		c.buf = append(c.buf, '}')
		lead = ','
	}
	c.buf = append(c.buf, ']')
}
