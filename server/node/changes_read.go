package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// look asks each shard once, in turn, and returns what the first one that has
// anything tells. caught: all of them have told all there is now.
func (c *Changes) look(ctx context.Context) (out []Change, caught bool, err error) {
	caught = true
	for i := range c.token.at {
		at := &c.token.at[(c.turn+i)%len(c.token.at)]
		var done bool
		if at.scan {
			if c.scan != nil && c.scan.at != at { // one at a time: each holds a view
				caught = false
				continue
			}
			out, err = c.scanned(ctx, at)
		} else {
			out, done, err = c.told(at)
			caught = caught && done
		}
		if at.scan || c.scan != nil {
			caught = false
		}
		if len(out) > 0 || err != nil {
			c.turn = (c.turn + i + 1) % len(c.token.at)
			return out, false, err
		}
	}
	return nil, caught, nil
}

// limit is up to which index a shard's entries may be told now: readers of the
// table see no more while the rows of a load move into it. waits: they do.
func (c *Changes) limit(table record.TableID, shard uint32) (index uint64, waits bool) {
	n := c.node
	index = n.shards[shard].Applied() // before the look at who moves: what moves comes after it
	if pin := n.moments.now.Load().of(table)[shard]; pin != nil {
		if v, err := pin.View(); err == nil {
			defer v.Close()
			return min(index, v.Applied), true
		}
	}
	return index, false
}

// told tells the next entries of a shard. done: there are no more now.
func (c *Changes) told(at *changesAt) (out []Change, done bool, err error) {
	limit, _ := c.limit(c.token.table, at.shard)
	if until, ok := c.until[at.shard]; ok && c.token.table == c.newest {
		limit = min(limit, until)
	}
	if at.after >= limit {
		return nil, true, nil
	}
	effects, through, known := c.node.shards[at.shard].Effects(c.token.table, at.after, limit, 16)
	if !known {
		return nil, false, gone("shard %d knows of nothing before log index %d", at.shard, through)
	}
	for _, e := range effects {
		entry, when, err := c.node.cluster.Read(cluster.GroupID(at.shard), e.Index)
		if errors.Is(err, cluster.ErrTruncated) {
			return nil, false, gone("the log of shard %d does not reach back to index %d", at.shard, e.Index)
		}
		if err != nil {
			return nil, false, err
		}
		t, err := store.Tell(entry.Data, e)
		if err != nil {
			return nil, false, fault.E("node: read changes", fault.Item(fmt.Sprintf("shard %d entry %d", at.shard, e.Index)), err)
		}
		if out = c.events(at, e, when, t); len(out) > 0 {
			return out, false, nil
		}
	}
	at.after, at.skip = through, 0
	return nil, through >= limit, nil
}

// events makes changes of what an entry did, and goes behind it.
func (c *Changes) events(at *changesAt, e store.Effect, when time.Time, t store.Told) (out []Change) {
	base := Change{Shard: at.shard, Index: e.Index, Time: when, Table: c.table}
	add := func(of Change) { out = append(out, of) }
	keyed := len(c.table.Key) > 0
	if t.Keys != nil || !keyed || t.Came == nil { // else those that came have the keys of those that died
		for i, id := range t.Died {
			d := base
			d.Op, d.Row, d.Key, d.At = Delete, id, t.Keys, i
			add(d)
		}
	}
	if t.Came != nil {
		base.Op = Insert
		if keyed {
			base.Op, base.Key = Upsert, t.Came
		}
		for i := range t.Came.N {
			r := base
			r.Row, r.After, r.At = t.Came.FirstRow+uint64(i), t.Came, i
			add(r)
		}
	}
	switch {
	case t.Emptied:
		base.Op = Truncate
		add(base)
	case t.Mark != store.NoMark:
		base.Op, base.Mark = Expire, t.Mark
		add(base)
	case t.Defined != nil && !e.Begins && t.Defined.Schema.Version > 1:
		if now := c.node.Catalog().Successor(c.token.table); now != nil {
			c.table = now
		}
		base.Op, base.Table = Alter, c.table
		add(base)
	}
	first := min(at.skip, uint64(len(out)))
	at.after, at.skip = max(at.after, e.Index-1), first
	for i := range out[first:] {
		if at.skip++; at.skip == uint64(len(out)) {
			at.after, at.skip = e.Index, 0
		}
		out[first+uint64(i)].Token = c.token.String()
	}
	at.after, at.skip = e.Index, 0
	return out[first:]
}
