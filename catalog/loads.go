package catalog

import (
	"slices"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// A load that is to be seen whole or not at all goes into a table of its own,
// which nobody sees: it is staged. When it is complete its rows are brought
// into the table that it is for, or, where that is empty, its table takes that
// one's place: the load is switched. That it is being switched is a decision of
// the catalog: from there on the load is completed, whatever dies.

// Load is one that is staged.
type Load struct {
	Table     Table          // that its rows wait in; its name is that of the table they are for
	Into      record.TableID // the table they are for
	Source    string         `json:",omitempty"` // it may go on after an interruption under this name; "": it may not
	Key       string         `json:",omitempty"` // of the request that it is, if that has one
	Twin      bool           `json:",omitempty"` // Table has all that the other one has: it may take its place
	Began     time.Time      // as whoever began it had the time
	Switching bool           `json:",omitempty"`
	Rows      int64          `json:",omitempty"` // that wait, once it is switching
	Whole     *WholeLoad     `json:",omitempty"` // where its rows came with the decision; Table is empty then
}

// ID names the load: it is its table's.
func (l *Load) ID() record.TableID { return l.Table.ID() }

// EndedLoad is what is remembered of a load that was switched.
type EndedLoad struct {
	ID   record.TableID
	Into record.TableID
	Key  string `json:",omitempty"`
	Rows int64
}

// mostEnded is how many of them are remembered: whoever asks whether his load
// was switched, because the answer was lost, asks soon.
const mostEnded = 1024

// BeginLoad stages a load into the table called Into at a version of it, or
// finds the one of that source that is staged already.
type BeginLoad struct {
	Into    record.TableID
	Version uint32
	Source  string `json:",omitempty"`
	Key     string `json:",omitempty"`
	Twin    bool   `json:",omitempty"`
	At      time.Time
}

// SwitchLoad says that a load is complete and is to be switched.
type SwitchLoad struct {
	ID   record.TableID
	Rows int64 // that wait
}

// EndLoad ends a load: one that is being switched has been; one that is not can be
// given up. Replace says that its table takes the place
// of the one that it is for, unless that was changed since it was at Version.
type EndLoad struct {
	ID      record.TableID
	GiveUp  bool         `json:",omitempty"`
	Replace bool         `json:",omitempty"`
	Version uint32       `json:",omitempty"`
	Former  []Generation `json:",omitempty"` // with Replace: those that the table still needs
}

// Loads lists the loads that are staged, by id. They are shared.
func (c *Catalog) Loads() []*Load { return c.loads }

// Load returns the staged load called id, or nil.
func (c *Catalog) Load(id record.TableID) *Load {
	i := slices.IndexFunc(c.loads, func(l *Load) bool { return l.ID() == id })
	if i < 0 {
		return nil
	}
	return c.loads[i]
}

// Ended returns what is remembered of a load that was switched: the one called
// id, or (0) that of a key into the table called into.
func (c *Catalog) Ended(id record.TableID, key string, into record.TableID) (EndedLoad, bool) {
	for _, e := range c.ended {
		if id != 0 && e.ID == id || id == 0 && key != "" && e.Key == key && c.Successor(e.Into) == c.Successor(into) {
			return e, true
		}
	}
	return EndedLoad{}, false
}

// Shortcuts is an option of tables that no statement takes: "off" says that
// their columns have none of what makes conditions cheap.
const Shortcuts = "shortcuts"

// staging returns t as the table that a load waits in.
func (t *Table) staging(id record.TableID, twin bool) Table {
	out := *t
	out.Schema.Table, out.Former = id, nil
	if !twin { // rows are read once, all of them
		out.Indexes, out.Time, out.Order, out.Options = nil, nil, nil, map[string]string{Shortcuts: "off"}
	}
	return out
}

func (c *Catalog) beginLoad(b *BeginLoad) (*Catalog, *Table, error) {
	const op = "catalog: begin load"
	t := c.ByID(b.Into)
	if t == nil || t.Schema.Version != b.Version {
		return nil, nil, fault.E(op, fault.Conflict, fault.Hint("try again"), "the table was changed or dropped meanwhile")
	}
	for _, l := range c.loads {
		same := b.Source != "" && l.Source == b.Source || b.Key != "" && l.has(b.Key)
		switch {
		case l.Into != b.Into || !same:
		case b.Key != "" || l.Switching:
			return nil, nil, fault.E(op, fault.Unavailable, fault.Item(t.Name), fault.Hint("wait for it, and ask again"), "the same load is under way")
		default:
			return c, &l.Table, nil
		}
	}
	next := c.nextLoads()
	l := &Load{Into: b.Into, Source: b.Source, Key: b.Key, Twin: b.Twin, Began: b.At, Table: t.staging(next.nextID, b.Twin)}
	next.nextID++
	next.loads = append(slices.Clone(c.loads), l)
	return next, &l.Table, nil
}

func (c *Catalog) switchLoad(s *SwitchLoad) (*Catalog, *Table, error) {
	const op = "catalog: switch load"
	l := c.Load(s.ID)
	if l == nil {
		return nil, nil, noLoad(op, s.ID)
	}
	if c.ByID(l.Into) == nil {
		return nil, nil, fault.E(op, fault.Conflict, fault.Item(l.Table.Name), fault.Hint("load it again"), "the table was rewritten or dropped meanwhile")
	}
	next, on := c.nextLoads(), *l
	on.Switching, on.Rows = true, s.Rows
	next.loads = slices.Clone(c.loads)
	next.loads[slices.Index(c.loads, l)] = &on
	return next, &on.Table, nil
}

func noLoad(op string, id record.TableID) error {
	return fault.E(op, fault.NotFound, fault.Hint("GET /v1/loads lists those that are staged; begin it again"),
		fault.Errorf("", fault.NotFound, "there is no load %d: it was given up, or ended long ago", id))
}

func (c *Catalog) endLoad(e *EndLoad) (*Catalog, *Table, error) {
	const op = "catalog: end load"
	l := c.Load(e.ID)
	if l == nil {
		return nil, nil, noLoad(op, e.ID)
	}
	next := c.nextLoads()
	next.loads = slices.DeleteFunc(slices.Clone(c.loads), func(o *Load) bool { return o == l })
	switch {
	case e.GiveUp && l.Switching:
		return nil, nil, fault.E(op, fault.Conflict, fault.Code("55006"), fault.Item(l.Table.Name), "the load is complete, and is being switched")
	case e.GiveUp:
		return next, &l.Table, nil
	case !l.Switching:
		return nil, nil, fault.E(op, fault.Invalid, fault.Item(l.Table.Name), "the load is not being switched")
	}
	if over := len(c.ended) + len(l.asEnded()) - mostEnded; over > 0 {
		next.ended = c.ended[min(over, len(c.ended)):]
	}
	next.ended = append(slices.Clone(next.ended), l.asEnded()...)
	if !e.Replace {
		return next, &l.Table, nil
	}
	t := c.ByID(l.Into)
	if t == nil || !l.Twin || t.Schema.Version != e.Version {
		return nil, nil, fault.E(op, fault.Conflict, fault.Item(l.Table.Name), "the table was changed meanwhile")
	}
	next.shape = next.version
	to := *t
	to.Schema.Table, to.Schema.Version = l.ID(), t.Schema.Version+1
	to.Former = append(slices.Clone(e.Former), Generation{t.ID(), t.Sharding})
	return next.replace(t, &to), &to, nil
}

// loadsWithout returns the loads that stay when a table goes: those into others. One
// that is being switched keeps its table.
func (c *Catalog) loadsWithout(t *Table) ([]*Load, error) {
	var stay []*Load
	for _, l := range c.loads {
		switch {
		case l.Into != t.ID():
			stay = append(stay, l)
		case l.Switching:
			return nil, fault.E("catalog: drop table", fault.Conflict, fault.Code("55006"), fault.Item(t.Name), fault.Hint("try again"), "a load is being switched into the table")
		}
	}
	return stay, nil
}

// replace puts a table in the place of another, under its name and in its graphs.
func (c *Catalog) replace(t, to *Table) *Catalog {
	c.byName[to.Name] = to
	for name, g := range c.graphs {
		c.graphs[name] = g.moved(t.ID(), to.ID())
	}
	return c
}
