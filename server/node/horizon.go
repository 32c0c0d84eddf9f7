package node

import (
	"sync"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// A statement sees no row that is past its ttl or retention when it reads: what
// the shards' watermarks, which come through the log about once a minute, do
// not hide yet, it leaves out itself. The horizon of a table is the time that
// its statements read from. It only rises, so that a clock that is set back
// brings nothing back; a kill may lose the last minute of it, not what is in the
// log.

// Horizons move in steps, of a part of the time that rows live and at most so
// long: what a segment knows of the rows below is used by all statements of a step.
const (
	horizonSteps = 4096
	longestStep  = 10 * time.Second
)

// horizon is the time before which rows of t are past their ttl or retention.
func horizon(t *catalog.Table, now time.Time) (int64, bool) {
	at, ok := mark(t, now)
	if !ok {
		return store.NoMark, false
	}
	step := max(1, min(int64(longestStep), int64(now.Sub(at))/horizonSteps))
	nanos := at.UnixNano()
	return nanos - (nanos%step+step)%step, true
}

// horizons are those of tables that rows expire from.
type horizons struct {
	mu sync.Mutex
	of map[record.TableID]int64
}

// mark is the horizon of t now, or what it was before if that is later.
// store.NoMark: it has none.
func (h *horizons) mark(t *catalog.Table, now func() time.Time) int64 {
	if t == nil || t.Time == nil {
		return store.NoMark
	}
	at, ok := int64(store.NoMark), false
	if t.Options["ttl"] != "" || t.Options["retention"] != "" {
		at, ok = horizon(t, now())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	have, known := h.of[t.ID()]
	for i := len(t.Former) - 1; i >= 0 && !known; i-- { // it was rewritten since
		have, known = h.of[t.Former[i].ID]
	}
	switch {
	case !ok && !known:
		return store.NoMark
	case known && have > at:
		at = have
	}
	if h.of == nil {
		h.of = map[record.TableID]int64{}
	}
	h.of[t.ID()] = at
	return at
}

// forget drops what is known of a table that is gone.
func (h *horizons) forget(id record.TableID) {
	h.mu.Lock()
	delete(h.of, id)
	h.mu.Unlock()
}

// now is the time by which rows expire.
func (n *Node) now() time.Time {
	if n.opts.Store.Now != nil {
		return n.opts.Store.Now()
	}
	return time.Now()
}
