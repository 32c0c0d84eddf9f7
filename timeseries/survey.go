package timeseries

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// survey goes over the rows of a segment once, in their order, and notes the
// series they form. It stops where a row is out of order.
type survey struct {
	names   []names
	time    feed
	ordered bool
	series  []series
	fences  []int64
	last    int64 // the time of the row before, where timed
	timed   bool
}

// series is one series: times from first to last, where rows > nulls.
type series struct {
	rows, nulls int
	first, last int64
	stride      uint64 // between any two times, if even
	even        bool
	fences      int // how many of survey.fences
}

func newSurvey(def engines.IndexDef, src engines.Columns) (*survey, error) {
	s := &survey{ordered: true, time: newFeed(def.Fields[0], src)}
	for _, f := range def.Fields[1:] {
		s.names = append(s.names, names{feed: newFeed(f, src)})
	}
	return s, nil
}

// block goes over the n rows of block b.
func (s *survey) block(b, n int) error {
	for i := range s.names {
		if err := s.names[i].load(b, n); err != nil {
			return err
		}
	}
	if err := s.time.load(b, n); err != nil {
		return err
	}
	for i := range n {
		switch s.compare(i) {
		case 1:
			s.ordered = false
			return nil
		case -1:
			if err := s.begin(i); err != nil {
				return err
			}
		}
		if s.row(i); !s.ordered {
			return nil
		}
	}
	for i := range s.names {
		s.names[i].hold(n - 1)
	}
	return nil
}

// compare says how the series of the row before row i is to row i's: 0 equal,
// -1 below, 1 above. Before the first row is below.
func (s *survey) compare(i int) int {
	if len(s.series) == 0 {
		return -1
	}
	for j := range s.names {
		if c := s.names[j].compare(i); c != 0 {
			return c
		}
	}
	return 0
}

// begin opens a series with row i.
func (s *survey) begin(i int) error {
	s.end()
	s.series = append(s.series, series{even: true})
	s.timed = false
	for j := range s.names {
		if err := s.names[j].take(i); err != nil {
			return err
		}
	}
	return nil
}

// row adds row i to the open series.
func (s *survey) row(i int) {
	now := &s.series[len(s.series)-1]
	t, ok := s.time.int(i)
	if !ok {
		now.rows, now.nulls = now.rows+1, now.nulls+1
		return
	}
	if now.nulls > 0 || s.timed && t < s.last {
		s.ordered = false
		return
	}
	step := uint64(t) - uint64(s.last)
	switch {
	case !s.timed:
		now.first, s.timed = t, true
	case now.rows == 1:
		now.stride, now.even = step, step != math.MaxUint64 // no room for 1 + stride
	case step != now.stride:
		now.even = false
	}
	if now.rows > 0 && now.rows%fenceRows == 0 {
		s.fences = append(s.fences, t)
		now.fences++
	}
	s.last = t
	now.last = t
	now.rows++
}

// end closes the open series: one of even times needs no fences.
func (s *survey) end() {
	if len(s.series) == 0 {
		return
	}
	if now := &s.series[len(s.series)-1]; now.even {
		s.fences = s.fences[:len(s.fences)-now.fences]
		now.fences = 0
	}
}

// bounds returns the least and the greatest time; ok is false if there is none.
func (s *survey) bounds() (lo, hi int64, ok bool) {
	for _, one := range s.series {
		if one.rows == one.nulls {
			continue
		}
		if !ok {
			lo, hi, ok = one.first, one.last, true
		}
		lo, hi = min(lo, one.first), max(hi, one.last)
	}
	return lo, hi, ok
}

