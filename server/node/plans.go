package node

import (
	"encoding/binary"
	"math"
	"sync"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

const (
	maxPlans    = 256     // of one generation
	maxPlanText = 8 << 10 // bytes of a statement whose plan is kept
)

// plans keeps the plans of queries for the next time that the same text comes
// with the same parameters: it then needs no parser and no planner. They are
// those of one catalog; a change of its tables drops them all. Plans that hold the time
// they were made at are not kept, and one that was chosen by the sizes of tables
// only serves while they are about the same. The zero value is ready.
type plans struct {
	mu     sync.Mutex
	of     *catalog.Catalog
	recent map[planKey]keptPlan
	older  map[planKey]keptPlan // what recent was when it was full
	served int                  // statements that found their plan
}

type planKey struct{ text, params string }

// keptPlan is a plan and what was known when it was made.
type keptPlan struct {
	*plan.Plan
	sizes []tableSize
}

// keyOfPlan names what a plan depends on besides the catalog; false where the
// request is not worth a name.
func keyOfPlan(r Request) (planKey, bool) {
	if len(r.SQL) > maxPlanText {
		return planKey{}, false
	}
	var b []byte
	for _, v := range r.Params {
		switch v.Type.Kind {
		case record.Null, record.Bool, record.Int64, record.Float64, record.Keyword:
		default:
			return planKey{}, false
		}
		valid := byte(0)
		if v.Valid {
			valid = 1
		}
		b = append(b, byte(v.Type.Kind), valid)
		b = binary.LittleEndian.AppendUint64(b, uint64(v.I))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.F))
		b = append(binary.AppendUvarint(b, uint64(len(v.S))), v.S...)
		if len(b) > maxPlanText {
			return planKey{}, false
		}
	}
	return planKey{r.SQL, string(b)}, true
}

// find returns the plan of k made for a catalog, if it still is a good one.
func (c *plans) find(cat *catalog.Catalog, k planKey, now plan.Stats) (*plan.Plan, bool) {
	c.mu.Lock()
	p, ok := c.get(cat, k)
	c.mu.Unlock()
	for _, s := range p.sizes {
		if rows, known := now.Rows(s.table); known != s.known || differ(rows, s.rows) {
			return nil, false
		}
	}
	return p.Plan, ok
}

// get looks up k. mu is held.
func (c *plans) get(cat *catalog.Catalog, k planKey) (p keptPlan, ok bool) {
	if c.of == nil || c.of.Shape() != cat.Shape() {
		return p, false
	}
	if p, ok = c.recent[k]; !ok {
		if p, ok = c.older[k]; ok {
			c.put(k, p)
		}
	}
	if ok {
		c.served++
	}
	return p, ok
}

// keep keeps a plan that was made for a catalog, where that is the newest.
func (c *plans) keep(cat *catalog.Catalog, k planKey, p *plan.Plan, sizes []tableSize) {
	if p.Timed {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil || c.of.Shape() != cat.Shape() {
		if c.of != nil && c.of.Shape() > cat.Shape() {
			return
		}
		c.of, c.recent, c.older = cat, nil, nil
	}
	c.put(k, keptPlan{p, sizes})
}

// put enters a plan; what nobody asked for since two generations is dropped.
// mu is held.
func (c *plans) put(k planKey, p keptPlan) {
	if len(c.recent) >= maxPlans {
		c.recent, c.older = nil, c.recent
	}
	if c.recent == nil {
		c.recent = make(map[planKey]keptPlan)
	}
	c.recent[k] = p
}

// tableSize is what a planner was told of a table's size.
type tableSize struct {
	table record.TableID
	rows  int64
	known bool
}

// differ reports whether another plan may be better for b rows than for a.
func differ(a, b int64) bool { return max(a, b) > 2*min(a, b)+1000 }

// told remembers the sizes that a planner asked for.
type told struct {
	plan.Stats
	sizes []tableSize
}

func (t *told) Rows(table record.TableID) (int64, bool) {
	for _, s := range t.sizes {
		if s.table == table {
			return s.rows, s.known
		}
	}
	rows, known := t.Stats.Rows(table)
	t.sizes = append(t.sizes, tableSize{table, rows, known})
	return rows, known
}
