package exec

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
)

// inlineRows is the work, in rows, below which a second goroutine does not
// pay: some 50 us of it.
const inlineRows = 50_000

// errStop says that whoever takes the rows has enough.
var errStop = errors.New("exec: enough rows")

// worker is one goroutine's share of a statement.
type worker struct {
	id   int // in [0, query.workers)
	room *blockView
}

// blockViews keeps the views of workers that have ended: each is 9 KB.
var blockViews = sync.Pool{New: func() any { return new(blockView) }}

// view is the worker's own view of a block; many statements need none.
func (w *worker) view() *blockView {
	if w.room == nil {
		w.room = blockViews.Get().(*blockView)
	}
	return w.room
}

// end gives the view to other statements, without what it saw.
func (w *worker) end() {
	v := w.room
	if w.room = nil; v == nil {
		return
	}
	v.scan, v.part, v.cols = nil, nil, nil
	clear(v.blocks[:cap(v.blocks)])
	blockViews.Put(v)
}

// query is the state of one fragment, or one coordinator, while it runs.
type query struct {
	ctx     context.Context
	cancel  context.CancelFunc
	caller  <-chan struct{} // closed when the context ends that the query was made with
	env     Env
	workers int

	mu   sync.Mutex
	free []*worker // all workers not in use

	reports []*opStats // where env.Analyze: of operators that nobody reads for
	open    *opStats   // the operator that is being made; nil: none
}

func newQuery(ctx context.Context, env Env) *query {
	q := idleQuery(ctx, env)
	q.begin()
	return q
}

// idleQuery is a query that computes nothing itself unless it begins.
func idleQuery(ctx context.Context, env Env) *query {
	if env.Workers <= 0 {
		env.Workers = runtime.GOMAXPROCS(0)
	}
	return &query{env: env, workers: env.Workers, ctx: ctx, caller: ctx.Done()}
}

// begin gives the query what work needs: an end, and an account of its own.
func (q *query) begin() {
	if q.cancel == nil {
		q.ctx, q.cancel = context.WithCancel(q.ctx)
		q.env.Memory = NewAccount(q.env.Memory, 0)
	}
}

// close ends the statement: no task starts any more and its memory is given back.
func (q *query) close() {
	if q.cancel != nil {
		q.cancel()
		q.env.Memory.Close()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range q.free {
		w.end()
	}
	q.free = nil
}

// within lets the query end with ctx too, until the function it returns is
// called. It costs nothing where the query was made with that context.
func (q *query) within(ctx context.Context) (release func() bool) {
	if ctx.Done() == q.caller {
		return released
	}
	return context.AfterFunc(ctx, q.cancel)
}

func released() bool { return true }

// most refuses more rows than the statement may give.
func (q *query) most(given int64) error {
	if m := q.env.MaxRows; m > 0 && given > m {
		return fault.E("exec: run", fault.Limit, fault.Hint("add a LIMIT, or raise the row limit"),
			fault.Errorf("exec: result", fault.Limit, "more than %d rows", m))
	}
	return nil
}

// err is the reason to stop now, if there is one. Whatever computes for long
// asks now and then, and waits here for its turn to go on.
func (q *query) err() error {
	if q.ctx.Err() != nil {
		return stopped(q.ctx)
	}
	return q.env.Turn.take(q.ctx)
}

func stopped(ctx context.Context) error {
	err := context.Cause(ctx)
	return fault.E("exec: run", fault.KindOf(err), err)
}

// worker takes worker id out of the pool; release gives it back.
func (q *query) worker(id int) *worker {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, w := range q.free {
		if w.id == id {
			q.free = append(q.free[:i], q.free[i+1:]...)
			return w
		}
	}
	return &worker{id: id}
}

func (q *query) release(w *worker) {
	q.mu.Lock()
	q.free = append(q.free, w)
	q.mu.Unlock()
}

// each runs do for tasks 0..n-1, in order on the caller's goroutine where
// weight (rows) is small, else on all workers. It returns the first error;
// errStop ends it without one.
func (q *query) each(n int, weight int64, do func(w *worker, task int) error) error {
	if n == 0 {
		return q.err()
	}
	workers := min(q.workers, n)
	if weight < inlineRows {
		workers = 1
	}
	var next atomic.Int64
	if workers == 1 {
		return q.loop(0, &next, n, do)
	}
	var (
		wg    sync.WaitGroup
		once  sync.Once
		first error
	)
	work := func(id int) {
		if err := q.loop(id, &next, n, do); err != nil {
			once.Do(func() { first = err })
			next.Store(int64(n))
		}
	}
	for id := range workers - 1 {
		wg.Go(func() { work(id + 1) })
	}
	work(0) // who waits for another processor to become free has done most of it meanwhile
	wg.Wait()
	return first
}

// loop runs tasks until none is left. A panic becomes an error.
func (q *query) loop(id int, next *atomic.Int64, n int, do func(w *worker, task int) error) (err error) {
	w := q.worker(id)
	defer q.release(w)
	defer q.caught(&err)
	for {
		task := int(next.Add(1)) - 1
		if task >= n {
			return nil
		}
		if err := q.err(); err != nil {
			return err
		}
		if err := guard(func() error { return do(w, task) }); err != nil {
			next.Store(int64(n))
			if err == errStop {
				return nil
			}
			return err
		}
	}
}

// guard turns a memory fault in a mapped file into an error.
func guard(f func() error) error { return segment.Guard(f) }

// caught turns a panic into a fault.Internal, with the stack in the log.
func (q *query) caught(err *error) {
	p := recover()
	if p == nil {
		return
	}
	q.env.logger().Error("exec: panic in a statement", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	*err = fault.Errorf("exec: run", fault.Internal, "%v", p)
}
