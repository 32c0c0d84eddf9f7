package catalog

import (
	"slices"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// A load whose rows are all at hand, and few, need not wait in a table of its
// own: they stand in the decision itself, until the shards have them. Requests
// for one table that come together are decided together.

// WholeLoad decides a load that is all there. Its rows are in the log and, until
// EndLoad, in the catalog: whatever dies, they come to their table.
type WholeLoad struct {
	Into     record.TableID
	Name     string         // by which whoever decides finds it again; no other has it
	Requests []WholeRequest // at least one
	Batch    []byte         `json:",omitempty"` // the rows of all of them, in their order, in the wire form of a record.Batch
	At       time.Time
}

// WholeRequest is one request of a whole load.
type WholeRequest struct {
	Key    string `json:",omitempty"` // its idempotency key, if it has one
	Rows   int64
	Source string `json:",omitempty"` // 32 hexadecimal digits: its rows are the bytes [Start, End) of a source
	Start  uint64 `json:",omitempty"`
	End    uint64 `json:",omitempty"`
}

// WholeLoad returns the load of that name that has not ended, or nil.
func (c *Catalog) WholeLoad(name string) *Load {
	i := slices.IndexFunc(c.loads, func(l *Load) bool { return l.Whole != nil && l.Whole.Name == name })
	if i < 0 {
		return nil
	}
	return c.loads[i]
}

func (c *Catalog) wholeLoad(w *WholeLoad) (*Catalog, *Table, error) {
	const op = "catalog: decide load"
	t := c.ByID(w.Into)
	if t == nil {
		return nil, nil, fault.E(op, fault.Conflict, fault.Hint("load it again"), "the table was rewritten or dropped meanwhile")
	}
	l := &Load{Into: w.Into, Began: w.At, Switching: true, Whole: w, Table: t.staging(c.nextID, false)}
	for _, r := range w.Requests {
		_, was := c.Ended(0, r.Key, w.Into)
		if was || r.Key != "" && slices.ContainsFunc(c.loads, func(o *Load) bool { return o.Into == w.Into && o.has(r.Key) }) {
			return nil, nil, fault.E(op, fault.Unavailable, fault.Item(t.Name), fault.Hint("wait for it, and ask again"), "the same load is under way, or has just ended")
		}
		l.Rows += r.Rows
	}
	next := c.nextLoads()
	next.nextID++
	next.loads = append(slices.Clone(c.loads), l)
	return next, &l.Table, nil
}

// has reports whether the load is, or holds, the request with a key.
func (l *Load) has(key string) bool {
	return l.Key == key || l.Whole != nil && slices.ContainsFunc(l.Whole.Requests, func(r WholeRequest) bool { return r.Key == key })
}

// asEnded is what is to be remembered of the load.
func (l *Load) asEnded() (out []EndedLoad) {
	if l.Whole == nil {
		return []EndedLoad{{ID: l.ID(), Into: l.Into, Key: l.Key, Rows: l.Rows}}
	}
	for _, r := range l.Whole.Requests {
		if r.Key != "" {
			out = append(out, EndedLoad{ID: l.ID(), Into: l.Into, Key: r.Key, Rows: r.Rows})
		}
	}
	return out
}
