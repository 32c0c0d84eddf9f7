package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	faults "github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server/node"
)

// life is a node from its start to its end, or to the moment at which the power
// goes. From then on nothing that it answers counts.
type life struct {
	trial  *trial
	seed   uint64
	ctx    context.Context
	cancel context.CancelFunc
	node   *node.Node
	left   atomic.Int64 // points to pass until the power goes; 0: it stays

	dead    atomic.Bool
	copied  chan struct{} // closed when the rest is there
	nextMem *vfs.MemFS
	nextDir string
	copyErr error
}

func newLife(t *trial, seed uint64) *life {
	l := &life{trial: t, seed: seed, copied: make(chan struct{})}
	l.ctx, l.cancel = context.WithTimeout(context.Background(), longestLife)
	return l
}

func (l *life) end() { l.cancel() }

// over reports whether the power has gone. An answer that came before is one.
func (l *life) over() bool { return l.dead.Load() }

// passes is called at every point, and says whether the power goes there.
func (l *life) passes(point string) bool {
	if l.left.Load() <= 0 || l.left.Add(-1) != 0 {
		return false
	}
	l.trial.note("the power goes at %q", point)
	l.cut()
	return true
}

// cut keeps what is durable now: what was acknowledged before is.
func (l *life) cut() {
	t, rng := l.trial, rand.New(rand.NewPCG(l.seed, 19))
	l.dead.Store(true)
	l.nextDir = filepath.Join(t.base, fmt.Sprint(l.seed))
	for l.copyErr = os.ErrNotExist; errors.Is(l.copyErr, os.ErrNotExist); { // a file that was being written is in place now
		l.copyErr = errors.Join(os.RemoveAll(l.nextDir), os.CopyFS(l.nextDir, os.DirFS(t.dir)))
	} // the logs are ahead of it
	l.nextMem = t.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(3) * 50, RNG: rng})
	close(l.copied)
	l.cancel()
}

// each lets all actors do something at a time.
func (l *life) each(do func(i int, a actor) error) error {
	var all sync.WaitGroup
	errs := make([]error, len(l.trial.actors))
	for i, a := range l.trial.actors {
		all.Go(func() {
			if errs[i] = do(i, a); errs[i] != nil {
				l.trial.broken(errs[i])
				l.trial.note("%v", errs[i])
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// ask runs a statement to its end. An error, where the power is there, is a
// broken promise.
func (l *life) ask(r node.Request) (rows [][]string, token node.Token, err error) {
	began := l.trial.tick.Add(1)
	res, err := l.node.Run(l.ctx, r)
	if err == nil {
		token = res.Token
		if res.Rows != nil {
			rows, err = texts(l.ctx, res)
		}
	}
	l.trial.tick.Add(1)
	l.trial.note("since %d: %.110s: %v, %d rows, %v", began, r.SQL, token, len(rows), err)
	return rows, token, err
}

func texts(ctx context.Context, res *node.Result) (rows [][]string, err error) {
	defer res.Rows.Close()
	for {
		c, err := res.Rows.Next(ctx)
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range c.N {
			var row []string
			for _, col := range c.Cols {
				row = append(row, col.Value(i).Text())
			}
			rows = append(rows, row)
		}
	}
}

// failed is a broken promise, unless the power has gone.
func (l *life) failed(what string, err error) error {
	switch {
	case l.over():
		return nil
	case l.ctx.Err() != nil && l.trial.broken(nil) == nil:
		buf := make([]byte, 64<<10)
		return violated("%s does not end: %v\n%s", what, err, buf[:runtime.Stack(buf, true)])
	}
	return violated("%s: without a fault: %v", what, err)
}

// elsewhere reports whether err says that a table got another form meanwhile, and
// that it is to be tried again.
func elsewhere(err error) bool {
	return errors.Is(err, node.ErrElsewhere) || faults.Is(err, faults.Conflict) || faults.Is(err, faults.Unavailable) || faults.Is(err, faults.NotFound)
}

// leavesNothing looks at a node on which nothing happens any more.
func (l *life) leavesNothing() error {
	strays, late := l.node.Strays(), time.After(3*time.Second)
	for poll := time.NewTicker(time.Millisecond); len(strays) > 0; strays = l.node.Strays() { // what was replaced is dropped once nobody can read it
		select {
		case <-poll.C:
			continue
		case <-late:
		}
		break
	}
	if len(strays) > 0 {
		return violated("the shards have tables that nobody knows: %v", strays)
	}
	if staged := l.node.StagedLoads(); len(staged) > 0 {
		return violated("loads are staged still: %+v", staged)
	}
	found, err := l.node.Verify(l.ctx, func(string) {})
	if err != nil {
		return l.failed("verify", err)
	}
	if len(found.Findings) > 0 {
		return violated("verify finds %+v", found.Findings)
	}
	return nil
}
