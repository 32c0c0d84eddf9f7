package node

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// decide proposes a change of the catalog to the meta group.
func (n *Node) decide(ctx context.Context, ch catalog.Change) (*catalog.Table, error) {
	if err := n.rewrites.blocked(n.Catalog(), ch); err != nil {
		return nil, err
	}
	_, value, err := n.cluster.Propose(ctx, cluster.Meta, catalog.Encode(ch))
	if err != nil {
		return nil, err
	}
	t, _ := value.(*catalog.Table)
	return t, nil
}

// CreateTable makes a table over the given number of shards (0: all), and
// fences it into their logs, so that it takes rows when CreateTable returns.
// It returns nil when IF NOT EXISTS found one.
func (n *Node) CreateTable(ctx context.Context, t catalog.Table, shards int, ifNotExists bool) (*catalog.Table, error) {
	all := n.shardIDs()
	if shards < 0 || shards > len(all) {
		return nil, fault.E("node: create table", fault.Invalid, fault.Code("22023"), fault.Item(t.Name),
			fault.Errorf("", fault.Invalid, "shards = %d; this cluster has %d", shards, len(all)))
	}
	if shards == 0 {
		shards = len(all)
	}
	t.Sharding.Cut(n.spread(all, shards), nil)
	made, err := n.decide(ctx, catalog.Change{Create: &catalog.CreateTable{Table: t, IfNotExists: ifNotExists}})
	if err != nil || made == nil {
		return nil, err
	}
	return made, n.fence(ctx, made)
}

// DropTable removes a table and its rows. False means there was none and ifExists was set.
func (n *Node) DropTable(ctx context.Context, name string, ifExists bool) (bool, error) {
	ch := catalog.Change{Drop: &catalog.DropTable{Name: name, IfExists: ifExists}}
	if t, err := n.Catalog().Table(name); err == nil {
		if err := errors.Join(n.rewrites.giveWay(ctx, t.ID()), n.waitForSwitch(ctx, t.ID())); err != nil {
			return false, err
		}
		letGo, err := n.stages.hold(ctx, t.ID())
		if err != nil {
			return false, err
		}
		defer letGo()
	}
	var staged []*catalog.Table // loads into it
	if _, t, err := n.Catalog().Apply(ch); err == nil && t != nil {
		for _, l := range n.Catalog().Loads() {
			if l.Into == t.ID() {
				staged = append(staged, &l.Table)
			}
		}
	}
	t, err := n.decide(ctx, ch)
	if err != nil || t == nil {
		return false, err
	}
	n.horizons.forget(t.ID())
	errs := []error{n.forget(ctx, t.ID(), t.Sharding.Shards()), n.forgetFormer(ctx, t)}
	for _, s := range staged {
		errs = append(errs, n.dropStaged(ctx, s))
	}
	return true, errors.Join(errs...)
}

// forgetFormer drops what the shards know of former generations of a table.
func (n *Node) forgetFormer(ctx context.Context, t *catalog.Table) error {
	for _, g := range t.Former {
		if err := n.forget(ctx, g.ID, g.Sharding.Shards()); err != nil {
			return err
		}
	}
	return nil
}

// fence tells every shard of a table what the table is, at one place of its log.
func (n *Node) fence(ctx context.Context, t *catalog.Table) error {
	return n.everyShard(ctx, t.Sharding.Shards(), store.EncodeDefine(t))
}

func (n *Node) forget(ctx context.Context, id record.TableID, shards []uint32) error {
	return n.everyShard(ctx, shards, store.EncodeDrop(id))
}

func (n *Node) everyShard(ctx context.Context, shards []uint32, entry []byte) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, id := range shards {
		g.Go(func() error {
			_, _, err := n.cluster.Propose(ctx, cluster.GroupID(id), entry)
			return err
		})
	}
	return g.Wait()
}

// reconcile finishes, after a start, the fences and drops that a crash may
// have cut off between the meta group's decision and the shards' logs.
func (n *Node) reconcile(ctx context.Context) error {
	if err := n.settleLoads(ctx); err != nil {
		return err
	}
	cat := n.Catalog()
	for id, s := range n.shards {
		known := map[record.TableID]uint32{}
		for _, t := range s.Tables() {
			known[t.ID()] = t.Schema.Version
			if cat.ByID(t.ID()) != nil || cat.Load(t.ID()) != nil {
				continue
			}
			end := store.EncodeDrop(t.ID())
			if cat.Successor(t.ID()) != nil {
				end = store.EncodeRetire(t.ID())
			}
			if err := n.everyShard(ctx, []uint32{id}, end); err != nil {
				return err
			}
		}
		for _, table := range s.Frozen() {
			if err := n.thaw(ctx, table, []uint32{id}); err != nil {
				return err
			}
		}
		for _, table := range s.Loaded() {
			if cat.Successor(table) == nil && cat.Load(table) == nil {
				if err := n.forget(ctx, table, []uint32{id}); err != nil {
					return err
				}
			}
		}
		for _, t := range cat.Tables() {
			if known[t.ID()] >= t.Schema.Version || !slices.Contains(t.Sharding.Shards(), id) {
				continue
			}
			if err := n.everyShard(ctx, []uint32{id}, store.EncodeDefine(t)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *Node) shardIDs() []uint32 {
	var ids []uint32
	for _, g := range n.cluster.Groups() {
		if g != cluster.Meta {
			ids = append(ids, uint32(g))
		}
	}
	slices.Sort(ids)
	return ids
}

// spread picks k of the shards, starting at another one for each table so
// that small tables do not all meet on the first.
func (n *Node) spread(all []uint32, k int) []uint32 {
	start := int(n.Catalog().Version()) % len(all)
	picked := make([]uint32, k)
	for i := range picked {
		picked[i] = all[(start+i)%len(all)]
	}
	return picked
}
