package node

import (
	"context"
	"sync"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// directories number the keys that edges name vertices by: one for each key
// column of a vertex table, for as long as the node is open.
type directories struct {
	mu   sync.Mutex
	byID map[directoryID]*engines.Nodes
}

type directoryID struct {
	table record.TableID
	key   record.ColumnID
}

func (d *directories) of(table record.TableID, key record.ColumnID, t record.Type) (*engines.Nodes, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := directoryID{table, key}
	if n := d.byID[id]; n != nil {
		return n, nil
	}
	n, err := engines.NewNodes(t)
	if err != nil {
		return nil, err
	}
	if d.byID == nil {
		d.byID = map[directoryID]*engines.Nodes{}
	}
	d.byID[id] = n
	return n, nil
}

// forget lets go of the directories of a table that is no more.
func (d *directories) forget(table record.TableID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id := range d.byID {
		if id.table == table {
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
