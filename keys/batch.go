package keys

import (
	"bytes"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/rows"
)

// Looking for one key is waiting for memory: for its line of the filter, then
// for its entry, then for its row. Many keys are therefore taken through these
// steps together (group prefetching: Chen, Ailamaki, Gibbons and Mowry,
// Improving Hash Join Performance through Prefetching, ICDE 2004): a step is a
// loop without branches that depend on what it reads, so that the processor
// has the memory of several keys on its way at a time.

// groupKeys is how many keys take a step together: enough that one of eight,
// which is what the first of eight segments has, still keep the memory busy.
const groupKeys = 128

// few keys are faster found one by one than a group is made ready.
const few = 4

// group is the keys that take steps together, and how far they are.
type group struct {
	n    int
	key  [groupKeys]int32  // place in the list
	hash [groupKeys]uint64 // its 40 bits
	at   [groupKeys]int32  // block of the filter, then the entry
	m    [groupKeys]uint32 // what its bits in the filter are made of
	pass [groupKeys]uint8  // 1: goes on
	seen [groupKeys]uint64 // what was read

	found candidates
}

// FindAll finds the rows of many keys.
func (ix *index) FindAll(dst []engines.KeyRow, list *engines.KeyList, ask []int32) ([]engines.KeyRow, error) {
	switch {
	case ix.keys == 0:
		return dst, nil
	case len(ask) <= few:
		return ix.findFew(dst, list, ask)
	}
	var g group
	for len(ask) > 0 {
		n := min(len(ask), groupKeys-g.n)
		if err := ix.filter(&g, list.Hashes(), ask[:n]); err != nil {
			return dst, err
		}
		if ask = ask[n:]; len(ask) > 0 && g.n < groupKeys/2 {
			continue // more may go on with them
		}
		if err := ix.approach(&g); err != nil {
			return dst, err
		}
		var err error
		if dst, err = ix.collect(dst, &g, list); err != nil {
			return dst, err
		}
		g.n = 0
	}
	return dst, nil
}

func (ix *index) findFew(dst []engines.KeyRow, list *engines.KeyList, ask []int32) ([]engines.KeyRow, error) {
	var room [4]rows.Num
	for _, k := range ask {
		found, err := ix.Find(room[:0], list.Hashes()[k], list.Key(int(k)))
		if err != nil {
			return dst, err
		}
		for _, row := range found {
			dst = append(dst, engines.KeyRow{Key: k, Row: row})
		}
	}
	return dst, nil
}

// filter adds the keys of ask to the group that the filter lets through.
func (ix *index) filter(g *group, hashes []uint64, ask []int32) error {
	lo, hi := g.n, g.n+len(ask)
	for i, k := range ask {
		h := hashes[k] >> rowBits
		at, m := bloomPlace(h, ix.blocks)
		g.key[lo+i], g.hash[lo+i], g.at[lo+i], g.m[lo+i] = k, h, int32(at), m
	}
	if !ix.pages.Right() {
		for _, at := range g.at[lo:hi] {
			if err := ix.check(ix.atBloom+int(at)*blockBytes, blockBytes); err != nil {
				return err
			}
		}
	}
	for i, at := range g.at[lo:hi] {
		g.pass[lo+i] = uint8(twoBits(ix.bloom[4*int(at)], g.m[lo+i], 0))
	}
	// The lines are at hand now: three of four are let go at once, the others
	// are looked at in full.
	n := g.keep(lo, hi)
	for i := lo; i < n; i++ {
		words, m := (*[4]uint64)(ix.bloom[4*int(g.at[i]):]), g.m[i]
		g.pass[i] = uint8(twoBits(words[1], m, 1) & twoBits(words[2], m, 2) & twoBits(words[3], m, 3))
	}
	g.n = g.keep(lo, n)
	return nil
}

// twoBits is 1 if a key's bits in words 2*pair and 2*pair+1 of its block are
// set, which are the lower and the upper half of both; else 0.
func twoBits(both uint64, m uint32, pair int) uint64 {
	return both >> ((m * salts[2*pair]) >> 27) & (both >> 32 >> ((m * salts[2*pair+1]) >> 27)) & 1
}

// keep moves those of [lo, hi) that pass to the front and returns their end.
func (g *group) keep(lo, hi int) int {
	n := lo
	for i := lo; i < hi; i++ {
		g.key[n], g.hash[n], g.at[n], g.m[n] = g.key[i], g.hash[i], g.at[i], g.m[i]
		n += int(g.pass[i])
	}
	return n
}

// approaches is how often an entry's place is put right by how far off it was:
// of a million entries the first guess is off by some 500, then 20, then 5:
// those lie in one or two lines.
const approaches = 3

