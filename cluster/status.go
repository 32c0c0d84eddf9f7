package cluster

import (
	"strconv"
	"time"

	"github.com/hashicorp/raft"
)

// GroupStatus is what a node knows of one of its groups at one moment.
type GroupStatus struct {
	Group         GroupID
	Leader        string // node id, "" when there is none
	Leading       bool   // this node leads
	Voters        int    // members that vote
	Term          uint64
	Commit        uint64 // last index known to be committed
	Applied       uint64 // last index the machine has applied here
	First, Last   uint64 // bounds of the log here, 0 when it is empty
	LogBytes      int64  // estimated size of the log above the newest snapshot
	SnapshotIndex uint64 // 0 without a snapshot
	Broken        error  // why the group is halted here, or nil

	Anew     bool      `json:",omitempty"` // its machine is being made anew: it takes no entries
	MadeAnew time.Time `json:",omitzero"`  // when it last was, since the start or by it
	AnewOf   uint64    `json:",omitempty"` // the log index of the snapshot that it was made of; 0: of the log alone
}

// Status reports on every group, the meta group first.
func (n *Node) Status() []GroupStatus {
	out := make([]GroupStatus, len(n.groups))
	for i, g := range n.groups {
		out[i] = g.status()
	}
	return out
}

func (g *group) status() GroupStatus {
	_, leader := g.raft.LeaderWithID()
	snap, _ := g.snaps.newest()
	s := GroupStatus{
		Group: g.id, Leader: string(leader), Leading: g.raft.State() == raft.Leader,
		Term: g.raft.CurrentTerm(), Commit: g.raft.CommitIndex(), Applied: g.applied.load(),
		LogBytes: g.logBytes(), SnapshotIndex: snap.Index, Broken: g.brokenErr(),
	}
	s.Anew = g.anew.Load()
	if made := g.made.Load(); made != nil {
		s.MadeAnew, s.AnewOf = made.at, made.of
	}
	s.First, _ = g.store.FirstIndex()
	s.Last, _ = g.store.LastIndex()
	for _, v := range g.raft.GetConfiguration().Configuration().Servers {
		if v.Suffrage == raft.Voter {
			s.Voters++
		}
	}
	return s
}

func (id GroupID) String() string { return strconv.FormatUint(uint64(id), 10) }
