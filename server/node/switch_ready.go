package node

import (
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/store"
)

// ready reports whether there is nothing to switch, because the table has it,
// and refuses a load that is not complete.
func (w *switching) ready(whole uint64) (done bool, err error) {
	n, l := w.node, w.load
	const op = "node: switch load"
	t := n.Catalog().ByID(l.Into)
	if t == nil {
		n.GiveUpLoad(n.stages.ctx, l.ID()) // of no use any more; if it stays it is dropped later
		return false, fault.E(op, fault.Conflict, fault.Item(l.Table.Name), fault.Hint("load it again"), "the table was rewritten or dropped meanwhile; the load is given up")
	}
	there := 0
	sources := n.sourcesIn(&l.Table)
	for _, src := range sources {
		staged, err := n.sourceIn(&l.Table, src)
		if err != nil {
			return false, err
		}
		have, err := n.Source(t, src)
		switch {
		case err != nil:
			return false, err
		case len(staged.Begun) > 0:
			return false, missing(op, l, staged.Begun[0])
		case whole > 0 && !within(store.Span{Start: 0, End: whole}, union(append(slices.Clone(staged.Done), have.Done...))):
			return false, missing(op, l, store.Span{Start: 0, End: whole})
		case len(staged.Done) > 0 && !slices.ContainsFunc(staged.Done, func(s store.Span) bool { return !within(s, have.Done) }):
			there++
			w.out.Rows += int64(staged.Rows)
			continue
		}
		for _, s := range staged.Done {
			if touches(s, have.Done) || touches(s, have.Begun) {
				return false, overlaps(op, l.Table.Name, s)
			}
		}
	}
	if there == 0 || there < len(sources) {
		return false, nil
	}
	w.out.Duplicate = true
	return true, n.GiveUpLoad(n.stages.ctx, l.ID())
}

func overlaps(op, table string, s store.Span) error {
	return fault.E(op, fault.Conflict, fault.Item(table), fault.Hint("give it up, and begin again"),
		fault.Errorf("", fault.Conflict, "bytes %d to %d of the source overlap with what the table got from another load meanwhile", s.Start, s.End))
}

func missing(op string, l *catalog.Load, s store.Span) error {
	return fault.E(op, fault.Conflict, fault.Item(l.Table.Name), fault.Hint("send them, or give the load up"),
		fault.Errorf("", fault.Conflict, "the load is not complete: some of the bytes %d to %d of its source are missing", s.Start, s.End))
}

func touches(s store.Span, others []store.Span) bool {
	return slices.ContainsFunc(others, func(o store.Span) bool { return s.Start < o.End && o.Start < s.End })
}

// sourcesIn lists the sources that a table's shards know of it.
func (n *Node) sourcesIn(t *catalog.Table) (out [][16]byte) {
	for _, id := range t.Sharding.Shards() {
		for _, src := range n.shards[id].SourcesOf(t.ID()) {
			if !slices.Contains(out, src) {
				out = append(out, src)
			}
		}
	}
	return out
}
