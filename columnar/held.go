package columnar

import (
	"slices"
	"sync"

	"github.com/quindex/quindex/codec"
)

// held bounds the text of dictionaries that had to be unpacked and are kept, in
// all segments of an engine together. Those that were not asked for since the
// last time round go first (second chance: Corbató, A Paging Experiment with
// the Multics System, 1968); whoever uses one keeps it. A nil held keeps all.
type held struct {
	most int64

	mu    sync.Mutex
	bytes int64
	ring  []*column // whose dictionaries are kept
	hand  int
}

// add notes that c keeps a dictionary now, and lets others go.
func (h *held) add(c *column, d *codec.Dict) {
	if h == nil || d.Unpacked() == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for steps := 2 * len(h.ring); steps > 0 && len(h.ring) > 0 && h.bytes+d.Unpacked() > h.most; steps-- {
		h.hand %= len(h.ring)
		if at := h.ring[h.hand]; at.asked.Swap(false) {
			h.hand++
		} else {
			h.drop(h.hand)
		}
	}
	h.ring = append(h.ring, c)
	h.bytes += d.Unpacked()
}

// remove lets go of what the columns of a closed segment keep.
func (h *held) remove(columns []*column) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range columns {
		if c.dict.Load() == nil {
			continue
		}
		if i := slices.Index(h.ring, c); i >= 0 {
			h.drop(i)
		}
	}
}

// drop lets the column at i of the ring forget. mu is held.
func (h *held) drop(i int) {
	c := h.ring[i]
	h.bytes -= c.forget()
	last := len(h.ring) - 1
	h.ring[i], h.ring[last] = h.ring[last], nil
	h.ring = h.ring[:last]
}
