package node

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
)

// Damage is healed while the node runs, one shard at a time. A statement that
// has met bytes which are not what was written does not say where they lie, so
// all shards are read and compared with their checksums; merges, snapshots and
// Verify know the shard. Segments whose columns can be read mend themselves.
// A shard with others is made anew of its newest snapshot and the log after it:
// while that takes its place, statements that need the shard are refused.

// lookAgain is how long it takes at least from one look at all shards, for
// statements that meet damage, to the next, if what the last one found is there still.
const lookAgain = 10 * time.Second

// healing is what is known of the shards' health, and who looks after it.
type healing struct {
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	open   bool            // shards may be healed
	busy   bool            // a goroutine is at it
	wanted map[uint32]bool // shards to be healed; true: they are to be looked at first
	looked time.Time       // when all were, at the wish of a statement
	under  map[uint32]time.Time
	failed map[uint32]failure
	others []Healed // that are no shard's
}

// failure is damage that could not be healed, and why.
type failure struct {
	of  string
	why error
}

func (h *healing) init() {
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.wanted, h.under, h.failed = map[uint32]bool{}, map[uint32]time.Time{}, map[uint32]failure{}
}

// want asks for shards to be healed, once the node is open.
func (h *healing) want(n *Node, look bool, ids ...uint32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		h.wanted[id] = h.wanted[id] || look
	}
	if !h.open || h.busy || len(h.wanted) == 0 {
		return
	}
	h.busy = true
	h.running.Go(func() {
		for id, look, some := h.next(); some; id, look, some = h.next() {
			n.healShard(h.ctx, id, look)
		}
	})
}

func (h *healing) next() (id uint32, look, some bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, look := range h.wanted {
		if h.open {
			delete(h.wanted, id)
			return id, look, true
		}
	}
	h.busy = false
	return 0, false, false
}

// begin lets healing start; n is open.
func (h *healing) begin(n *Node) {
	h.mu.Lock()
	h.open = true
	h.mu.Unlock()
	h.want(n, false)
}

// close stops what is under way and waits for it.
func (h *healing) close() {
	h.mu.Lock()
	h.open = false
	h.mu.Unlock()
	h.cancel()
	h.running.Wait()
}

// mayLook reports whether a statement may have all shards looked at again.
func (h *healing) mayLook() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.failed) > 0 && time.Since(h.looked) < lookAgain {
		return false
	}
	h.looked = time.Now()
	return true
}

func (h *healing) set(id uint32, under bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if under {
		h.under[id] = time.Now()
	} else {
		delete(h.under, id)
	}
}

// fail notes why damage cannot be healed; nil: it can, or there is none.
func (h *healing) fail(id uint32, of string, why error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if why == nil {
		delete(h.failed, id)
	} else {
		h.failed[id] = failure{of, why}
	}
}

func (h *healing) failure(id uint32) failure {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failed[id]
}

// troubles says of a shard what healing is about, if anything.
func (h *healing) troubles(id uint32) (out []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if since, is := h.under[id]; is {
		out = append(out, "it is being made anew of its snapshot and the log, since "+since.UTC().Format(time.RFC3339))
	}
	if f := h.failed[id]; f.why != nil {
		out = append(out, "it could not be made anew: "+f.why.Error())
	}
	return out
}

// suspect has all shards looked at: a statement has met damage.
func (n *Node) suspect() {
	if n.heal.mayLook() {
		n.heal.want(n, true, n.shardIDs()...)
	}
}

func (n *Node) healShard(ctx context.Context, id uint32, look bool) {
	s, err := n.shard(id)
	if err != nil {
		return
	}
	log := n.opts.Logger.With("shard", id)
	if look {
		if err := s.Verify(ctx); err != nil && ctx.Err() == nil {
			log.Error("a statement has met damage, and this is where it lies", "err", err)
		}
	}
	if err := s.Mend(ctx); err != nil {
		return // it is logged, and tried again
	}
	var names []string
	for _, d := range s.Beyond() {
		names = append(names, d.Segment)
	}
	of := strings.Join(names, ", ")
	switch {
	case of == "":
		n.heal.fail(id, "", nil)
		return
	case n.heal.failure(id).of == of:
		return
	}
	log.Warn("damaged segments are made anew of the shard's snapshot and the log", "segments", of)
	n.heal.set(id, true)
	err = n.cluster.MakeAnew(ctx, cluster.GroupID(id))
	n.heal.set(id, false)
	if ctx.Err() != nil {
		return
	}
	n.heal.fail(id, of, err)
	if err != nil {
		log.Error("damaged segments cannot be made anew", "segments", of, "err", err, "hint", string(fault.HintOf(err)))
		return
	}
	if err := s.Verify(ctx); err != nil && ctx.Err() == nil { // the shard mends what it now knows of
		log.Error("the shard was made anew and has damage still", "err", err)
	}
}

// healCatalog writes the catalog again, all of which is in memory.
func (n *Node) healCatalog(was error) {
	if err := n.meta.Flush(); err != nil {
		n.opts.Logger.Error("the catalog's file is damaged and cannot be written", "was", was, "err", err)
		return
	}
	n.opts.Logger.Warn("the catalog's file was damaged and was written again", "was", was)
	n.heal.mu.Lock()
	defer n.heal.mu.Unlock()
	n.heal.others = append(n.heal.others, Healed{uint32(cluster.Meta), time.Now(), "the catalog was written again: " + was.Error()})
}

// Healed is damage that is no more.
type Healed struct {
	Shard uint32    `json:"shard"` // 0: the catalog
	At    time.Time `json:"at"`
	What  string    `json:"what"`
}

// Healed lists what was healed since the start, and by it; the newest is last.
func (n *Node) Healed() []Healed {
	n.heal.mu.Lock()
	out := append([]Healed{}, n.heal.others...)
	n.heal.mu.Unlock()
	for id, s := range n.shards {
		for _, m := range s.Mended() {
			out = append(out, Healed{id, m.At, m.String()})
		}
	}
	for _, g := range n.cluster.Status() {
		if !g.MadeAnew.IsZero() {
			out = append(out, Healed{uint32(g.Group), g.MadeAnew, fmt.Sprintf("its files were damaged and were made anew of its snapshot, of log entry %d, and the log after it", g.AnewOf)})
		}
	}
	slices.SortFunc(out, func(a, b Healed) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Shard, b.Shard), strings.Compare(a.What, b.What))
	})
	return out
}
