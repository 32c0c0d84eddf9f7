package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
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

// shardsOf lists the shards of a table, ascending.
func shardsOf(t *catalog.Table) []uint32 {
	out := t.Sharding.Shards()
	slices.Sort(out)
	return out
}

// stopAt has the feed end with what t holds now.
func (c *Changes) stopAt(t *catalog.Table) {
	c.newest, c.until = t.ID(), map[uint32]uint64{}
	for _, id := range shardsOf(t) {
		c.until[id], _ = c.limit(t.ID(), id)
	}
}

// begin finds where to read from.
func (c *Changes) begin(from string) (err error) {
	n, t := c.node, c.table
	shards := shardsOf(t)
	c.token = &changesToken{history: n.history(), table: t.ID()}
	switch {
	case from == "snapshot":
		c.beginAnew(t)
		return nil
	case from == "" || from == "now" || from == "start":
		for _, id := range shards {
			at := changesAt{shard: id}
			if at.after, _ = c.limit(t.ID(), id); from == "start" {
				if c.began(id) > 0 { // what is in the log before that is how its rows came to where they are
					c.beginAnew(t)
					return nil
				}
				if at.after, err = c.start(id); err != nil {
					return err
				}
			}
			c.token.at = append(c.token.at, at)
		}
		return nil
	case strings.HasPrefix(from, tokenPrefix):
		c.token, err = parseChangesToken(from)
	default:
		if !strings.Contains(from, ":") {
			return badToken(from, "it is no token")
		}
		if c.token, err = n.fromSeen(from, t.ID(), shards); err == nil {
			err = c.sawThis()
		}
	}
	if err != nil {
		return err
	}
	return c.check()
}

// start is the lowest index that all changes above are known of.
func (c *Changes) start(shard uint32) (uint64, error) {
	begins, err := c.node.cluster.Begins(cluster.GroupID(shard))
	if err != nil {
		return 0, err
	}
	since := c.node.shards[shard].Since()
	if begins == 0 { // the log is empty
		since = max(since, c.node.shards[shard].Applied())
	}
	return max(since, max(begins, 1)-1), nil
}

// began is the index of the entry by which a shard heard that the table is what
// became of a former one; 0: it never was another, or that is long ago.
func (c *Changes) began(shard uint32) uint64 {
	if len(c.table.Former) == 0 {
		return 0
	}
	return c.node.shards[shard].Began(c.table.ID())
}

// sawThis refuses what a statement saw that may have read a former generation.
func (c *Changes) sawThis() error {
	for _, a := range c.token.at {
		if len(c.table.Former) > 0 && !c.node.shards[a.shard].Knows(c.table) {
			return fault.E("node: read changes", fault.Unavailable, fault.Hint("try again"), "the table is being rewritten")
		}
		if a.after < c.began(a.shard) {
			return gone("the table was rewritten after the statement that the token is of")
		}
	}
	return nil
}

// check refuses a token that is not of this table, or not of these logs.
func (c *Changes) check() error {
	n, t := c.node, c.table
	if c.token.history != n.history() {
		return gone("the token is of other logs: was this server restored from a backup, or the token got from another one?")
	}
	then := t
	if c.token.table != t.ID() {
		i := slices.IndexFunc(t.Former, func(g catalog.Generation) bool { return g.ID == c.token.table })
		if i < 0 {
			return gone("the token is of another table, or one of this name that was dropped")
		}
		then = t.Generation(i)
	}
	if !slices.EqualFunc(shardsOf(then), c.token.at, func(id uint32, a changesAt) bool { return id == a.shard }) {
		return badToken(c.token.String(), "its shards are not those of the table")
	}
	for _, a := range c.token.at {
		sh, err := n.shard(a.shard)
		if err != nil {
			return err
		}
		if applied := sh.Applied(); a.after > applied {
			return badToken(c.token.String(), "it is of log index %d of shard %d, which is at %d", a.after, a.shard, applied)
		}
	}
	return nil
}

