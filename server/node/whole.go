package node

import (
	"context"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// A load whose rows are all at hand, and few, is not staged: they stand in the
// decision of the meta group. Two rounds of the logs bring it in:
//
//	1. The catalog decides it. Meanwhile the table is frozen in those shards
//	   that get rows.
//	2. The table is read by views of this moment there, and each of the shards
//	   gets its rows. Then the table is read as it is, and whoever waits hears.
//	3. The table is thawed, and the catalog forgets the load.
//
// A freeze without the decision is undone; a decision is carried out, whatever
// dies. Requests that come while one is on its way go together, as the next.

// WholeBytes is how much of rows goes with one decision: an entry of the log.
const WholeBytes = entryBytes

// mostRequests is how many requests are decided together: few beside those
// that the catalog remembers.
const mostRequests = 64

// ErrElsewhere says that a table was rewritten meanwhile, and nothing written.
var ErrElsewhere = errors.New("the table was rewritten meanwhile")

// wholeRequest is one request on its way.
type wholeRequest struct {
	batch *record.Batch
	is    catalog.WholeRequest
	chunk *store.Chunk
	done  chan struct{} // closed when out and err say what became of it
	out   Switched
	err   error
}

func (r *wholeRequest) end(out Switched, err error) {
	r.out, r.err = out, err
	close(r.done)
}

// queue is the requests for one table.
type queue struct {
	now  *switching // those that are being brought in; nil: none
	next []*wholeRequest
}

// whole is a load whose rows come with the decision.
type whole struct {
	requests []*wholeRequest // who waits for it; none at a start
	is       catalog.WholeLoad
	parts    map[uint32]*record.Batch // its rows by shard
	frozen   error                    // nil: the table is frozen in those shards
	sources  []store.Chunk            // that the rows are; the ledger is to know
	counts   []uint64                 // rows of each
}

// LoadWhole brings the rows of b into a table in one moment, or none of them;
// they are up to WholeBytes. A key names the request, chunk, unless it is nil, says
// which bytes of a source they are: what is in by one of them is not added again.
func (n *Node) LoadWhole(ctx context.Context, t *catalog.Table, b *record.Batch, key string, chunk *store.Chunk) (Switched, error) {
	const op = "node: load"
	r := &wholeRequest{batch: b, chunk: chunk, done: make(chan struct{}), is: catalog.WholeRequest{Key: key, Rows: int64(b.N)}}
	if chunk != nil {
		r.is.Source, r.is.Start, r.is.End = hex.EncodeToString(chunk.Source[:]), chunk.Start, chunk.End
	}
	if err := n.stages.enter(n, t.ID(), r); err != nil {
		return Switched{}, err
	}
	select {
	case <-r.done:
		return r.out, r.err
	case <-ctx.Done():
	}
	if n.stages.withdraw(t.ID(), r) {
		return Switched{}, fault.E(op, fault.Item(t.Name), ctx.Err())
	}
	return Switched{}, fault.E(op, fault.Timeout, fault.Item(t.Name), fault.Hint("send it again with the same Idempotency-Key: that tells"), "the load may be decided, and then it goes on", ctx.Err())
}

// enter puts a request into its table's queue, and has somebody serve that.
func (ss *stages) enter(n *Node, table record.TableID, r *wholeRequest) error {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.ctx.Err() != nil {
		return fault.E("node: load", fault.Unavailable, errClosing)
	}
	q := ss.wholes[table]
	if q == nil {
		q = &queue{}
		ss.wholes[table] = q
		ss.wg.Go(func() { ss.serve(n, table) })
	}
	q.next = append(q.next, r)
	return nil
}

// withdraw takes a request back that nothing was done for yet.
func (ss *stages) withdraw(table record.TableID, r *wholeRequest) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	q := ss.wholes[table]
	if q == nil {
		return false
	}
	at := slices.Index(q.next, r)
	if at < 0 {
		return false
	}
	q.next = slices.Delete(q.next, at, at+1)
	return true
}

// serve brings in what is queued for a table, until there is nothing more.
func (ss *stages) serve(n *Node, table record.TableID) {
	for more := true; more; {
		err := n.alone(ss.ctx, table, func() error {
			w := newSwitching(n)
			w.into = table
			if more = ss.turn(w); more {
				w.err = w.runWhole()
				w.answer(w.err)
				ss.leave(w)
			}
			return nil
		})
		if err != nil {
			ss.mu.Lock()
			q := ss.wholes[table]
			delete(ss.wholes, table)
			ss.mu.Unlock()
			for _, r := range q.next {
				r.end(Switched{}, fault.E("node: load", fault.Unavailable, err))
			}
			return
		}
	}
}

