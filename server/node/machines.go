package node

import (
	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/store"
)

// shardMachine lets the cluster layer drive a shard.
type shardMachine struct{ *store.Shard }

func (m shardMachine) Apply(entries []cluster.Entry) ([]cluster.Result, error) {
	out := make([]cluster.Result, len(entries))
	for i, e := range entries {
		value, err, broken := m.Shard.Apply(e.Index, e.Data)
		if broken != nil {
			return out, broken
		}
		out[i] = cluster.Result{Value: value, Err: err}
	}
	return out, nil
}

func (m shardMachine) Snapshot(dir string) (uint64, error) { return m.Link(dir) }

// Freeze lets a shard go on applying while its segments are written.
func (m shardMachine) Freeze() (func(string) (uint64, error), func(), error) {
	return m.Link, func() {}, nil
}

// metaMachine lets the cluster layer drive the catalog.
type metaMachine struct {
	*catalog.Machine
	at func(point string) // nil: nobody asks
}

// atCataloged is a point, as store.Points are, that Options.at is called at.
const atCataloged = "ddl: the catalog has a change that no shard has"

func (m metaMachine) Apply(entries []cluster.Entry) ([]cluster.Result, error) {
	out := make([]cluster.Result, len(entries))
	for i, e := range entries {
		t, err := m.Machine.Apply(e.Index, e.Data)
		if m.at != nil {
			m.at(atCataloged)
		}
		out[i] = cluster.Result{Value: t, Err: err}
	}
	return out, nil
}

func (m metaMachine) Snapshot(dir string) (uint64, error) { return m.Link(dir) }
func (m metaMachine) Restore(dir string, _ uint64) error  { return m.Machine.Restore(dir) }
func (m metaMachine) Close() error                        { return m.Flush() }
