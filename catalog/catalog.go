package catalog

import (
	"maps"
	"slices"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// MaxColumns and MaxNameBytes bound what one table may ask of a server.
const (
	MaxColumns   = 1600 // PostgreSQL's limit
	MaxNameBytes = 255
)

// Catalog is all tables and property graphs at one version. It is immutable
// and shared; Apply makes the next one.
type Catalog struct {
	version uint64
	shape   uint64 // the version that tables and graphs are as of
	nextID  record.TableID
	byName  map[string]*Table
	graphs  map[string]*Graph
	loads   []*Load     // that are staged, ascending by id
	ended   []EndedLoad // oldest first
}

// Empty returns the catalog of a new cluster.
func Empty() *Catalog {
	return &Catalog{nextID: 1, byName: map[string]*Table{}, graphs: map[string]*Graph{}}
}

// Version rises by one with every change.
func (c *Catalog) Version() uint64 { return c.version }

// Shape rises with every change of a table or a graph, and not with those of
// loads: two catalogs of one history with the same shape have the same tables.
func (c *Catalog) Shape() uint64 { return c.shape }

// Table returns the table called name.
func (c *Catalog) Table(name string) (*Table, error) {
	if t := c.byName[name]; t != nil {
		return t, nil
	}
	hint := fault.Hint("SHOW TABLES lists what exists")
	if near := NameHint(name, c.Names()); near != "" {
		hint = near
	}
	return nil, fault.E("catalog: look up", fault.NotFound, fault.Item(name), hint, "no such table")
}

// ByID returns the table with the given id, or nil.
func (c *Catalog) ByID(id record.TableID) *Table {
	for _, t := range c.byName {
		if t.ID() == id {
			return t
		}
	}
	return nil
}

// Names returns the names of all tables, sorted.
func (c *Catalog) Names() []string { return slices.Sorted(maps.Keys(c.byName)) }

// Tables returns all tables by name.
func (c *Catalog) Tables() []*Table {
	var out []*Table
	for _, n := range c.Names() {
		out = append(out, c.byName[n])
	}
	return out
}

// Change is one decision of the meta group: exactly one field is set. Its
// JSON form is the log entry.
type Change struct {
	Create *CreateTable `json:",omitempty"`
	Drop   *DropTable   `json:",omitempty"`

	AddIndex  *AddIndex  `json:",omitempty"`
	DropIndex *DropIndex `json:",omitempty"`

	Alter *AlterTable `json:",omitempty"`

	BeginRewrite *BeginRewrite `json:",omitempty"`
	EndRewrite   *EndRewrite   `json:",omitempty"`

	BeginLoad  *BeginLoad  `json:",omitempty"`
	SwitchLoad *SwitchLoad `json:",omitempty"`
	EndLoad    *EndLoad    `json:",omitempty"`
	WholeLoad  *WholeLoad  `json:",omitempty"`

	CreateGraph *CreateGraph `json:",omitempty"`
	DropGraph   *DropGraph   `json:",omitempty"`
}

// AddIndex gives a table one more index.
type AddIndex struct {
	Table       string
	Index       Index
	IfNotExists bool
}

// DropIndex takes an index from whichever table has one of that name.
type DropIndex struct {
	Name     string
	IfExists bool
}

// CreateTable makes a table. Ids in Table are given by Apply: columns get 1,
// 2, 3 ... in their order; ids elsewhere in Table refer to those.
type CreateTable struct {
	Table       Table
	IfNotExists bool
}

// DropTable removes a table by name.
type DropTable struct {
	Name     string
	IfExists bool
}

// Apply returns the catalog after the change and the table that it made or
// removed, or one table of the graph (nil when IF [NOT] EXISTS left nothing to
// do). It does not change c.
func (c *Catalog) Apply(ch Change) (*Catalog, *Table, error) {
	switch {
	case ch.Create != nil:
		return c.create(ch.Create)
	case ch.Drop != nil:
		return c.drop(ch.Drop)
	case ch.AddIndex != nil:
		return c.addIndex(ch.AddIndex)
	case ch.Alter != nil:
		return c.alter(ch.Alter)
	case ch.BeginRewrite != nil:
		return c.beginRewrite(ch.BeginRewrite)
	case ch.EndRewrite != nil:
		return c.endRewrite(ch.EndRewrite)
	case ch.BeginLoad != nil:
		return c.beginLoad(ch.BeginLoad)
	case ch.SwitchLoad != nil:
		return c.switchLoad(ch.SwitchLoad)
	case ch.EndLoad != nil:
		return c.endLoad(ch.EndLoad)
	case ch.WholeLoad != nil:
		return c.wholeLoad(ch.WholeLoad)
	case ch.DropIndex != nil:
		return c.dropIndex(ch.DropIndex)
	case ch.CreateGraph != nil:
		return c.createGraph(ch.CreateGraph)
	case ch.DropGraph != nil:
		return c.dropGraph(ch.DropGraph)
	}
	return nil, nil, fault.E("catalog: apply", fault.Unsupported, "a change this version does not know")
}

func (c *Catalog) create(cr *CreateTable) (*Catalog, *Table, error) {
	if have := c.byName[cr.Table.Name]; have != nil {
		if cr.IfNotExists {
			return c, nil, nil
		}
		return nil, nil, fault.E("catalog: create table", fault.Exists, fault.Item(cr.Table.Name),
			fault.Hint("DROP TABLE "+cr.Table.Name+" first, or use IF NOT EXISTS"), "the table already exists")
	}
	if c.graphs[cr.Table.Name] != nil {
		return nil, nil, fault.E("catalog: create table", fault.Exists, fault.Item(cr.Table.Name), "a property graph has this name")
	}
	t := cr.Table
	t.Schema.Table, t.Schema.Version = c.nextID, 1
	t.Schema.Fields = slices.Clone(t.Schema.Fields)
	for i := range t.Schema.Fields {
		t.Schema.Fields[i].ID = record.ColumnID(i + 1)
	}
	if err := t.validate("catalog: create table"); err != nil {
		return nil, nil, err
	}
	next := c.next()
	next.nextID++
	next.byName[t.Name] = &t
	return next, &t, nil
}

func (c *Catalog) drop(d *DropTable) (*Catalog, *Table, error) {
	t, err := c.Table(d.Name)
	if err != nil {
		if d.IfExists {
			return c, nil, nil
		}
		return nil, nil, err
	}
	if err := c.inGraph(t); err != nil {
		return nil, nil, err
	}
	stay, err := c.loadsWithout(t)
	if err != nil {
		return nil, nil, err
	}
	next := c.next()
	next.loads = stay
	delete(next.byName, d.Name)
	return next, t, nil
}

func (c *Catalog) addIndex(a *AddIndex) (*Catalog, *Table, error) {
	t, err := c.Table(a.Table)
	if err != nil {
		return nil, nil, err
	}
	if have := c.indexed(a.Index.Name); have != nil {
		if a.IfNotExists {
			return c, nil, nil
		}
		return nil, nil, fault.E("catalog: create index", fault.Exists, fault.Item(a.Index.Name),
			fault.Hint("DROP INDEX it first, or choose another name"), "table "+have.Name+" has an index of this name")
	}
	next := c.changed(t)
	next.Indexes = append(slices.Clone(t.Indexes), a.Index)
	return c.with(next), next, nil
}

func (c *Catalog) dropIndex(d *DropIndex) (*Catalog, *Table, error) {
	t := c.indexed(d.Name)
	switch {
	case t == nil && d.IfExists:
		return c, nil, nil
	case t == nil:
		return nil, nil, fault.E("catalog: drop index", fault.NotFound, fault.Code("42704"), fault.Item(d.Name), "no such index")
	}
	if err := c.walkedOn(t, d.Name); err != nil {
		return nil, nil, err
	}
	next := c.changed(t)
	next.Indexes = slices.DeleteFunc(slices.Clone(t.Indexes), func(ix Index) bool { return ix.Name == d.Name })
	return c.with(next), next, nil
}

// indexed returns the table that has an index called name, or nil.
func (c *Catalog) indexed(name string) *Table {
	for _, t := range c.byName {
		if slices.ContainsFunc(t.Indexes, func(ix Index) bool { return ix.Name == name }) {
			return t
		}
	}
	return nil
}

// changed returns a copy of t as its next version.
func (c *Catalog) changed(t *Table) *Table {
	next := *t
	next.Schema.Version++
	return &next
}

// with returns the catalog with t in the place of its last version.
func (c *Catalog) with(t *Table) *Catalog {
	next := c.next()
	next.byName[t.Name] = t
	return next
}

func (c *Catalog) next() *Catalog {
	return &Catalog{version: c.version + 1, shape: c.version + 1, nextID: c.nextID, byName: maps.Clone(c.byName), graphs: maps.Clone(c.graphs),
		loads: c.loads, ended: c.ended}
}

// nextLoads is next for a change of loads alone.
func (c *Catalog) nextLoads() *Catalog {
	next := c.next()
	next.shape = c.shape
	return next
}

// validate checks what every table must obey, whoever made it; op is who did.
func (t *Table) validate(op string) error {
	bad := func(code fault.Code, format string, args ...any) error {
		return fault.E(op, fault.Invalid, code, fault.Item(t.Name), fault.Errorf("", fault.Invalid, format, args...))
	}
	if n := len(t.Schema.Fields); n == 0 || n > MaxColumns {
		return bad("54011", "%d columns; a table has 1 to %d", n, MaxColumns)
	}
	if t.Name == "" || len(t.Name) > MaxNameBytes {
		return bad("42602", "the name has %d bytes; a name has 1 to %d", len(t.Name), MaxNameBytes)
	}
	seen := map[string]bool{}
	for _, f := range t.Schema.Fields {
		switch {
		case f.Name == "" || len(f.Name) > MaxNameBytes:
			return bad("42602", "column name %q has %d bytes; a name has 1 to %d", f.Name, len(f.Name), MaxNameBytes)
		case seen[f.Name]:
			return bad("42701", "column %q is named twice", f.Name)
		case f.Type.Storage() == record.NoStorage || f.Type.Kind == record.Interval:
			return bad("42P16", "column %q cannot be of type %s", f.Name, f.Type)
		}
		seen[f.Name] = true
	}
	if len(t.Sharding.Ranges) == 0 || t.Sharding.Ranges[0].From != 0 {
		return bad("XX000", "the hash ranges do not start at 0")
	}
	if t.Sharding.Geo {
		by := t.Sharding.By
		if len(by) != 1 || t.Schema.ByID(by[0]) < 0 || t.Schema.Fields[t.Schema.ByID(by[0])].Type.Kind != record.Point {
			return bad("42P16", "shard_by = 'geo(...)' is of one column of type POINT")
		}
	}
	return nil
}

// NameHint is a hint with the name that a statement probably meant, or "". SQL
// reads a name without quotes in lower case, and then misses one that is not.
func NameHint(name string, among []string) fault.Hint {
	for _, a := range among {
		if a != name && strings.EqualFold(a, name) && name == strings.ToLower(name) {
			return fault.Hint(`write "` + a + `", in double quotes: names without them are in lower case`)
		}
	}
	if near := Nearest(name, among); near != "" {
		return fault.Hint("did you mean " + near + "?")
	}
	return ""
}

// Nearest returns the name closest to name by edit distance, at most two
// letters (one for names of up to four) away, or "". A name of one letter is
// not mistyped: any other of one letter would be as near.
func Nearest(name string, among []string) string {
	best, bestDistance := "", 3
	switch {
	case len(name) < 2:
		return ""
	case len(name) <= 4:
		bestDistance = 2
	}
	for _, n := range among {
		if d := editDistance(name, n); d < bestDistance {
			best, bestDistance = n, d
		}
	}
	return best
}

// editDistance is Levenshtein's, but two neighbours in the wrong order count once.
func editDistance(a, b string) int {
	above, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			cost := row[j]
			if a[i] != b[j] {
				cost++
			}
			next[j+1] = min(cost, next[j]+1, row[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], above[j-1]+1)
			}
		}
		above, row, next = row, next, above
	}
	return row[len(b)]
}