// unit returns the largest unit in which all noted times are whole numbers.
func (s *survey) unit(origin int64) uint64 {
	unit := uint64(0)
	note := func(v uint64) {
		if unit != 1 && v != 0 {
			unit = gcd(unit, v)
		}
	}
	for _, one := range s.series {
		if one.rows == one.nulls {
			continue
		}
		note(uint64(one.first) - uint64(origin))
		note(uint64(one.last) - uint64(one.first))
		if one.even {
			note(one.stride)
		}
	}
	for _, t := range s.fences {
		note(uint64(t) - uint64(origin))
	}
	return max(1, unit)
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// lists returns the numbers of the directory's lists.
func (s *survey) lists(origin int64, unit uint64) [lists][]int64 {
	var out [lists][]int64
	in := func(v uint64) int64 { return int64(v / unit) }
	for _, one := range s.series {
		out[lengths] = append(out[lengths], int64(one.rows))
		out[nulls] = append(out[nulls], int64(one.nulls))
		if one.rows == one.nulls {
			one.first, one.last = origin, origin
		}
		out[firsts] = append(out[firsts], in(uint64(one.first)-uint64(origin)))
		out[spans] = append(out[spans], in(uint64(one.last)-uint64(one.first)))
		stride := int64(0)
		if one.even {
			stride = 1 + in(one.stride)
		}
		out[strides] = append(out[strides], stride)
	}
	for _, t := range s.fences {
		out[fences] = append(out[fences], in(uint64(t)-uint64(origin)))
	}
	return out
}

// feed reads one column, block by block.
type feed struct {
	field record.Field
	col   engines.ColumnReader // nil: all rows have the default
	blk   *codec.Block
	ints  []int64
	heldS string // the row before the block
	heldI int64
	heldV bool
}

func newFeed(f record.Field, src engines.Columns) feed {
	return feed{field: f, col: src.Column(f.ID)}
}

func (f *feed) text() bool { return isText(f.field.Type) }

func (f *feed) load(b, n int) error {
	if f.col == nil {
		return nil
	}
	blk, err := f.col.Block(b)
	if err != nil {
		return err
	}
	if blk.N != n {
		return fault.Errorf("timeseries: build", fault.Internal, "block %d has %d rows, want %d", b, blk.N, n)
	}
	f.blk = blk
	if !f.text() {
		f.ints = slices.Grow(f.ints[:0], n)[:n]
		blk.Ints.Decode(f.ints)
	}
	return nil
}

// int returns the integer of row i, and false if it is NULL.
func (f *feed) int(i int) (int64, bool) {
	if f.col == nil {
		return f.field.Default.I, f.field.Default.Valid
	}
	return f.ints[i], !f.blk.IsNull(i)
}

// str returns the string of row i, and false if it is NULL. It shares the
// block's memory.
func (f *feed) str(i int) (string, bool) {
	switch {
	case f.col == nil:
		return f.field.Default.S, f.field.Default.Valid
	case f.blk.IsNull(i):
		return "", false
	}
	return f.blk.StringAt(i), true
}

// hold keeps row i, the last of the block.
func (f *feed) hold(i int) {
	if f.text() {
		s, ok := f.str(i)
		f.heldS, f.heldV = strings.Clone(s), ok
	} else {
		f.heldI, f.heldV = f.int(i)
	}
}

// compare orders the row before row i and row i, NULL last.
func (f *feed) compare(i int) int {
	if f.col == nil {
		return 0
	}
	if f.text() {
		a, av := f.heldS, f.heldV
		if i > 0 {
			a, av = f.str(i - 1)
		}
		b, bv := f.str(i)
		if av && bv {
			return strings.Compare(a, b)
		}
		return nullsLast(av, bv)
	}
	a, av := f.heldI, f.heldV
	if i > 0 {
		a, av = f.int(i - 1)
	}
	b, bv := f.int(i)
	if av && bv {
		return cmp.Compare(a, b)
	}
	return nullsLast(av, bv)
}

// nullsLast orders two values of which at least one is NULL.
func nullsLast(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// names is a series column: its value for every series.
type names struct {
	feed
	interner codec.Interner
	values   []int64 // of each series; text: interned; meaningless where NULL
	null     []bool
}

// take notes the value of row i as the next series'.
func (c *names) take(i int) error {
	if !c.text() {
		v, ok := c.int(i)
		c.values, c.null = append(c.values, v), append(c.null, !ok)
		return nil
	}
	s, ok := c.str(i)
	v := int64(0)
	if ok {
		v = int64(c.interner.Code(s))
	}
	if n := c.interner.TextBytes(); n > math.MaxUint32-1<<20 {
		return fault.Errorf("timeseries: build", fault.TooLarge, "%d bytes of names of series, want less than 4 GiB", n)
	}
	c.values, c.null = append(c.values, v), append(c.null, !ok)
	return nil
}

// textCodes returns the distinct values and, for each series, its place among
// them, or their number for NULL.
func (c *names) textCodes() (*codec.Dict, []int64) {
	d, moved := c.interner.Dict()
	codes := make([]int64, len(c.values))
	for i, v := range c.values {
		codes[i] = int64(d.Len())
		if !c.null[i] {
			codes[i] = int64(moved[v])
		}
	}
	return d, codes
}

// intCodes is textCodes for integers.
func (c *names) intCodes() (values, codes []int64) {
	for i, v := range c.values {
		if !c.null[i] {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	codes = make([]int64, len(c.values))
	for i, v := range c.values {
		codes[i] = int64(len(values))
		if !c.null[i] {
			at, _ := slices.BinarySearch(values, v)
			codes[i] = int64(at)
		}
	}
	return values, codes
}
