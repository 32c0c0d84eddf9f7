package node

import (
	"context"
	"sync"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// directories number the keys that edges name vertices by: one for each key
// column of a vertex table, for as long as a graph names it. What they hold
// counts as memory of the server.
type directories struct {
	mu   sync.Mutex
	byID map[directoryID]*engines.Nodes
	cat  *catalog.Catalog // that directories were last held to
}

type directoryID struct {
	table record.TableID
	key   record.ColumnID
}

// directory returns that of a vertex table's keys.
func (n *Node) directory(table record.TableID, key record.ColumnID, t record.Type) (*engines.Nodes, error) {
	d := &n.nodes
	d.mu.Lock()
	defer d.mu.Unlock()
	d.holdTo(n.Catalog())
	id := directoryID{table, key}
	if n := d.byID[id]; n != nil {
		return n, nil
	}
	dir, err := engines.NewNodes(t)
	if err == nil {
		err = dir.Charge(n.memory)
	}
	if err != nil {
		return nil, err
	}
	if d.byID == nil {
		d.byID = map[directoryID]*engines.Nodes{}
	}
	d.byID[id] = dir
	return dir, nil
}

// holdTo lets go of the directories whose keys no graph names any more.
func (d *directories) holdTo(cat *catalog.Catalog) {
	if cat == d.cat {
		return
	}
	d.cat = cat
	named := map[directoryID]bool{}
	for _, g := range cat.Graphs() {
		for _, v := range g.Vertices {
			named[directoryID{v.Table, v.Key}] = true
		}
	}
	for id, n := range d.byID {
		if !named[id] {
			n.Close()
			delete(d.byID, id)
		}
	}
}

// graphsChanged lets go of what the directories hold for graphs that are gone.
func (n *Node) graphsChanged() {
	n.nodes.mu.Lock()
	defer n.nodes.mu.Unlock()
	n.nodes.holdTo(n.Catalog())
}

// forget lets go of the directories of a table that is no more.
func (d *directories) forget(table record.TableID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, n := range d.byID {
		if id.table == table {
			n.Close()
			delete(d.byID, id)
		}
	}
}

// others adds views of all shards of the other tables that a fragment reads to
// those of its own. It closes all of them if it fails.
func (s *localSite) others(ctx context.Context, tables []record.TableID, views []*store.View) ([]*store.View, error) {
	cat := s.n.Catalog()
	for _, id := range tables {
		t := cat.AsOf(id)
		if id == s.table || t == nil {
			continue
		}
		s.seen.ask(t.Sharding.Shards())
		more, err := (&localSite{source: s.source, table: id, shards: t.Sharding.Shards()}).views(ctx)
		if err != nil {
			closeViews(views)
			return nil, err
		}
		views = append(views, more...)
	}
	return views, nil
}
