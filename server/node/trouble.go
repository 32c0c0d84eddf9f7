package node

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/store"
)

// Trouble says, by shard, what work the disk refuses at present, which is tried
// again, which segments do not hold what was written, and how healing them
// goes. Shards that are well are left out. Loads that cannot be switched are
// told of by shard 0, the meta group.
func (n *Node) Trouble() map[uint32][]string {
	out := map[uint32][]string{}
	for _, l := range n.StagedLoads() {
		if t := l.Trouble; t != nil {
			out[0] = append(out[0], fmt.Sprintf("load %d cannot be brought into %s, %d tries since %s: %s", l.ID, l.Table, t.Tries, t.Since.Format(time.RFC3339), t.Error))
		}
	}
	for id, s := range n.shards {
		for _, t := range s.Troubles() {
			out[id] = append(out[id], fmt.Sprintf("%s refused by the disk, %d tries since %s: %v", t.Work, t.Tries, t.Since.UTC().Format(time.RFC3339), t.Err))
		}
		for _, d := range s.Damages() {
			out[id] = append(out[id], fmt.Sprintf("segment %s is damaged: %v", d.Segment, d.Err))
		}
		if more := n.heal.troubles(id); len(more) > 0 {
			out[id] = append(out[id], more...)
		}
	}
	return out
}

// refused says that a shard which has no room for more rows cannot make any,
// because its disk refuses what it writes.
func refused(s *store.Shard) error {
	for _, t := range s.Troubles() {
		if t.Work != "flush" {
			continue
		}
		code := fault.Code("")
		if errors.Is(t.Err, syscall.ENOSPC) {
			code = "53100"
		}
		return fault.E("node: append", fault.Overload, code,
			fault.Hint("the disk refuses writes: free space on it, or look after it; the server tries again by itself"),
			fmt.Errorf("what was added before cannot be written to segments, %d tries since %s: %w", t.Tries, t.Since.UTC().Format(time.RFC3339), t.Err))
	}
	return nil
}
