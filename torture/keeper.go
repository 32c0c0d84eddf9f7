package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/quindex/quindex/server/node"
)

// keeper looks after the node: gives tables other shards, writes to disk, merges,
// makes tables and drops them.
type keeper struct{}

func (*keeper) settle(l *life) error { return nil }

func (k *keeper) act(l *life, rng *rand.Rand) error {
	table, err := []string{"p", "q"}[rng.IntN(2)], error(nil)
	what := "flush"
	switch rng.IntN(7) {
	case 0:
		err = l.node.Flush(l.ctx)
	case 1:
		what = "merge"
		err = l.node.Merge(l.ctx, table)
	case 2, 3, 4:
		what = fmt.Sprintf("ALTER TABLE %s SET (shards = %d)", table, 1+rng.IntN(trialShards))
		_, _, err = l.ask(node.Request{SQL: what})
		l.trial.count(func(t *tally) { t.Rewritten++ })
	case 5:
		what = "CREATE TABLE r"
		_, _, err = l.ask(node.Request{SQL: fmt.Sprintf("CREATE TABLE IF NOT EXISTS r (id BIGINT PRIMARY KEY) WITH (shards = %d)", 1+rng.IntN(trialShards))})
	case 6:
		what = "DROP TABLE r"
		_, _, err = l.ask(node.Request{SQL: "DROP TABLE IF EXISTS r"})
	}
	return orNil(err, l, what)
}
