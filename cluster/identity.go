package cluster

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

const (
	identityVersion = 1
	defaultShards   = 8
	maxShards       = 4096
)

// identity is node.json: what a node keeps for life. Addresses may change, and
// so are not in it.
type identity struct {
	Version int    `json:"version"`
	ID      string `json:"id"`
	Shards  int    `json:"shards"`
}

// loadIdentity reads node.json, or makes it at the first start. What the
// options say must agree with it.
func loadIdentity(o Options) (identity, error) {
	name := filepath.Join(o.Dir, "node.json")
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		if err := unbegun(o.Dir); err != nil {
			return identity{}, err
		}
		return makeIdentity(o, name)
	}
	if err != nil {
		return identity{}, fault.E("cluster: read node.json", fault.IO, err)
	}
	who, err := parseIdentity(b)
	if err != nil {
		return who, fault.E("cluster: read node.json", fault.Item(name), err)
	}
	if o.NodeID != "" && o.NodeID != who.ID {
		return who, fault.Errorf("cluster: read node.json", fault.Invalid, "the node is %s, wanted %s", who.ID, o.NodeID)
	}
	if o.Shards != 0 && o.Shards != who.Shards {
		return who, fault.E("cluster: read node.json", fault.Unsupported, fault.Item(name),
			fault.Hint("leave the number of shards out, or load the data into a new folder"),
			fault.Errorf("cluster: shards", fault.Unsupported, "the node has %d shards, wanted %d", who.Shards, o.Shards))
	}
	return who, nil
}

// unbegun fails where a folder without node.json holds the groups or the log of
// a node: it is written before them, but by Seed, which stopped on its way.
func unbegun(dir string) error {
	for _, part := range []string{"groups", "log"} {
		switch _, err := os.Stat(filepath.Join(dir, part)); {
		case err == nil:
			return fault.E("cluster: read node.json", fault.Corrupt, fault.Item(dir),
				fault.Hint("if a restore did not end, delete the folder and restore again; else bring node.json back from a copy of the folder"),
				"there is none beside "+part+": this is a part of a node")
		case !errors.Is(err, fs.ErrNotExist):
			return fault.E("cluster: read node.json", fault.IO, err)
		}
	}
	return nil
}

func parseIdentity(b []byte) (who identity, err error) {
	if err := json.Unmarshal(b, &who); err != nil {
		return who, fault.E("cluster: parse node.json", fault.Corrupt, err)
	}
	if who.Version != identityVersion {
		return who, fault.Errorf("cluster: parse node.json", fault.Unsupported, "version %d, wanted %d", who.Version, identityVersion)
	}
	if who.ID == "" || who.Shards < 1 || who.Shards > maxShards {
		return who, fault.Errorf("cluster: parse node.json", fault.Corrupt, "id %q with %d shards", who.ID, who.Shards)
	}
	return who, nil
}

func newNodeID() string { return uuid.NewString() }

func makeIdentity(o Options, name string) (identity, error) {
	who := identity{Version: identityVersion, ID: o.NodeID, Shards: o.Shards}
	if who.ID == "" {
		who.ID = newNodeID()
	}
	if who.Shards == 0 {
		who.Shards = defaultShards
	}
	b, err := json.Marshal(who)
	if err == nil {
		err = writeDurable(name, append(b, '\n'))
	}
	if err != nil {
		return who, fault.E("cluster: write node.json", fault.IO, err)
	}
	return who, nil
}

// addressBook says where the voters named in the options live now, whatever
// address the log has for them.
type addressBook map[raft.ServerID]raft.ServerAddress

func (b addressBook) ServerAddr(id raft.ServerID) (raft.ServerAddress, error) {
	if a, ok := b[id]; ok {
		return a, nil
	}
	return "", fault.E("cluster: find node", fault.NotFound, fault.Item(id))
}

// addresses is nil for a node alone, which dials no one.
func (n *Node) addresses() raft.ServerAddressProvider {
	if len(n.o.Voters) == 0 {
		return nil
	}
	b := addressBook{}
	for _, v := range n.o.Voters {
		b[raft.ServerID(v.ID)] = raft.ServerAddress(v.Address)
	}
	return b
}
