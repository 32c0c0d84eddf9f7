package node

import "github.com/quindex/quindex/record"

// AtPoints has at be called at the named points of the store, the cluster and
// this room, and dies between the steps of switches and rewrites, which end there
// if it says so, as if the power went. It is for tests of many histories.
func (o *Options) AtPoints(at func(point string), dies func(step string) bool) {
	o.at, o.dies = at, dies
}

// ReadShardsApart lets a statement read some shards before a switch, and others
// after it. A harness that looks for loads that are seen in part must notice.
func (o *Options) ReadShardsApart() { o.apart = true }

// KeepWhatIsGivenUp lets the rows of loads that are given up stay in the shards. A
// harness that looks for what nobody knows must notice.
func (o *Options) KeepWhatIsGivenUp() { o.keepsGivenUp = true }

// ForgetWhatCame lets a rewrite leave out what came during its copy. A harness
// that writes to tables that are rewritten must notice.
func (o *Options) ForgetWhatCame() { o.forgets = true }

// Strays lists the tables that a shard has rows of, or a name, and that are
// neither in the catalog nor of a load.
func (n *Node) Strays() (out []record.TableID) {
	cat := n.Catalog()
	for _, s := range n.shards {
		for _, t := range s.Tables() {
			if cat.ByID(t.ID()) == nil && cat.Load(t.ID()) == nil && !n.rewrites.fills(t.ID()) {
				out = append(out, t.ID())
			}
		}
	}
	return out
}