// turn gives w the next requests of its table's queue. False: there are none.
func (ss *stages) turn(w *switching) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	q := ss.wholes[w.into]
	w.whole = &whole{requests: q.take()}
	if len(w.whole.requests) == 0 {
		delete(ss.wholes, w.into)
		return false
	}
	q.now = w
	return true
}

func (ss *stages) leave(w *switching) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.wholes[w.into].now = nil
	close(w.done)
}

// take takes as many requests as go together: rows of the same columns, none
// that may be the same as another.
func (q *queue) take() []*wholeRequest {
	k, size := 0, 0
	for k < len(q.next) && k < mostRequests {
		r := q.next[k]
		size += r.batch.Bytes()
		apart := slices.ContainsFunc(q.next[:k], func(o *wholeRequest) bool {
			return r.is.Key != "" && r.is.Key == o.is.Key || r.is.Source != "" && r.is.Source == o.is.Source ||
				r.batch.Version != o.batch.Version || !slices.Equal(r.batch.IDs, o.batch.IDs)
		})
		if apart || k > 0 && size > WholeBytes {
			break
		}
		k++
	}
	out := slices.Clone(q.next[:k])
	q.next = q.next[k:]
	return out
}

// answer tells those who wait and have not heard.
func (w *switching) answer(err error) {
	out := Switched{Token: w.out.Token}
	for _, r := range w.whole.requests {
		out.Rows = r.is.Rows
		if err != nil {
			out = Switched{}
		}
		r.end(out, err)
	}
	w.whole.requests = nil
}

// runWhole decides what is queued, and brings it in.
func (w *switching) runWhole() error {
	n := w.node
	t := n.Catalog().ByID(w.into)
	if t == nil {
		return fault.E("node: load", fault.Conflict, fault.Hint("load it again"), ErrElsewhere)
	}
	w.admit(t)
	if len(w.whole.requests) == 0 {
		return nil
	}
	w.whole.gather(n, t)
	for shard := range w.whole.parts {
		if err := n.room(n.stages.ctx, shard); err != nil {
			return err
		}
	}
	decided, err := w.decideWhole(t)
	if errors.Is(err, errUndecided) {
		return err
	}
	if !decided {
		w.answer(err)
		return w.until(w.thawWhole)
	}
	return w.insist()
}

// admit answers the requests that are in by an earlier try, and those that
// cannot be: what is left is to be decided.
func (w *switching) admit(t *catalog.Table) {
	n := w.node
	w.whole.requests = slices.DeleteFunc(w.whole.requests, func(r *wholeRequest) bool {
		if rows, was := n.WasSwitched(t, r.is.Key); was {
			r.end(Switched{Rows: rows, Duplicate: true}, nil)
			return true
		}
		if r.chunk == nil {
			return false
		}
		have, err := n.Source(t, r.chunk.Source)
		s := store.Span{Start: r.chunk.Start, End: r.chunk.End}
		switch {
		case err == nil && within(s, have.Done):
			r.end(Switched{Rows: r.is.Rows, Duplicate: true}, nil)
		case err == nil && (touches(s, have.Done) || touches(s, have.Begun)):
			r.end(Switched{}, overlaps("node: load", t.Name, s))
		case err != nil:
			r.end(Switched{}, err)
		default:
			return false
		}
		return true
	})
}

// gather joins the rows of all requests and cuts them by shard.
func (h *whole) gather(n *Node, t *catalog.Table) {
	all := h.requests[0].batch
	if len(h.requests) > 1 {
		parts := make([]part, len(h.requests))
		for i, r := range h.requests {
			parts[i].batch = r.batch
		}
		all = joinParts(all, parts)
	}
	all = rowsFor(t, all)
	h.is = catalog.WholeLoad{Into: t.ID(), Name: uuid.NewString(), Batch: all.AppendWire(make([]byte, 0, all.Bytes())), At: time.Now().UTC()}
	for _, r := range h.requests {
		h.is.Requests = append(h.is.Requests, r.is)
		if r.chunk != nil {
			h.source(t, *r.chunk, r.is.Rows)
		}
	}
	h.cut(n, t, all)
}