// approach leaves in at about where the hash of each key is among the entries.
func (ix *index) approach(g *group) error {
	for i, h := range g.hash[:g.n] {
		g.at[i] = int32(ix.step(h))
	}
	for range approaches {
		if err := ix.read(g); err != nil {
			return err
		}
		last := len(ix.entries) - 1
		for i, h := range g.hash[:g.n] {
			off := int64(h - g.seen[i])
			far := off >> 63 // -1 where the place is too far
			n := int64(ix.step(uint64((off ^ far) - far)))
			g.at[i] = int32(min(max(int(g.at[i])+int((n^far)-far), 0), last))
		}
	}
	return ix.read(g)
}

// read leaves in seen the hashes of the entries called at.
func (ix *index) read(g *group) error {
	if !ix.pages.Right() {
		for _, at := range g.at[:g.n] {
			if err := ix.check(ix.atEntries+8*int(at), 8); err != nil {
				return err
			}
		}
	}
	for i, at := range g.at[:g.n] {
		g.seen[i] = ix.entries[at] >> rowBits
	}
	return nil
}

// collect appends the rows whose whole keys are those of the group.
func (ix *index) collect(dst []engines.KeyRow, g *group, list *engines.KeyList) ([]engines.KeyRow, error) {
	c := &g.found
	c.n = 0
	for i, h := range g.hash[:g.n] {
		e, err := ix.near(h, int(g.at[i]))
		if err != nil {
			return dst, err
		}
		for ; e < len(ix.entries); e++ {
			v, err := ix.hash(e)
			if err != nil {
				return dst, err
			}
			if v != h {
				break
			}
			if c.n == groupKeys {
				if dst, err = ix.confirm(dst, c, list); err != nil {
					return dst, err
				}
			}
			c.add(g.key[i], e, rows.Num(ix.entries[e]&(1<<rowBits-1)))
		}
	}
	return ix.confirm(dst, c, list)
}

// nearSteps is how far from where it should be an entry is looked for one by one.
const nearSteps = 16

// near is gallop from a position that is most likely only a few entries off.
func (ix *index) near(h uint64, at int) (int, error) {
	if !ix.pages.Right() {
		return ix.gallop(h, at)
	}
	lo, hi := max(at-nearSteps, 0), min(at+nearSteps, len(ix.entries))
	for at < hi && ix.entries[at]>>rowBits < h {
		at++
	}
	for at > lo && ix.entries[at-1]>>rowBits >= h {
		at--
	}
	if at == hi && hi < len(ix.entries) || at == lo && lo > 0 {
		return ix.gallop(h, min(at, len(ix.entries)-1))
	}
	return at, nil
}

// candidates are rows whose hashes are those of keys.
type candidates struct {
	n     int
	key   [groupKeys]int32
	entry [groupKeys]int32
	row   [groupKeys]rows.Num
	have  [groupKeys]int64 // what their rows have in one column of the key
	ok    [groupKeys]bool
}

func (c *candidates) add(key int32, entry int, row rows.Num) {
	c.key[c.n], c.entry[c.n], c.row[c.n], c.ok[c.n] = key, int32(entry), row, true
	c.n++
}

// confirm appends those candidates that have the whole key, and forgets all.
func (ix *index) confirm(dst []engines.KeyRow, c *candidates, list *engines.KeyList) ([]engines.KeyRow, error) {
	var err error
	if ix.own {
		err = ix.compareBytes(c, list)
	} else {
		err = ix.compareNumbers(c, list)
	}
	if err != nil {
		return dst, err
	}
	for i, ok := range c.ok[:c.n] {
		if ok {
			dst = append(dst, engines.KeyRow{Key: c.key[i], Row: c.row[i]})
		}
	}
	c.n = 0
	return dst, nil
}

// compareBytes compares candidates with the bytes of keys in the section.
func (ix *index) compareBytes(c *candidates, list *engines.KeyList) error {
	var from, to [groupKeys]int
	for i, e := range c.entry[:c.n] {
		var err error
		if from[i], to[i], err = ix.span(int(e)); err != nil {
			return err
		}
	}
	for i, k := range c.key[:c.n] {
		c.ok[i] = bytes.Equal(ix.b[from[i]:to[i]], list.Key(int(k)))
	}
	return nil
}

// compareNumbers compares candidates with the columns of the key.
func (ix *index) compareNumbers(c *candidates, list *engines.KeyList) error {
	for col := range ix.columns {
		for i, row := range c.row[:c.n] {
			v, ok, err := ix.number(col, row)
			if err != nil {
				return err
			}
			c.have[i], c.ok[i] = v, c.ok[i] && ok
		}
		for i, k := range c.key[:c.n] {
			key := list.Key(int(k))
			c.ok[i] = c.ok[i] && len(key) == len(ix.columns)*numberBytes && isNumber(key[col*numberBytes:], c.have[i])
		}
	}
	return nil
}
