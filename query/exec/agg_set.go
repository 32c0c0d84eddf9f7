package exec

import (
	"math/bits"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// planSet plans a DISTINCT aggregate, or approx_count_distinct.
func (s *aggSpec) planSet(out aggOut, base accSpec) (aggOut, error) {
	if len(base.args) != 1 {
		return out, fault.Errorf("exec: aggregate", fault.Unsupported, "%s(DISTINCT) over %d arguments", out.Func, len(base.args))
	}
	at := base.args[0]
	t := s.args[at].expr.Type()
	if s.node.Mode == plan.Final {
		base.states = true
		t = s.argType(out.Agg)
	}
	if out.Func == "approx_count_distinct" && !out.Distinct {
		base.kind, base.make = "sketch", func() accumulator { return &sketch{} }
		out.acc = s.accumulator(base)
		return out, nil
	}
	base.kind = "set"
	base.make = func() accumulator {
		if t.Storage() == record.Ints {
			return &intSet{typ: t, room: s.args[at].room}
		}
		return &bytesSet{typ: t, table: newBytesTable([]record.Type{t})}
	}
	out.acc = s.accumulator(base)
	return out, nil
}

// bytesSet keeps the distinct values of every group as keys: the number of the
// group in four bytes, then the value as in a groupTable's key.
type bytesSet struct {
	typ    record.Type
	groups int
	table  *bytesTable
	key    []byte

	byGroup groupIndex // of a set that is joined to others
}

func (a *bytesSet) grow(n int)   { a.groups = max(a.groups, n) }
func (a *bytesSet) bytes() int64 { return a.table.bytes() }

func (a *bytesSet) add(gids []uint32, n int, args []*record.Column) {
	c := args[0]
	for i := range n {
		if !c.IsNull(i) {
			a.key = appendKey(appendGroup(a.key[:0], group(gids, i)), c, i)
			a.put()
		}
	}
}

// put inserts a.key; its hash is over all of it, whatever the type.
func (a *bytesSet) put() { a.table.insertHash(a.key, hashKey(a.key, false)) }

func appendGroup(dst []byte, g uint32) []byte {
	return append(dst, byte(g), byte(g>>8), byte(g>>16), byte(g>>24))
}

// entry is group and value, encoded, of entry n.
func (a *bytesSet) entry(n int) (uint32, []byte) {
	k := a.table.key(uint32(n))
	return uint32(k[0]) | uint32(k[1])<<8 | uint32(k[2])<<16 | uint32(k[3])<<24, k[4:]
}

func (a *bytesSet) join(other accumulator, from, to []uint32) {
	o := other.(*bytesSet)
	o.byGroup.build(o.groups, o.table.len(), func(i int) int {
		g, _ := o.entry(i)
		return int(g)
	})
	for i, f := range from {
		for _, n := range o.byGroup.of(f) {
			_, value := o.entry(int(n))
			a.key = append(appendGroup(a.key[:0], to[i]), value...)
			a.put()
		}
	}
}

// targets is to[i]+1 by from[i], and 0 for groups that are not in from.
func targets(groups int, from, to []uint32) []uint32 {
	where := make([]uint32, groups)
	for i, f := range from {
		where[f] = to[i] + 1
	}
	return where
}

// each calls f for vectors of values and their groups.
func (a *bytesSet) each(f func(gids []uint32, c *record.Column)) {
	for lo := 0; lo < a.table.len(); lo += vectorRows {
		c := record.NewColumn(a.typ, vectorRows)
		var gids []uint32
		for n := lo; n < min(a.table.len(), lo+vectorRows); n++ {
			g, value := a.entry(n)
			gids = append(gids, g)
			readKey(c, value)
		}
		f(gids, c)
	}
}

func (a *bytesSet) finish(agg *plan.Agg, lo, hi int) (*record.Column, error) {
	return finishSet(agg, a.typ, a.groups, lo, hi, a.each)
}

func (a *bytesSet) states(_ *plan.Agg, lo, hi int, dst []*record.Column) ([]*record.Column, error) {
	return append(dst, setStates(lo, hi, a.each)), nil
}

func (a *bytesSet) addStates(gids []uint32, n int, states []*record.Column) error {
	return eachState(a.typ, gids, n, states[0], func(g []uint32, c *record.Column) {
		a.add(g, c.N, []*record.Column{c})
	})
}

// finishSet computes a DISTINCT aggregate from the values that each yields.
func finishSet(agg *plan.Agg, t record.Type, groups, lo, hi int, each func(func([]uint32, *record.Column))) (*record.Column, error) {
	rows := &rowCount{}
	st := &aggState{spec: &aggSpec{}, accs: []accumulator{rows}}
	o := &aggOut{Agg: agg, acc: -1, rows: 0, nulls: -1}
	var value accumulator
	if agg.Func != "count" {
		make, _ := valueAccumulator(agg.Func, t)
		if make == nil {
			return nil, fault.Errorf("exec: aggregate", fault.Unsupported, "%s(DISTINCT %s)", agg.Func, t)
		}
		value, o.acc = make(), 1
		st.accs = append(st.accs, value)
		st.spec.args = []input{{expr: plan.Const{Value: record.NullOf(t)}}}
		value.grow(groups)
	}
	rows.grow(groups)
	each(func(gids []uint32, c *record.Column) {
		rows.add(gids, c.N, nil)
		if value != nil {
			value.add(gids, c.N, []*record.Column{c})
		}
	})
	return st.result(o, lo, hi)
}

// setStates is one string of encoded values for each of groups [lo, hi).
func setStates(lo, hi int, each func(func([]uint32, *record.Column))) *record.Column {
	lists := make([][]byte, hi-lo)
	each(func(gids []uint32, c *record.Column) {
		for i, g := range gids {
			if int(g) >= lo && int(g) < hi {
				lists[int(g)-lo] = appendKey(lists[int(g)-lo], c, i)
			}
		}
	})
	c := record.NewColumn(record.T(record.Bytes), hi-lo)
	for _, l := range lists {
		c.Append(record.Value{Type: c.Type, Valid: true, S: string(l)})
	}
	return c
}

// eachState decodes what setStates wrote, a group's values at a time.
func eachState(t record.Type, gids []uint32, n int, states *record.Column, f func([]uint32, *record.Column)) error {
	for i := range n {
		if states.IsNull(i) {
			continue
		}
		c := record.NewColumn(t, 0)
		var g []uint32
		for left := states.Strs.Bytes(i); len(left) > 0; {
			var err error
			if left, err = readKeyChecked(c, left); err != nil {
				return err
			}
			g = append(g, group(gids, i))
		}
		f(g, c)
	}
	return nil
}

// intSet keeps distinct integers: a bitset a group where their range is known
// and small, else pairs of group and value in one open table.
type intSet struct {
	typ    record.Type
	room   *bitRoom // nil: no bitsets
	groups int
	bits   [][]uint64 // by group; nil: none yet
	pairs  pairTable
	held   int64

	byGroup groupIndex // of the pairs of a set that is joined to others
}

// bitRoom is the range that bitsets cover: values are in [base, base+n).
type bitRoom struct {
	base int64
	n    int
	most int64 // bytes of bitsets of one accumulator, from which pairs are kept instead
}

func (a *intSet) grow(n int)   { a.groups = max(a.groups, n) }
func (a *intSet) bytes() int64 { return a.held + a.pairs.bytes() }

func (a *intSet) add(gids []uint32, n int, args []*record.Column) {
	c := args[0]
	v := c.Ints[:n]
	if a.room != nil && a.makeRoom() {
		a.addBits(gids, v, c.Valid)
		return
	}
	for i, x := range v {
		if c.Valid == nil || c.Valid.Get(i) {
			a.pairs.insert(group(gids, i), x)
		}
	}
}

// makeRoom gives every group its bitset, or turns all of them into pairs.
func (a *intSet) makeRoom() bool {
	words := (a.room.n + 63) / 64
	if int64(a.groups)*int64(words)*8 > a.room.most {
		old := a.bits
		room := a.room
		a.bits, a.room, a.held = nil, nil, 0
		for g, set := range old {
			eachInt(set, room.base, func(x int64) { a.pairs.insert(uint32(g), x) })
		}
		return false
	}
	for len(a.bits) < a.groups {
		a.bits = append(a.bits, make([]uint64, words))
		a.held += int64(words * 8)
	}
	return true
}

func eachInt(set []uint64, base int64, f func(x int64)) {
	for w, m := range set {
		for ; m != 0; m &= m - 1 {
			f(base + int64(w<<6|bits.TrailingZeros64(m)))
		}
	}
}

func (a *intSet) addBits(gids []uint32, v []int64, valid record.Bitmap) {
	base := a.room.base
	switch {
	case valid != nil:
		for i, x := range v {
			if k := uint64(x - base); valid.Get(i) {
				a.bits[group(gids, i)][k>>6] |= 1 << (k & 63)
			}
		}
	case gids == nil:
		set := a.bits[0]
		for _, x := range v {
			k := uint64(x - base)
			set[k>>6] |= 1 << (k & 63)
		}
	default:
		for i, g := range gids[:len(v)] {
			k := uint64(v[i] - base)
			a.bits[g][k>>6] |= 1 << (k & 63)
		}
	}
}

func (a *intSet) join(other accumulator, from, to []uint32) {
	o := other.(*intSet)
	if a.room != nil && (o.room == nil || !a.makeRoom()) {
		a.dropBits()
	}
	for i, f := range from {
		if int(f) >= len(o.bits) {
			continue
		}
		if a.room == nil {
			eachInt(o.bits[f], o.room.base, func(x int64) { a.pairs.insert(to[i], x) })
			continue
		}
		set := a.bits[to[i]]
		for w, m := range o.bits[f] {
			set[w] |= m
		}
	}
	slots := o.pairs.slots
	o.byGroup.build(o.groups, len(slots), func(i int) int { return int(slots[i].group) - 1 })
	for i, f := range from {
		for _, n := range o.byGroup.of(f) {
			a.pairs.insert(to[i], slots[n].value)
		}
	}
}

func (a *intSet) dropBits() {
	if a.room != nil {
		room := *a.room
		room.most = -1
		a.room = &room
		a.makeRoom()
	}
}

func (a *intSet) each(f func(gids []uint32, c *record.Column)) {
	c, gids := record.NewColumn(a.typ, vectorRows), []uint32(nil)
	flush := func() {
		if c.N = len(c.Ints); c.N > 0 {
			f(gids, c)
			c, gids = record.NewColumn(a.typ, vectorRows), nil
		}
	}
	put := func(g uint32, x int64) {
		c.Ints, gids = append(c.Ints, x), append(gids, g)
		if len(gids) == vectorRows {
			flush()
		}
	}
	for g, set := range a.bits {
		eachInt(set, a.room.base, func(x int64) { put(uint32(g), x) })
	}
	for _, p := range a.pairs.slots {
		if p.group != 0 {
			put(p.group-1, p.value)
		}
	}
	flush()
}

func (a *intSet) finish(agg *plan.Agg, lo, hi int) (*record.Column, error) {
	if agg.Func != "count" {
		return finishSet(agg, a.typ, a.groups, lo, hi, a.each)
	}
	c := record.NewColumn(agg.T, hi-lo)
	c.N, c.Ints = hi-lo, make([]int64, hi-lo)
	for g, set := range a.bits {
		if g < lo || g >= hi {
			continue
		}
		for _, w := range set {
			c.Ints[g-lo] += int64(bits.OnesCount64(w))
		}
	}
	for _, p := range a.pairs.slots {
		if g := int(p.group) - 1; g >= lo && g < hi {
			c.Ints[g-lo]++
		}
	}
	return c, nil
}

func (a *intSet) states(_ *plan.Agg, lo, hi int, dst []*record.Column) ([]*record.Column, error) {
	return append(dst, setStates(lo, hi, a.each)), nil
}

func (a *intSet) addStates(gids []uint32, n int, states []*record.Column) error {
	return eachState(a.typ, gids, n, states[0], func(g []uint32, c *record.Column) {
		a.add(g, c.N, []*record.Column{c})
	})
}

// pairTable is a set of (group, value): open addressing, without order.
type pairTable struct {
	slots []pairSlot
	n     int
}

type pairSlot struct {
	value int64
	group uint32 // +1; 0: free
}

func (t *pairTable) bytes() int64 { return int64(cap(t.slots) * 16) }

func (t *pairTable) insert(g uint32, x int64) {
	if 2*t.n >= len(t.slots) {
		t.grow()
	}
	mask := uint64(len(t.slots) - 1)
	h := mix(x ^ int64(uint64(g)*0xD6E8FEB86659FD93))
	for i := h >> 20 & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.group == 0 {
			*s = pairSlot{x, g + 1}
			t.n++
			return
		}
		if s.value == x && s.group == g+1 {
			return
		}
	}
}

func (t *pairTable) grow() {
	old := t.slots
	t.slots, t.n = make([]pairSlot, max(64, 4*len(old))), 0
	for _, s := range old {
		if s.group != 0 {
			t.insert(s.group-1, s.value)
		}
	}
}