func (h *whole) source(t *catalog.Table, c store.Chunk, rows int64) {
	c.Table = t.ID()
	h.sources, h.counts = append(h.sources, c), append(h.counts, uint64(min(max(rows, 0), math.MaxInt64)))
}

// cut says which shard gets what: the same whenever it is asked.
func (h *whole) cut(n *Node, t *catalog.Table, all *record.Batch) {
	var by store.IdempotencyKey
	copy(by.Client[:], h.is.Name)
	h.parts = n.byShard(t, all, by)
}

func (h *whole) shards() (out []uint32) {
	for id := range h.parts {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// wholeOf is what a load of the catalog is, at a start.
func (n *Node) wholeOf(l *catalog.Load) (*whole, error) {
	h, t := &whole{is: *l.Whole, frozen: errThawed}, n.Catalog().ByID(l.Into)
	all, err := record.DecodeBatch(slices.Clone(l.Whole.Batch))
	if err != nil || t == nil {
		return h, err
	}
	h.cut(n, t, all)
	for _, r := range l.Whole.Requests {
		if r.Source == "" {
			continue
		}
		b, err := hex.DecodeString(r.Source)
		if err != nil || len(b) != 16 {
			return h, fault.Errorf("node: load", fault.Internal, "BUG: load %d has the source %q, want 32 hexadecimal digits", l.ID(), r.Source)
		}
		h.source(t, store.Chunk{Source: [16]byte(b), Start: r.Start, End: r.End}, r.Rows)
	}
	return h, nil
}

// decideWhole has the catalog decide the load while the table is frozen.
func (w *switching) decideWhole(t *catalog.Table) (decided bool, err error) {
	n, h := w.node, w.whole
	ctx, cancel := context.WithTimeout(n.stages.ctx, longestChange)
	defer cancel()
	if err := w.at("whole begins"); err != nil {
		return false, err
	}
	var both errgroup.Group
	both.Go(func() error {
		h.frozen = n.freeze(ctx, t, h.shards())
		return nil // it is tried again once the load is decided
	})
	both.Go(func() error {
		if err := w.at("whole decides"); err != nil {
			return err
		}
		_, err := n.decide(ctx, catalog.Change{WholeLoad: &h.is})
		return err
	})
	err = both.Wait()
	if errors.Is(err, cluster.ErrIndeterminate) {
		if e := w.until(func(ctx context.Context) error {
			_, err := n.cluster.Barrier(ctx, cluster.Meta)
			return err
		}); e != nil {
			return false, errors.Join(errUndecided, e)
		}
	} else if err != nil {
		return false, err
	}
	n.stages.mu.Lock() // who asks for troubles reads it
	defer n.stages.mu.Unlock()
	w.load = n.Catalog().WholeLoad(h.is.Name)
	return w.load != nil, err
}

// errThawed says that a table may take rows.
var errThawed = errors.New("the table may take rows")

// thawWhole undoes the freeze of a load that was not decided.
func (w *switching) thawWhole(ctx context.Context) error {
	n, shards := w.node, w.whole.shards()
	if !errors.Is(w.whole.frozen, cluster.ErrIndeterminate) {
		shards = slices.DeleteFunc(shards, func(id uint32) bool { return !slices.Contains(n.shards[id].Frozen(), w.into) })
	}
	return n.thaw(ctx, w.into, shards)
}

// addWhole gives the shards their rows, in one moment for whoever reads.
func (w *switching) addWhole(ctx context.Context, t *catalog.Table) error {
	n, h := w.node, w.whole
	shards := h.shards()
	if h.frozen != nil {
		if err := n.freeze(ctx, t, shards); err != nil {
			return err
		}
	}
	h.frozen = errThawed // as far as another try knows
	if err := w.at("switch frozen"); err != nil {
		return err
	}
	if err := w.pin(ctx, t, shards); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	for _, id := range shards {
		g.Go(func() error {
			index, _, err := n.cluster.Propose(gctx, cluster.GroupID(id), store.EncodeWhole(uint64(w.load.ID()), h.parts[id]))
			if err != nil {
				return err
			}
			w.mu.Lock()
			w.out.Token.Add(id, index)
			w.mu.Unlock()
			return w.at("switch moves")
		})
	}
	for i, c := range h.sources {
		g.Go(func() error { return w.markMoved(gctx, t, c, h.counts[i]) })
	}
	if err := errors.Join(g.Wait(), w.at("switch moved")); err != nil {
		return err
	}
	w.see()
	w.answer(nil)
	return w.end(ctx, t, shards)
}
