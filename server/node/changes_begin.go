package node

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
)

// shardsOf lists the shards of a table, ascending.
func shardsOf(t *catalog.Table) []uint32 {
	out := t.Sharding.Shards()
	slices.Sort(out)
	return out
}

// stopAt has the feed end with what t holds now.
func (c *Changes) stopAt(t *catalog.Table) {
	c.newest, c.until = t.ID(), map[uint32]uint64{}
	for _, id := range shardsOf(t) {
		c.until[id], _ = c.limit(t.ID(), id)
	}
}

// begin finds where to read from.
func (c *Changes) begin(from string) (err error) {
	n, t := c.node, c.table
	shards := shardsOf(t)
	c.token = &changesToken{history: n.history(), table: t.ID()}
	switch {
	case from == "snapshot":
		c.beginAnew(t)
		return nil
	case from == "" || from == "now" || from == "start":
		for _, id := range shards {
			at := changesAt{shard: id}
			if at.after, _ = c.limit(t.ID(), id); from == "start" {
				if c.began(id) > 0 { // what is in the log before that is how its rows came to where they are
					c.beginAnew(t)
					return nil
				}
				if at.after, err = c.start(id); err != nil {
					return err
				}
			}
			c.token.at = append(c.token.at, at)
		}
		return nil
	case strings.HasPrefix(from, tokenPrefix):
		c.token, err = parseChangesToken(from)
	default:
		if !strings.Contains(from, ":") {
			return badToken(from, "it is no token")
		}
		if c.token, err = n.fromSeen(from, t.ID(), shards); err == nil {
			err = c.sawThis()
		}
	}
	if err != nil {
		return err
	}
	return c.check()
}

// start is the lowest index that all changes above are known of.
func (c *Changes) start(shard uint32) (uint64, error) {
	begins, err := c.node.cluster.Begins(cluster.GroupID(shard))
	if err != nil {
		return 0, err
	}
	since := c.node.shards[shard].Since()
	if begins == 0 { // the log is empty
		since = max(since, c.node.shards[shard].Applied())
	}
	return max(since, max(begins, 1)-1), nil
}

// began is the index of the entry by which a shard heard that the table is what
// became of a former one; 0: it never was another, or that is long ago.
func (c *Changes) began(shard uint32) uint64 {
	if len(c.table.Former) == 0 {
		return 0
	}
	return c.node.shards[shard].Began(c.table.ID())
}

// sawThis refuses what a statement saw that may have read a former generation.
func (c *Changes) sawThis() error {
	for _, a := range c.token.at {
		if len(c.table.Former) > 0 && !c.node.shards[a.shard].Knows(c.table) {
			return fault.E("node: read changes", fault.Unavailable, fault.Hint("try again"), "the table is being rewritten")
		}
		if a.after < c.began(a.shard) {
			return gone("the table was rewritten after the statement that the token is of")
		}
	}
	return nil
}

// check refuses a token that is not of this table, or not of these logs.
func (c *Changes) check() error {
	n, t := c.node, c.table
	if c.token.history != n.history() {
		return gone("the token is of other logs: was this server restored from a backup, or the token got from another one?")
	}
	then := t
	if c.token.table != t.ID() {
		i := slices.IndexFunc(t.Former, func(g catalog.Generation) bool { return g.ID == c.token.table })
		if i < 0 {
			return gone("the token is of another table, or one of this name that was dropped")
		}
		then = t.Generation(i)
	}
	if !slices.EqualFunc(shardsOf(then), c.token.at, func(id uint32, a changesAt) bool { return id == a.shard }) {
		return badToken(c.token.String(), "its shards are not those of the table")
	}
	for _, a := range c.token.at {
		sh, err := n.shard(a.shard)
		if err != nil {
			return err
		}
		if applied := sh.Applied(); a.after > applied {
			return badToken(c.token.String(), "it is of log index %d of shard %d, which is at %d", a.after, a.shard, applied)
		}
	}
	return nil
}

func gone(why string, args ...any) error {
	return fault.E("node: read changes", fault.NotFound, fault.Code("72000"), hintGone, fmt.Errorf("%w: %s", ErrGone, fmt.Sprintf(why, args...)))
}
