package node

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// Seen is what a statement has read so far. It may be used by any number of
// goroutines; a nil Seen takes no notes.
type Seen struct {
	from Token // what the reader had seen before; not changed

	mu     sync.Mutex
	shards []seenShard // asked, ascending by id
}

type seenShard struct {
	id       uint32
	answered bool
	index    uint64 // the view's that answered
}

func newSeen(from Token) *Seen { return &Seen{from: from} }

// Token returns the least that a later read must see, to see as much.
func (s *Seen) Token() Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := Token{}
	maps.Copy(t, s.from)
	for _, sh := range s.shards {
		if sh.answered {
			t.Add(sh.id, sh.index)
		}
	}
	return t
}

// String is the token as text.
func (s *Seen) String() string {
	if len(s.from) > 0 {
		return s.Token().String()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var b []byte
	for _, sh := range s.shards {
		if sh.answered {
			b = appendSeen(b, sh.id, sh.index)
		}
	}
	return string(b)
}

// Harvest returns how many shards answered, of how many that were asked.
func (s *Seen) Harvest() (answered, asked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sh := range s.shards {
		if sh.answered {
			answered++
		}
	}
	return answered, len(s.shards)
}

func (s *Seen) ask(shards []uint32) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shards = slices.Grow(s.shards, len(shards))
	for _, id := range shards {
		s.shard(id)
	}
}

func (s *Seen) answered(shard uint32, index uint64) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shard(shard)
	sh.answered, sh.index = true, max(sh.index, index)
}

// shard finds the entry of a shard, or makes it. mu is held.
func (s *Seen) shard(id uint32) *seenShard {
	at, have := slices.BinarySearchFunc(s.shards, id, func(sh seenShard, id uint32) int { return cmp.Compare(sh.id, id) })
	if !have {
		s.shards = slices.Insert(s.shards, at, seenShard{id: id})
	}
	return &s.shards[at]
}
