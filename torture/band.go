package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/quindex/quindex/server/node"
)

// band is the rows of p whose ids are below zero. Loads alone write them, each of
// them all rows with one value: whoever reads sees those of one load, in all
// shards. Which loads a reader may see is told by when each began, and by when
// it was surely in: answered, or seen by somebody.
type band struct {
	mu    sync.Mutex
	loads map[int64]*bandLoad // by value
}

type bandLoad struct {
	value int64
	began int64 // a tick
	in    int64 // a tick at which it was; 0: nobody knows
}

const bandRows = 45

func newBand() *band { return &band{loads: map[int64]*bandLoad{}} }

func (b *band) begin(t *trial) *bandLoad {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := &bandLoad{value: t.value.Add(1), began: t.tick.Add(1)}
	b.loads[o.value] = o
	return o
}

func (b *band) end(o *bandLoad, at int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o.in == 0 || at < o.in {
		o.in = at
	}
}

// saw is what a reader has seen between two ticks: the rows of a load, or (0)
// none. strong says that it had to see what was answered before.
func (b *band) saw(value, began, ended int64, strong bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	is := b.loads[value]
	if value != 0 && (is == nil || is.began > ended) {
		return violated("rows of load %d are seen, which never began", value)
	}
	for _, o := range b.loads {
		after := is == nil || is.in != 0 && is.in < o.began
		if strong && o.in != 0 && o.in < began && after {
			return violated("rows of load %d are seen after %d, that of load %d, which came after it and was in at %d", value, began, o.value, o.in)
		}
	}
	if is != nil && (is.in == 0 || ended < is.in) {
		is.in = ended
	}
	return nil
}

// watcher reads the band.
type watcher struct{}

func (w *watcher) settle(l *life) error { return w.look(l, true, 0) }

func (w *watcher) act(l *life, rng *rand.Rand) error {
	return w.look(l, rng.IntN(2) == 0, rng.IntN(3))
}

func (*watcher) look(l *life, strong bool, how int) error {
	sql := "SELECT count(*), count(DISTINCT v), coalesce(min(v), 0) FROM p WHERE " + []string{"id < 0", "match(w, 'band')", "owner = 0"}[how]
	began := l.trial.tick.Add(1)
	rows, _, err := l.ask(node.Request{SQL: sql, Strong: strong})
	if err != nil || l.over() {
		return orNil(err, l, sql)
	}
	ended := l.trial.tick.Add(1)
	l.trial.count(func(t *tally) { t.Looks++ })
	if got := strings.Join(rows[0][:2], ","); got != "0,0" && got != fmt.Sprintf("%d,1", bandRows) {
		return violated("a reader sees %s rows of so many loads, want all of one: %d,1", got, bandRows)
	}
	return l.trial.band.saw(number(rows[0][2]), began, ended, strong)
}
