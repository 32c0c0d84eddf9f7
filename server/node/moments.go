package node

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// While rows move into a table, whoever reads it reads the views that were taken
// before the first of them moved; when the last one has, all shards show what
// they hold, at one moment. Whoever opened views of some shards before such a
// moment, and of others after it, opens them again.

// moments holds the views that tables are read by. The zero value has none.
type moments struct {
	now atomic.Pointer[pinned]

	mu sync.Mutex // held by who makes the next one
}

// pinned are the views of tables whose rows move, by table and shard. It does
// not change: each moment makes another one.
type pinned struct {
	tables map[record.TableID]map[uint32]*store.SharedView
}

func (p *pinned) of(t record.TableID) map[uint32]*store.SharedView {
	if p == nil {
		return nil
	}
	return p.tables[t]
}

func (p *pinned) all() map[record.TableID]map[uint32]*store.SharedView {
	if p == nil {
		return nil
	}
	return p.tables
}

// pin takes over the views; from now on the table is read by them.
func (m *moments) pin(t record.TableID, views []*store.View) {
	shared := map[uint32]*store.SharedView{}
	for _, v := range views {
		shared[v.Shard] = store.Share(v)
	}
	m.set(t, shared)
}

// unpin lets readers of the table see what it holds.
func (m *moments) unpin(t record.TableID) {
	for _, v := range m.set(t, nil) {
		v.LetGo()
	}
}

// letGo lets go of all views: nobody reads any more.
func (m *moments) letGo() {
	for t := range m.now.Load().all() {
		m.unpin(t)
	}
}

// set returns what the table was read by.
func (m *moments) set(t record.TableID, views map[uint32]*store.SharedView) map[uint32]*store.SharedView {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := m.now.Load()
	next := &pinned{tables: map[record.TableID]map[uint32]*store.SharedView{}}
	if last != nil {
		next.tables = maps.Clone(last.tables)
	}
	if views != nil {
		next.tables[t] = views
	} else {
		delete(next.tables, t)
	}
	m.now.Store(next)
	return last.of(t)
}

// views opens one view a shard, all of one moment, each at least as new as the
// reader's token.
func (s *localSite) views(ctx context.Context) ([]*store.View, error) {
	if s.from = store.NoMark; !s.past {
		s.from = s.n.horizons.mark(s.n.Catalog().ByID(s.table), s.n.now)
	}
	for {
		moment := s.n.moments.now.Load()
		pins := moment.of(s.table)
		if s.n.opts.apart {
			return s.viewsAt(ctx, nil)
		}
		views, err := s.viewsAt(ctx, pins)
		switch {
		case err != nil && !errors.Is(err, store.ErrLetGo):
			return nil, err
		case err == nil && (pins != nil || s.n.moments.now.Load() == moment):
			return views, nil
		}
		closeViews(views)
	}
}

// viewsAt opens the views that are pinned, or (nil) new ones.
func (s *localSite) viewsAt(ctx context.Context, pins map[uint32]*store.SharedView) ([]*store.View, error) {
	views := make([]*store.View, 0, len(s.shards))
	for _, id := range s.shards {
		v, err := s.view(ctx, id, pins[id])
		if err != nil {
			closeViews(views)
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}
