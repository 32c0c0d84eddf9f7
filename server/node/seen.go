package node

import (
	"maps"
	"sync"
)

// Seen is what a statement has read so far. It may be used by any number of
// goroutines; a nil Seen takes no notes.
type Seen struct {
	mu     sync.Mutex
	token  Token
	shards map[uint32]bool // asked; true once it answered
}

func newSeen(from Token) *Seen {
	s := &Seen{token: Token{}, shards: map[uint32]bool{}}
	maps.Copy(s.token, from)
	return s
}

// Token returns the least that a later read must see, to see as much.
func (s *Seen) Token() Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.token)
}

// Harvest returns how many shards answered, of how many that were asked.
func (s *Seen) Harvest() (answered, asked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ok := range s.shards {
		if asked++; ok {
			answered++
		}
	}
	return answered, asked
}

func (s *Seen) ask(shards []uint32) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range shards {
		if _, asked := s.shards[id]; !asked {
			s.shards[id] = false
		}
	}
}

func (s *Seen) answered(shard uint32, index uint64) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shards[shard] = true
	s.token.Add(shard, index)
}
