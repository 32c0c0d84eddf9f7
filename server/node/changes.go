package node

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// A feed of changes reads the logs of a table's shards from where its reader has
// come, and tells what their entries did to rows. Only what the log and the shards'
// journals still have can be told; what is behind that is gone, and the reader is
// to read the table anew. Nothing is held in memory but the entry that is being
// told, and nothing in the logs but what Keep says: a reader that is slow falls
// behind them and hears so.
//
// A table that was rewritten, or whose place a load's has taken, is another one
// (catalog.Generation): its rows are in other shards, and have other names. A
// reader comes to the end of what the logs have of the one and is then told all
// rows of the other.

// ErrGone says that changes cannot be told from where a reader was: the table is
// to be read anew.
var ErrGone = errors.New("what came after is not in the logs any more")

const hintGone = fault.Hint("begin anew with from=snapshot, which tells all rows and then what changes")

// KeepForChanges is how much of a shard's log is kept for those who read changes,
// once somebody does.
const KeepForChanges = 64 << 20

// ChangesRequest says what a reader of changes wants.
type ChangesRequest struct {
	Table  string
	From   string // "now" or "", "start", "snapshot", a token of an event, or that of a SELECT
	Follow bool   // wait for more; else it ends with what there is when it begins
	ID     string // to cancel it by; "" makes one
}

// Op is what a change did.
type Op string

// What changes do. A row with the key of another takes its place: that is an
// Upsert, whether there was one or not.
const (
	Insert   Op = "insert"   // into a table without a primary key
	Upsert   Op = "upsert"   // the row of its key is now this one
	Delete   Op = "delete"   // by its key, or by the row's name
	Row      Op = "row"      // one that is there: the table is being read
	Truncate Op = "truncate" // all rows of the shard went
	Expire   Op = "expire"   // rows whose time is before Mark went, of this shard
	Anew     Op = "anew"     // all rows of the shard are told anew, or, if Shard is 0, of the table: what the reader knows of them is to be forgotten
	Alter    Op = "alter"    // the columns are now those of Table; once for each shard
	Drop     Op = "drop"     // the table is gone; nothing comes after it
	Resolved Op = "resolved" // nothing: the reader has all up to Token
)

// Change is one event. Rows and keys are elements At of their batches.
type Change struct {
	Op    Op
	Shard uint32
	Index uint64    // of the log's entry
	Time  time.Time // when that was appended; zero: not known
	Row   uint64    // the id of the row that came or went, in its shard
	After *record.Batch
	Key   *record.Batch
	At    int
	Mark  int64 // of Expire, in nanoseconds since 1970 UTC
	Table *catalog.Table
	Token string // from which the events after this one are told
}

// Changes is a feed. One goroutine uses it.
type Changes struct {
	node   *Node
	ID     string
	name   string
	follow bool
	begun  time.Time
	sent   atomic.Int64
	ctx    context.Context // ends when the feed is to
	cancel context.CancelCauseFunc

	table  *catalog.Table // as it is now, whatever generation is read
	token  *changesToken
	until  map[uint32]uint64 // without follow: where it ends, in the newest generation
	newest record.TableID    // without follow: that generation
	drain  map[uint32]uint64 // where the generation that is read ends; nil: that is not known yet
	anew   bool              // the reader is to be told that first
	over   bool              // the table is gone
	last   bool              // and the reader has been told
	turn   int               // which shard is asked first
	idle   bool              // the last wait ended, and there was nothing to tell
	scan   *scan
}

