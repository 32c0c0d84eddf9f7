package cluster

import (
	"slices"
	"sort"
)

// markEvery is how many bytes of log lie between two marks.
const markEvery = 64 << 10

// logSizes knows how many bytes of log lie after an index, to about markEvery.
// Marks rise in index and in bytes; a mark says how many bytes were appended
// up to and including its index since the counting began.
type logSizes struct {
	last  sizeMark
	marks []sizeMark
}

type sizeMark struct {
	index uint64
	bytes int64
}

// start begins with a log whose first entry is first.
func (s *logSizes) start(first uint64) {
	s.last = sizeMark{index: first - 1}
	s.marks = append(s.marks[:0], s.last)
}

// add counts an entry; indexes rise.
func (s *logSizes) add(index uint64, bytes int) {
	s.last = sizeMark{index: index, bytes: s.last.bytes + int64(bytes)}
	if n := len(s.marks); n == 0 || s.last.bytes-s.marks[n-1].bytes >= markEvery {
		s.marks = append(s.marks, s.last)
	}
}

// after estimates the bytes of the entries above index; it never says less
// than there are, and at most markEvery and one entry more, once for itself
// and once for every cut.
func (s *logSizes) after(index uint64) int64 {
	if index >= s.last.index {
		return 0
	}
	return s.last.bytes - s.upTo(index)
}

func (s *logSizes) upTo(index uint64) int64 {
	i := sort.Search(len(s.marks), func(i int) bool { return s.marks[i].index > index })
	if i == 0 {
		return 0
	}
	return s.marks[i-1].bytes
}

// within returns the lowest index that has at most the given bytes after it.
func (s *logSizes) within(bytes int64) uint64 {
	i := sort.Search(len(s.marks), func(i int) bool { return s.last.bytes-s.marks[i].bytes <= bytes })
	if i == len(s.marks) {
		return s.last.index
	}
	return s.marks[i].index
}

// dropTo forgets what lies at or below index, but for the mark that says how much it was.
func (s *logSizes) dropTo(index uint64) {
	i := sort.Search(len(s.marks), func(i int) bool { return s.marks[i].index > index })
	if i > 0 {
		base := sizeMark{index: index, bytes: s.marks[i-1].bytes}
		s.marks = slices.Insert(slices.Delete(s.marks, 0, i), 0, base)
	}
}

// cutFrom forgets the entries from index on: a follower's log was overruled.
// The bytes up to index are taken to be those up to the next mark.
func (s *logSizes) cutFrom(index uint64) {
	i := sort.Search(len(s.marks), func(i int) bool { return s.marks[i].index >= index })
	s.last.index = index - 1
	if i < len(s.marks) {
		s.last.bytes = s.marks[i].bytes
		s.marks = s.marks[:i]
	}
}
