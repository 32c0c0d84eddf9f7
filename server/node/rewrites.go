package node

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Rewrite tells of a table that is being rewritten.
type Rewrite struct {
	ID      string    `json:"id"` // Cancel takes it
	Table   string    `json:"table"`
	SQL     string    `json:"sql"`
	Started time.Time `json:"started"`
	Phase   string    `json:"phase"`
	Round   int       `json:"round"`
	Rows    int64     `json:"rows"`  // that are in their new places, those that came again among them
	Total   int64     `json:"total"` // of the table, as of the round
}

// Phases of a rewrite, in order.
const (
	phaseBegins   = "begins"
	phaseCopies   = "copies"
	phaseSwitches = "switches" // writes wait
	phaseUndoes   = "undoes"   // it is given up
)

// rewrites are those that run now, and the statements that must not meet the
// end of one.
type rewrites struct {
	ctx  context.Context
	stop context.CancelCauseFunc
	wg   sync.WaitGroup
	link sync.RWMutex // locked by who links all groups; read by the end of a rewrite, by switches and by the end of a chunk, which must not fall into that moment

	mu       sync.Mutex
	byTable  map[record.TableID]*rewrite
	changing map[record.TableID]int // statements that change rows they have read
}

func (rs *rewrites) init() {
	rs.ctx, rs.stop = context.WithCancelCause(context.Background())
	rs.byTable, rs.changing = map[record.TableID]*rewrite{}, map[record.TableID]int{}
}

// close gives up what runs and waits for it.
func (rs *rewrites) close() {
	rs.stop(errClosing)
	rs.wg.Wait()
}

func (rs *rewrites) of(id record.TableID) *rewrite {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return rs.byTable[id]
}

// begin enters a rewrite of t; a table has one at a time.
func (rs *rewrites) begin(n *Node, t *catalog.Table, text string) (*rewrite, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.byTable[t.ID()] != nil {
		return nil, busy(t.Name)
	}
	w := &rewrite{node: n, from: t, poke: make(chan struct{}, 1), free: make(chan struct{}), ended: make(chan struct{})}
	w.told = Rewrite{ID: uuid.NewString(), Table: t.Name, SQL: text, Started: time.Now(), Phase: phaseBegins}
	w.ctx, w.cancel = context.WithCancelCause(rs.ctx)
	rs.byTable[t.ID()] = w
	rs.wg.Add(1)
	return w, nil
}

// leave takes the rewrite off the list: writes go on.
func (rs *rewrites) leave(w *rewrite) {
	rs.mu.Lock()
	delete(rs.byTable, w.from.ID())
	rs.mu.Unlock()
	close(w.free)
}

func busy(table string) error {
	return fault.E("node: change table", fault.Conflict, fault.Code("55006"), fault.Item(table),
		fault.Hint("wait until it is done, or cancel it: GET /v1/rewrites shows it"), "the table is being rewritten")
}

// enterChange says that a statement reads rows of a table to change them. One
// that comes when the table is about to move waits until it has.
func (rs *rewrites) enterChange(ctx context.Context, id record.TableID) (leave func(), err error) {
	rs.mu.Lock()
	for w := rs.byTable[id]; w != nil && w.closing; w = rs.byTable[id] {
		rs.mu.Unlock()
		select {
		case <-w.free:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		rs.mu.Lock()
	}
	rs.changing[id]++
	rs.mu.Unlock()
	return func() {
		rs.mu.Lock()
		defer rs.mu.Unlock()
		if rs.changing[id]--; rs.changing[id] == 0 {
			delete(rs.changing, id)
		}
		if w := rs.byTable[id]; w != nil {
			select {
			case w.poke <- struct{}{}:
			default:
			}
		}
	}, nil
}

// waitForChanges lets no statement begin to change rows of the table, and waits
// for those that do, but not for ever: what is left then is told to try again.
func (rs *rewrites) waitForChanges(ctx context.Context, w *rewrite) error {
	late := time.NewTimer(longestChange)
	defer late.Stop()
	for {
		rs.mu.Lock()
		w.closing = true
		left := rs.changing[w.from.ID()]
		rs.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-w.poke:
		case <-late.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// ends reports whether the table is frozen for the rewrite, or about to be. Before
// that a rewrite waits for those who change the table, who must not wait for it.
func (w *rewrite) ends() bool {
	phase := w.status().Phase
	return phase == phaseSwitches || phase == phaseUndoes
}

// Rewrites lists the tables that are being rewritten, by name.
func (n *Node) Rewrites() []Rewrite {
	n.rewrites.mu.Lock()
	defer n.rewrites.mu.Unlock()
	out := []Rewrite{}
	for _, w := range n.rewrites.byTable {
		out = append(out, w.status())
	}
	slices.SortFunc(out, func(a, b Rewrite) int { return strings.Compare(a.Table, b.Table) })
	return out
}

// cancel stops the rewrite called id.
func (rs *rewrites) cancel(id string) bool {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, w := range rs.byTable {
		if w.told.ID == id {
			w.cancel(errCancelled)
			return true
		}
	}
	return false
}

// giveWay stops the rewrite of a table that is to go, and waits for its end.
func (rs *rewrites) giveWay(ctx context.Context, id record.TableID) error {
	w := rs.of(id)
	if w == nil {
		return nil
	}
	w.cancel(fault.E("node: rewrite table", fault.Canceled, fault.Item(w.from.Name), "the table is dropped"))
	select {
	case <-w.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// blocked refuses a change of the catalog that changes a table which is being
// rewritten: the rewrite would have to begin again.
func (rs *rewrites) blocked(now *catalog.Catalog, ch catalog.Change) error {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if len(rs.byTable) == 0 || ch.EndRewrite != nil {
		return nil
	}
	then, _, err := now.Apply(ch)
	if err != nil {
		return nil // it is refused anyway
	}
	for id, w := range rs.byTable {
		a, b := now.ByID(id), then.ByID(id)
		if a != nil && b != nil && a.Schema.Version != b.Schema.Version {
			return busy(w.from.Name)
		}
	}
	return nil
}

// fills reports whether a table is the next generation of one.
func (rs *rewrites) fills(id record.TableID) bool {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, w := range rs.byTable {
		if w.filling != nil && w.filling.ID() == id {
			return true
		}
	}
	return false
}
