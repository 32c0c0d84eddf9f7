package node

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/exec"
	"github.com/quindex/quindex/query/plan"
)

// RunningQuery is a statement that runs now.
type RunningQuery struct {
	ID      string    `json:"id"`
	SQL     string    `json:"sql"`
	Started time.Time `json:"started"`
	Rows    int64     `json:"rows"`         // handed out so far
	Memory  int64     `json:"memory_bytes"` // what its operators hold
	Waiting bool      `json:"waiting"`      // for others to end what they compute
}

// queries keeps what runs now, so that it can be listed and cancelled.
type queries struct {
	mu     sync.Mutex
	byID   map[string]*running
	closed bool

	damaged func() // called when a statement meets damage
}

type running struct {
	RunningQuery
	rows    atomic.Int64
	memory  atomic.Pointer[exec.Account]
	turn    atomic.Pointer[exec.Turn]
	timeout time.Duration
	cancel  context.CancelCauseFunc
	stop    context.CancelFunc
	caller  <-chan struct{} // closed when the context ends that it was started with
	ctx     context.Context // ends when it was cancelled, its time is over, or the caller's ends
	done    <-chan struct{} // of ctx
	of      *queries
}

var (
	errCancelled = errors.New("cancelled by request")
	errClosing   = errors.New("the server is stopping")
)

func (qs *queries) init(damaged func()) { qs.byID, qs.damaged = map[string]*running{}, damaged }

// start enters a statement and returns the context it runs under.
func (qs *queries) start(ctx context.Context, r Request, timeout time.Duration) (*running, context.Context, error) {
	if r.Timeout > 0 {
		timeout = r.Timeout
	}
	q := &running{RunningQuery: RunningQuery{ID: r.ID, SQL: r.SQL, Started: time.Now()}, timeout: timeout, of: qs}
	if q.ID == "" {
		q.ID = uuid.NewString()
	}
	q.caller = ctx.Done()
	ctx, q.cancel = context.WithCancelCause(ctx)
	ctx, q.stop = context.WithTimeout(ctx, timeout)
	q.ctx, q.done = ctx, ctx.Done()
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if qs.closed {
		q.stop()
		return nil, nil, fault.E("node: run", fault.Unavailable, errClosing)
	}
	if qs.byID[q.ID] != nil {
		q.stop()
		return nil, nil, fault.E("node: run", fault.Exists, fault.Item(q.ID), "a query of this id is running")
	}
	qs.byID[q.ID] = q
	return q, ctx, nil
}

// uses tells the list what the statement computes with. q may be nil.
func (q *running) uses(env exec.Env) {
	if q != nil {
		q.memory.Store(env.Memory)
		q.turn.Store(env.Turn)
	}
}

// finish takes the statement off the list; it may be called twice.
func (q *running) finish() {
	q.of.mu.Lock()
	if q.of.byID[q.ID] == q {
		delete(q.of.byID, q.ID)
	}
	q.of.mu.Unlock()
	q.stop()
	q.cancel(nil)
}

// explain turns the context's bare errors into what happened.
func (q *running) explain(err error) error {
	if cause := context.Cause(q.ctx); cause != nil && errors.Is(err, context.Canceled) {
		err = fault.E("node: run", fault.Canceled, cause)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fault.E("node: run", fault.Timeout, fault.Hint("raise X-Quindex-Timeout, or ask for less"),
			"the statement ran longer than "+q.timeout.String())
	case errors.Is(err, errCancelled):
		return fault.E("node: run", fault.Canceled, errCancelled)
	case errors.Is(err, errClosing) && fault.KindOf(err) != fault.Unavailable:
		return fault.E("node: run", fault.Unavailable, errClosing)
	case fault.Is(err, fault.Corrupt):
		q.of.damaged()
	}
	return err
}

// Queries lists the statements that run now, oldest first.
func (n *Node) Queries() []RunningQuery {
	n.queries.mu.Lock()
	defer n.queries.mu.Unlock()
	out := []RunningQuery{}
	for _, q := range n.queries.byID {
		r := q.RunningQuery
		r.Rows, r.Waiting = q.rows.Load(), q.turn.Load().Waiting()
		r.Memory, _ = q.memory.Load().Used()
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b RunningQuery) int {
		if c := a.Started.Compare(b.Started); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// all lists what runs now.
func (qs *queries) all() (out []*running) {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	for _, q := range qs.byID {
		out = append(out, q)
	}
	return out
}

// Cancel stops a statement, a rewrite of a table, or a feed of changes; false means none of that
// id runs.
func (n *Node) Cancel(id string) bool {
	n.queries.mu.Lock()
	q := n.queries.byID[id]
	n.queries.mu.Unlock()
	if q != nil {
		q.cancel(errCancelled)
	}
	return q != nil || n.rewrites.cancel(id) || n.feeds.cancel(id)
}

// cancelAll stops all and lets no new one start.
func (qs *queries) cancelAll() {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	qs.closed = true
	for _, q := range qs.byID {
		q.cancel(errClosing)
	}
}

// CancelQueries ends the statements that run, and lets none begin any more.
func (n *Node) CancelQueries() { n.queries.cancelAll() }

// countedStream counts the rows a query hands out and ends it with its stream.
type countedStream struct {
	exec.Stream
	query *running
}

func (s *countedStream) Next(ctx context.Context) (*plan.Chunk, error) {
	if s.query.ctx.Err() != nil { // rows that are ready must not hide it
		return nil, s.query.explain(context.Cause(s.query.ctx))
	}
	if ctx.Done() == s.query.caller {
		ctx = s.query.ctx // which ends with it, and is the one that the stream knows
	}
	c, err := s.Stream.Next(ctx)
	if err != nil {
		if err != io.EOF {
			err = s.query.explain(err)
		}
		return nil, err
	}
	s.query.rows.Add(int64(c.N))
	return c, nil
}

func (s *countedStream) Close() error {
	err := s.Stream.Close()
	s.query.finish()
	return err
}