// Changes begins a feed of a table's changes. Close it.
func (n *Node) Changes(ctx context.Context, r ChangesRequest) (*Changes, error) {
	t, err := n.Catalog().Table(r.Table)
	if err != nil {
		return nil, err
	}
	c := &Changes{node: n, ID: r.ID, follow: r.Follow, name: t.Name, table: t, begun: time.Now()}
	if err := c.begin(r.From); err != nil {
		return nil, fault.E("node: read changes", fault.Item(t.Name), err)
	}
	if !c.follow {
		c.stopAt(t)
	}
	for _, id := range shardsOf(t) {
		if err := n.cluster.Keep(cluster.GroupID(id), KeepForChanges); err != nil {
			return nil, err
		}
	}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	if err := n.feeds.add(c); err != nil {
		return nil, err
	}
	return c, nil
}

// Token is from where the feed would go on.
func (c *Changes) Token() string { return c.token.String() }

// Close ends the feed.
func (c *Changes) Close() {
	c.cancel(nil)
	c.node.feeds.remove(c)
	c.endScan()
}

// Next returns the changes that come next, one at least, in the order of their
// shard's log; it waits for them until ctx ends. io.EOF: there are none, and
// will be none. The slice is the caller's until the next call.
func (c *Changes) Next(ctx context.Context) ([]Change, error) {
	for {
		if err := c.ended(); err != nil {
			return nil, err
		}
		if c.over {
			c.last = true
			return []Change{{Op: Drop, Table: c.table, Token: c.Token()}}, nil
		}
		if c.anew {
			c.anew = false
			return []Change{{Op: Anew, Table: c.table, Token: c.Token()}}, nil
		}
		out, caught, err := c.look(ctx)
		if fault.Is(err, fault.NotFound) && c.leave() {
			continue
		}
		if len(out) > 0 || err != nil {
			c.idle = false
			c.sent.Add(int64(len(out)))
			return out, c.explain(err)
		}
		if !caught {
			continue
		}
		if !c.follow && c.token.table == c.newest {
			return nil, io.EOF
		}
		if c.move() {
			continue
		}
		if err := c.wait(ctx); err != nil {
			return nil, err
		}
		c.idle = true
	}
}

func (c *Changes) ended() error {
	if c.last {
		return io.EOF
	}
	if cause := context.Cause(c.ctx); cause != nil {
		return c.explain(cause)
	}
	return nil
}

// explain says that a feed was ended by the server or by request; the first is
// no error of the reader, who has a token to go on with.
func (c *Changes) explain(err error) error {
	switch {
	case errors.Is(err, errClosing):
		return io.EOF
	case errors.Is(err, errCancelled):
		return fault.E("node: read changes", fault.Canceled, errCancelled)
	}
	return err
}

// busyWait is how often a feed looks whether a load that moves has come to its end.
const busyWait = 20 * time.Millisecond

// idleWait is how long the feed of a table that others write beside waits before
// it looks again: not at each of their entries.
const idleWait = 10 * time.Millisecond

// wait returns when there may be something to tell.
func (c *Changes) wait(ctx context.Context) error {
	outer := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(c.ctx, cancel)
	defer stop()
	var any errgroup.Group
	poll := c.drain != nil // the next generation is about to be full
	for _, a := range c.token.at {
		_, waits := c.limit(c.token.table, a.shard)
		poll = poll || waits
	}
	if poll {
		any.Go(func() error {
			t := time.NewTimer(busyWait)
			defer t.Stop()
			select {
			case <-t.C:
			case <-ctx.Done():
			}
			cancel()
			return nil
		})
	}
	reached := make([]bool, len(c.token.at))
	for i, a := range c.token.at {
		if poll {
			break
		}
		any.Go(func() error {
			defer cancel()
			err := c.node.cluster.Wait(ctx, cluster.GroupID(a.shard), a.after+1)
			reached[i] = err == nil
			return err
		})
	}
	err := any.Wait()
	if poll || slices.Contains(reached, true) {
		err = nil
	}
	if err == nil && c.idle && !poll {
		t := time.NewTimer(idleWait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-outer.Done():
			err = context.Cause(outer)
		case <-c.ctx.Done():
		}
	}
	if cause := context.Cause(c.ctx); cause != nil {
		return c.explain(cause)
	}
	return err
}
