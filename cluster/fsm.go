package cluster

import (
	"archive/tar"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"

	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

// fsm is a Machine as raft wants it, a raft.BatchingFSM. Raft calls all its
// methods from one goroutine; mu holds that up while the machine is made anew.
type fsm struct {
	g *group

	mu      sync.Mutex
	last    uint64 // the last entry the machine was given
	given   uint64 // the last entry of raft's, whatever became of it
	entries []Entry
	at      []int // position in the batch of each of entries
}

func (f *fsm) Apply(l *raft.Log) any { return f.ApplyBatch([]*raft.Log{l})[0] }

// ApplyBatch gives the machine what a batch holds for it. Every answer is a Result.
func (f *fsm) ApplyBatch(logs []*raft.Log) []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.g.opening.replayed(len(logs))
	f.given = logs[len(logs)-1].Index
	out := make([]any, len(logs))
	f.entries, f.at = f.entries[:0], f.at[:0]
	for i, l := range logs {
		out[i] = Result{}
		if l.Type == raft.LogCommand {
			f.entries, f.at = append(f.entries, Entry{Index: l.Index, Data: l.Data}), append(f.at, i)
		}
	}
	if len(f.entries) == 0 {
		return out
	}
	results, err := f.apply()
	for k, i := range f.at {
		if err != nil {
			out[i] = Result{Err: indeterminate("cluster: apply", fault.IO, err)} // it is in the log, and a start gives it to the machine again
		} else {
			out[i] = results[k]
		}
	}
	if err == nil {
		f.last = f.entries[len(f.entries)-1].Index
		f.g.applied.advance(f.last)
	}
	clear(f.entries) // let go of the data
	return out
}

// apply is C3: after the first error the machine is not called again.
func (f *fsm) apply() ([]Result, error) {
	if err := f.g.brokenErr(); err != nil {
		return nil, err
	}
	results, err := f.callMachine()
	if err == nil && len(results) != len(f.entries) {
		err = fault.Errorf("cluster: apply", fault.Internal, "BUG: the machine gave %d results, wanted %d", len(results), len(f.entries))
	}
	if err != nil {
		return nil, f.g.breakDown(err)
	}
	return results, nil
}

// callMachine turns a panic of the machine into an error, so that one bad
// entry halts one group and not, start after start, the whole node.
func (f *fsm) callMachine() (results []Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			f.g.log.Error("cluster: the machine panicked", "panic", p, "stack", string(debug.Stack()))
			err = fault.E("cluster: apply", fault.Internal, fmt.Errorf("BUG: the machine panicked: %v", p))
		}
	}()
	return f.g.machine.Apply(f.entries)
}

// Snapshot takes a snapshot of the machine, or with a Freezer starts one.
func (f *fsm) Snapshot() (raft.FSMSnapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.g.brokenErr(); err != nil { // C2: its state does not hold what raft counts as applied
		return nil, err
	}
	s := &pendingSnapshot{f: f, want: max(f.last, f.g.applied.load())}
	if z, ok := f.g.machine.(Freezer); ok {
		finish, release, err := z.Freeze()
		s.finish, s.release = finish, release
		return s, err
	}
	s.finish = f.g.machine.Snapshot
	if err := s.make(); err != nil {
		s.Release()
		return nil, err
	}
	return s, nil
}

// Restore replaces the machine's state by a snapshot of the group's own store.
// Raft passes it as a stream, of which only the name is needed.
func (f *fsm) Restore(r io.ReadCloser) error {
	defer r.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	h, err := readHead(tar.NewReader(r), crc32.New(castagnoli))
	if err != nil {
		return err
	}
	if err := f.g.machine.Restore(f.g.snaps.stateDir(h.ID), h.MachineIndex); err != nil {
		return f.g.breakDown(err)
	}
	f.last = h.MachineIndex
	f.given = max(f.given, f.last)
	f.g.applied.advance(f.last)
	return nil
}

// pendingSnapshot is a raft.FSMSnapshot: a staged folder, or the promise of one.
type pendingSnapshot struct {
	f       *fsm
	want    uint64 // the machine must cover at least this
	finish  func(dir string) (uint64, error)
	release func()

	stage string
	index uint64
}

// make has the machine link its state into a staged folder.
func (p *pendingSnapshot) make() (err error) {
	if p.stage, err = p.f.g.snaps.stage(); err != nil {
		return fault.E("cluster: take snapshot", fault.IO, err)
	}
	finish := p.finish
	p.finish, p.release = nil, nil
	if p.index, err = finish(filepath.Join(p.stage, stateName)); err != nil {
		return err
	}
	if p.index < p.want { // C2
		return fault.Errorf("cluster: take snapshot", fault.Internal, "BUG: the machine's snapshot covers %d, wanted at least %d", p.index, p.want)
	}
	return nil
}

// Persist hands the staged folder to the sink; raft then closes the sink.
func (p *pendingSnapshot) Persist(to raft.SnapshotSink) error {
	if p.stage == "" {
		if err := p.make(); err != nil {
			return err
		}
	}
	p.f.g.node.o.At(atStaged)
	to.(*sink).adopt(p.stage, p.index)
	p.stage = ""
	return nil
}

// Release drops what was not handed over.
func (p *pendingSnapshot) Release() {
	if p.release != nil {
		p.release()
		p.release = nil
	}
	if p.stage != "" {
		os.RemoveAll(p.stage)
		p.stage = ""
	}
}
