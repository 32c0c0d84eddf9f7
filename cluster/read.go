package cluster

import (
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

// ErrTruncated says that the log does not reach back so far any more.
var ErrTruncated = errors.New("the log does not reach back so far any more")

// Read returns the entry of a group's log at index, one that a machine was given
// there, and when it was appended; zero: that is not known. The data is the
// caller's. Below the log's beginning it is ErrTruncated. An entry that cannot be
// read is an error of this call alone: the machine has what it says.
func (n *Node) Read(id GroupID, index uint64) (Entry, time.Time, error) {
	const op = "cluster: read log"
	g, err := n.group(id)
	if err != nil {
		return Entry{}, time.Time{}, err
	}
	if err := n.enter(); err != nil {
		return Entry{}, time.Time{}, err
	}
	defer n.leave()
	var l raft.Log
	err = g.store.read(index, &l)
	switch {
	case errors.Is(err, raft.ErrLogNotFound):
		return Entry{}, time.Time{}, fault.E(op, fault.NotFound, fault.Item(g.name()), fmt.Errorf("entry %d: %w", index, ErrTruncated))
	case err == nil && l.Type != raft.LogCommand:
		err = fault.Errorf("", fault.Invalid, "entry %d is none of a machine", index)
	}
	if err != nil {
		return Entry{}, time.Time{}, fault.E(op, kindOr(err, fault.IO), fault.Item(g.name()), err)
	}
	return Entry{Index: index, Data: l.Data}, l.AppendedAt, nil
}

// Begins returns the index of the first entry of a group's log that is still
// there, 0 if there is none.
func (n *Node) Begins(id GroupID) (uint64, error) {
	g, err := n.group(id)
	if err != nil {
		return 0, err
	}
	return g.store.FirstIndex()
}

// Keep has snapshots leave at least the newest bytes of a group's log, if there
// are as many, for readers of it. It lasts until the node is closed.
func (n *Node) Keep(id GroupID, bytes int64) error {
	g, err := n.group(id)
	if err != nil {
		return err
	}
	g.readers.Store(bytes)
	return nil
}
