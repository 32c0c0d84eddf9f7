package columnar

import (
	"sync"
	"sync/atomic"

	"github.com/quindex/quindex/codec"
)

// held bounds what had to be unpacked and is kept, in all segments of an engine
// together: the text of dictionaries, or integers. What was not asked for since
// the last time round goes first (second chance: Corbató, A Paging Experiment
// with the Multics System, 1968); whoever uses it goes on. A nil held bounds nothing.
type held struct {
	most int64

	mu    sync.Mutex
	bytes int64
	ring  []keptBytes
	hand  int
}

// kept is something that can be unpacked again.
type kept interface {
	of() *Index
	again() bool // whether it was asked for since again was called last
	forget()
}

type keptBytes struct {
	kept
	bytes int64
}

// add notes that so many bytes are kept now, and lets others go.
func (h *held) add(k kept, bytes int64) {
	if h == nil || bytes == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for steps := 2 * len(h.ring); steps > 0 && len(h.ring) > 0 && h.bytes+bytes > h.most; steps-- {
		h.hand %= len(h.ring)
		if h.ring[h.hand].again() {
			h.hand++
		} else {
			h.drop(h.hand)
		}
	}
	h.ring = append(h.ring, keptBytes{k, bytes})
	h.bytes += bytes
}

// remove lets go of what a closed segment keeps.
func (h *held) remove(ix *Index) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.ring) - 1; i >= 0; i-- {
		if h.ring[i].of() == ix {
			h.drop(i)
		}
	}
}

// drop lets go of what is at i of the ring. mu is held.
func (h *held) drop(i int) {
	h.ring[i].forget()
	h.bytes -= h.ring[i].bytes
	last := len(h.ring) - 1
	h.ring[i], h.ring[last] = h.ring[last], keptBytes{}
	h.ring = h.ring[:last]
}

// keptDict is the dictionary of a column.
type keptDict struct{ c *column }

func (k keptDict) of() *Index  { return k.c.ix }
func (k keptDict) again() bool { return k.c.asked.Swap(false) }

// forget lets go of the blocks too that point at the dictionary.
func (k keptDict) forget() {
	k.c.dict.Store(nil)
	for i := range k.c.blocks {
		k.c.blocks[i].Store(nil)
	}
}

// keptInts is a block of integers.
type keptInts struct {
	c     *column
	b     int
	blk   *codec.Block
	asked atomic.Bool
}

func (k *keptInts) of() *Index  { return k.c.ix }
func (k *keptInts) again() bool { return k.asked.Swap(false) }
func (k *keptInts) forget()     { k.c.ints[k.b].CompareAndSwap(k, nil) }

// ask sets a flag that many readers share the memory of: it is written seldom.
func ask(flag *atomic.Bool) {
	if !flag.Load() {
		flag.Store(true)
	}
}

// keeper is what an engine's segments keep together.
type keeper struct{ texts, ints *held }

// keptIntsMost bounds the integers of an engine that are kept, in bytes: those
// of one TSBS query over 4,000 hosts are 9 MB, and 28 ms to unpack.
const keptIntsMost = 64 << 20

func newKeeper(text int64) keeper {
	return keeper{&held{most: text}, &held{most: min(keptIntsMost, max(1, text/4))}}
}

func (k keeper) remove(ix *Index) {
	k.texts.remove(ix)
	k.ints.remove(ix)
}
