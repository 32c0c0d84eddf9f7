package node

import (
	"github.com/quindex/quindex/catalog"
)

// move goes on from a generation that is read to its end to the newest one, or to
// the end of the table. False: there is none.
func (c *Changes) move() bool {
	t := c.node.Catalog().Successor(c.token.table)
	if t != nil && t.ID() == c.token.table {
		c.table = t
		return false
	}
	if c.drain == nil { // it changes no more: nothing comes after what is applied now
		c.drain = map[uint32]uint64{}
		for _, a := range c.token.at {
			c.drain[a.shard] = c.node.shards[a.shard].Applied()
		}
	}
	for _, a := range c.token.at {
		if a.after < c.drain[a.shard] {
			return false
		}
	}
	if t == nil {
		c.over = true
		return true
	}
	c.beginAnew(t)
	return true
}

// leave goes on from a generation that the logs do not tell all of, if it is no
// more: what they have is enough then.
func (c *Changes) leave() bool {
	t := c.node.Catalog().Successor(c.token.table)
	if t != nil && t.ID() == c.token.table {
		return false
	}
	if c.over = t == nil; !c.over {
		c.beginAnew(t)
	}
	return true
}

// beginAnew has the feed tell all rows of t.
func (c *Changes) beginAnew(t *catalog.Table) {
	c.endScan()
	c.table, c.drain, c.anew = t, nil, true
	c.token = &changesToken{history: c.token.history, table: t.ID()}
	for _, id := range shardsOf(t) {
		c.token.at = append(c.token.at, changesAt{shard: id, scan: true})
	}
	if !c.follow && c.newest != t.ID() {
		c.stopAt(t)
	}
}