func gone(why string, args ...any) error {
	return fault.E("node: read changes", fault.NotFound, fault.Code("72000"), hintGone, fmt.Errorf("%w: %s", ErrGone, fmt.Sprintf(why, args...)))
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

// look asks each shard once, in turn, and returns what the first one that has
// anything tells. caught: all of them have told all there is now.
func (c *Changes) look(ctx context.Context) (out []Change, caught bool, err error) {
	caught = true
	for i := range c.token.at {
		at := &c.token.at[(c.turn+i)%len(c.token.at)]
		var done bool
		if at.scan {
			if c.scan != nil && c.scan.at != at { // one at a time: each holds a view
				caught = false
				continue
			}
			out, err = c.scanned(ctx, at)
		} else {
			out, done, err = c.told(at)
			caught = caught && done
		}
		if at.scan || c.scan != nil {
			caught = false
		}
		if len(out) > 0 || err != nil {
			c.turn = (c.turn + i + 1) % len(c.token.at)
			return out, false, err
		}
	}
	return nil, caught, nil
}

// limit is up to which index a shard's entries may be told now: readers of the
// table see no more while the rows of a load move into it. waits: they do.
func (c *Changes) limit(table record.TableID, shard uint32) (index uint64, waits bool) {
	n := c.node
	index = n.shards[shard].Applied() // before the look at who moves: what moves comes after it
	if pin := n.moments.now.Load().of(table)[shard]; pin != nil {
		if v, err := pin.View(); err == nil {
			defer v.Close()
			return min(index, v.Applied), true
		}
	}
	return index, false
}

// told tells the next entries of a shard. done: there are no more now.
func (c *Changes) told(at *changesAt) (out []Change, done bool, err error) {
	limit, _ := c.limit(c.token.table, at.shard)
	if until, ok := c.until[at.shard]; ok && c.token.table == c.newest {
		limit = min(limit, until)
	}
	if at.after >= limit {
		return nil, true, nil
	}
	effects, through, known := c.node.shards[at.shard].Effects(c.token.table, at.after, limit, 16)
	if !known {
		return nil, false, gone("shard %d knows of nothing before log index %d", at.shard, through)
	}
	for _, e := range effects {
		entry, when, err := c.node.cluster.Read(cluster.GroupID(at.shard), e.Index)
		if errors.Is(err, cluster.ErrTruncated) {
			return nil, false, gone("the log of shard %d does not reach back to index %d", at.shard, e.Index)
		}
		if err != nil {
			return nil, false, err
		}
		t, err := store.Tell(entry.Data, e)
		if err != nil {
			return nil, false, fault.E("node: read changes", fault.Item(fmt.Sprintf("shard %d entry %d", at.shard, e.Index)), err)
		}
		if out = c.events(at, e, when, t); len(out) > 0 {
			return out, false, nil
		}
	}
	at.after, at.skip = through, 0
	return nil, through >= limit, nil
}

// events makes changes of what an entry did, and goes behind it.
func (c *Changes) events(at *changesAt, e store.Effect, when time.Time, t store.Told) (out []Change) {
	base := Change{Shard: at.shard, Index: e.Index, Time: when, Table: c.table}
	add := func(of Change) { out = append(out, of) }
	keyed := len(c.table.Key) > 0
	if t.Keys != nil || !keyed || t.Came == nil { // else those that came have the keys of those that died
		for i, id := range t.Died {
			d := base
			d.Op, d.Row, d.Key, d.At = Delete, id, t.Keys, i
			add(d)
		}
	}
	if t.Came != nil {
		base.Op = Insert
		if keyed {
			base.Op, base.Key = Upsert, t.Came
		}
		for i := range t.Came.N {
			r := base
			r.Row, r.After, r.At = t.Came.FirstRow+uint64(i), t.Came, i
			add(r)
		}
	}
	switch {
	case t.Emptied:
		base.Op = Truncate
		add(base)
	case t.Mark != store.NoMark:
		base.Op, base.Mark = Expire, t.Mark
		add(base)
	case t.Defined != nil && !e.Begins && t.Defined.Schema.Version > 1:
		if now := c.node.Catalog().Successor(c.token.table); now != nil {
			c.table = now
		}
		base.Op, base.Table = Alter, c.table
		add(base)
	}
	first := min(at.skip, uint64(len(out)))
	at.after, at.skip = max(at.after, e.Index-1), first
	for i := range out[first:] {
		if at.skip++; at.skip == uint64(len(out)) {
			at.after, at.skip = e.Index, 0
		}
		out[first+uint64(i)].Token = c.token.String()
	}
	at.after, at.skip = e.Index, 0
	return out[first:]
}

// move goes on from a generation that is read to its end to the newest one, or to
// the end of the table. False: there is none.
func (c *Changes) move() bool {
	t := c.node.Catalog().Successor(c.token.table)
	if t != nil && t.ID() == c.token.table {
		c.table = t
		return false
	}
	if c.drain == nil { // it changes no more: nothing comes after what is applied now
		c.drain = map[uint32]uint64{}
		for _, a := range c.token.at {
			c.drain[a.shard] = c.node.shards[a.shard].Applied()
		}
	}
	for _, a := range c.token.at {
		if a.after < c.drain[a.shard] {
			return false
		}
	}
	if t == nil {
		c.over = true
		return true
	}
	c.beginAnew(t)
	return true
}

// leave goes on from a generation that the logs do not tell all of, if it is no
// more: what they have is enough then.
func (c *Changes) leave() bool {
	t := c.node.Catalog().Successor(c.token.table)
	if t != nil && t.ID() == c.token.table {
		return false
	}
	if c.over = t == nil; !c.over {
		c.beginAnew(t)
	}
	return true
}

// beginAnew has the feed tell all rows of t.
func (c *Changes) beginAnew(t *catalog.Table) {
	c.endScan()
	c.table, c.drain, c.anew = t, nil, true
	c.token = &changesToken{history: c.token.history, table: t.ID()}
	for _, id := range shardsOf(t) {
		c.token.at = append(c.token.at, changesAt{shard: id, scan: true})
	}
	if !c.follow && c.newest != t.ID() {
		c.stopAt(t)
	}
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
