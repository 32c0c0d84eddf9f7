package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
)

// Options returns the options in effect.
func (n *Node) Options() Options { return n.opts }

// Dir is the folder of the node.
func (n *Node) Dir() string { return n.opts.Cluster.Dir }

// LinkGroups makes everything applied so far durable and links the files of
// every group into a folder of its own below dir, GroupDir(g), which must be on the
// node's disk. It returns the log index that each covers. Every shard is as of
// one moment, its own. The catalog comes last: a table that a shard has and the
// catalog does not is forgotten at the next start, while one that only the
// catalog has would come back empty after it was dropped.
func (n *Node) LinkGroups(ctx context.Context, dir string) (map[uint32]uint64, error) {
	n.rewrites.link.Lock()
	defer n.rewrites.link.Unlock()
	out := map[uint32]uint64{}
	ids := n.shardIDs()
	slices.Sort(ids)
	for _, id := range append(ids, uint32(cluster.Meta)) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := filepath.Join(dir, GroupDir(id))
		if err := os.MkdirAll(to, 0o755); err != nil {
			return nil, fault.E("node: link", fault.IO, err)
		}
		link := n.meta.Link
		if id != uint32(cluster.Meta) {
			link = n.shards[id].Link
		}
		index, err := link(to)
		if err != nil {
			return nil, err
		}
		out[id] = index
	}
	return out, nil
}

// GroupDir is the name of a group's folder in a backup.
func GroupDir(id uint32) string { return fmt.Sprintf("%04d", id) }
