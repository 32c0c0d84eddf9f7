package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

// seedTerm is the term of the snapshots that Seed makes: below any that the
// new node will have.
const seedTerm = 1

// Seed makes the folder of a new node that stands alone, out of states that
// machines have linked elsewhere: a restored backup. place puts the state of
// one group into dir, which exists and is empty, durably, and returns the index
// that it covers; 0 means that the group begins empty. The state is the group's
// first snapshot, which its machine takes over at the first Open. o.Dir must
// not hold a node yet. After an error the folder is of no use.
func Seed(o Options, place func(g GroupID, dir string) (index uint64, err error)) (err error) {
	if o, err = o.withDefaults(); err != nil {
		return err
	}
	if err := makeDir(o.Dir); err != nil {
		return err
	}
	if names, err := os.ReadDir(o.Dir); err != nil {
		return fault.E("cluster: seed", fault.IO, err)
	} else if len(names) > 0 {
		return fault.E("cluster: seed", fault.Exists, fault.Item(o.Dir), fault.Hint("name a folder that does not exist yet"), "the folder is not empty")
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	db, err := openLogDB(filepath.Join(o.Dir, "log"), o.fs, o, func(error) {})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	if o.Shards == 0 {
		o.Shards = defaultShards
	}
	if o.NodeID == "" {
		o.NodeID = newNodeID()
	}
	for g := range o.Shards + 1 {
		if err := seedGroup(o, db, GroupID(g), place); err != nil {
			return fault.E("cluster: seed", fault.Item(fmt.Sprintf("group %d", g)), err)
		}
	}
	_, err = makeIdentity(o, filepath.Join(o.Dir, "node.json")) // last: without it the folder is no node
	return err
}

func seedGroup(o Options, db *logDB, g GroupID, place func(GroupID, string) (uint64, error)) error {
	dir := filepath.Join(o.Dir, "groups", fmt.Sprintf("%04d", g))
	snaps, err := openSnapshots(filepath.Join(dir, "snapshots"), o.Logger)
	if err != nil {
		return err
	}
	stage, err := snaps.stage()
	if err != nil {
		return fault.E("cluster: seed", fault.IO, err)
	}
	index, err := place(g, filepath.Join(stage, stateName))
	if err != nil || index == 0 {
		return errors.Join(err, os.RemoveAll(stage))
	}
	voter := raft.Server{Suffrage: raft.Voter, ID: raft.ServerID(o.NodeID), Address: raft.ServerAddress(o.Listen)}
	m := snapshotMeta{Version: snapshotVersion, Index: index, Term: seedTerm, MachineIndex: index,
		Configuration: raft.Configuration{Servers: []raft.Server{voter}}, ConfigurationIndex: index}
	m.ID = fmt.Sprintf("%020d-%010d-%06d", index, seedTerm, 1)
	if m.StreamBytes, err = streamBytes(m, filepath.Join(stage, stateName)); err != nil {
		return err
	}
	if err := snaps.install(stage, m); err != nil {
		return fault.E("cluster: seed", fault.IO, err)
	}
	log, err := db.group(g, func() {})
	if err != nil {
		return err
	}
	return log.SetUint64(keyTerm, seedTerm)
}
