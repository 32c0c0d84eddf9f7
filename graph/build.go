package graph

import (
	"context"
	"encoding/binary"
	"io"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// builder writes the index of one segment.
type builder struct {
	def engines.IndexDef
	src engines.Columns
}

// Build writes the section.
func (b *builder) Build(ctx context.Context, w io.Writer) error {
	n := b.src.Rows()
	if n > rows.MaxRows {
		return fault.Errorf("graph: build", fault.TooLarge, "%d rows in a segment, want at most %d", n, rows.MaxRows)
	}
	var cols []*numbered
	for _, f := range b.def.Fields {
		c, err := b.number(ctx, f)
		if err != nil {
			return fault.E("graph: build", fault.Item(f.Name), err)
		}
		cols = append(cols, c)
	}
	var out []byte
	if len(cols) == 2 {
		out = edgeSection(n, cols[0], cols[1])
	} else {
		out = vertexSection(n, cols[0])
	}
	if _, err := w.Write(out); err != nil {
		return fault.E("graph: write", fault.IO, err)
	}
	return nil
}

// numbered is a column as its distinct keys and each row's key.
type numbered struct {
	*dict
	nums []uint32 // by row; engines.NoNode for NULL
}

// number reads a column.
func (b *builder) number(ctx context.Context, f record.Field) (*numbered, error) {
	dir, err := engines.NewNodes(f.Type)
	if err != nil {
		return nil, err
	}
	nums := make([]uint32, 0, b.src.Rows())
	if col := b.src.Column(f.ID); col == nil {
		nums, err = constant(dir, f, b.src.Rows(), nums)
	} else {
		nums, err = read(ctx, dir, col, b.src.Rows(), nums)
	}
	if err != nil {
		return nil, err
	}
	keys := record.NewColumn(f.Type, dir.Len())
	all := make([]uint32, dir.Len())
	for i := range all {
		all[i] = uint32(i)
	}
	dir.Keys(keys, all)
	d, place := sortedDict(keys)
	for i, k := range nums {
		if k != engines.NoNode {
			nums[i] = place[k]
		}
	}
	return &numbered{d, nums}, nil
}

// constant numbers n rows that have the field's default.
func constant(dir *engines.Nodes, f record.Field, n int, nums []uint32) ([]uint32, error) {
	one := record.NewColumn(f.Type, 1)
	one.Append(f.Default)
	num, err := dir.Add(one, nil)
	for range n {
		nums = append(nums, num[0])
	}
	return nums, err
}

func read(ctx context.Context, dir *engines.Nodes, col engines.ColumnReader, n int, nums []uint32) ([]uint32, error) {
	codes := codeNumbers{dir: dir}
	for i := range (n + codec.BlockRows - 1) / codec.BlockRows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		blk, err := col.Block(i)
		if err != nil {
			return nil, err
		}
		if want := min(n-i*codec.BlockRows, codec.BlockRows); blk.N != want {
			return nil, fault.Errorf("graph: build", fault.Internal, "block %d has %d rows, want %d", i, blk.N, want)
		}
		if blk.Dict != nil {
			nums, err = codes.append(nums, blk)
		} else {
			nums, err = dir.Add(blk.Column(), nums)
		}
		if err != nil {
			return nil, err
		}
	}
	return nums, nil
}

// codeNumbers numbers the rows of a column that has a dictionary: a string is
// looked at once for each dictionary, not once for each row.
type codeNumbers struct {
	dir    *engines.Nodes
	of     *codec.Dict
	byCode []uint32
	codes  []int64
}

func (c *codeNumbers) append(nums []uint32, b *codec.Block) ([]uint32, error) {
	if c.of != b.Dict {
		c.of = b.Dict
		all := &record.Column{Type: b.Type, N: c.of.Len(), Strs: c.of.Strs}
		var err error
		if c.byCode, err = c.dir.Add(all, c.byCode[:0]); err != nil {
			return nil, err
		}
		c.codes = make([]int64, codec.BlockRows)
	}
	b.Ints.Decode(c.codes[:b.N])
	for i, code := range c.codes[:b.N] {
		switch {
		case b.IsNull(i):
			nums = append(nums, engines.NoNode)
		case code < 0 || int(code) >= len(c.byCode):
			return nil, fault.Errorf("graph: build", fault.Corrupt, "code %d of %d", code, len(c.byCode))
		default:
			nums = append(nums, c.byCode[code])
		}
	}
	return nums, nil
}

// bucket sorts rows by key, of which there are k, and returns where each key's
// begin. Rows of one key keep their order.
func bucket(of, key []uint32, k int) (sorted, offsets []uint32) {
	at := make([]uint32, k+1)
	for _, r := range of {
		at[key[r]+1]++
	}
	for i := range k {
		at[i+1] += at[i]
	}
	offsets = append([]uint32(nil), at...)
	sorted = make([]uint32, len(of))
	for _, r := range of {
		sorted[at[key[r]]] = r
		at[key[r]]++
	}
	return sorted, offsets
}

// most returns the length of the longest list.
func most(offsets []uint32) (n int) {
	for i := 1; i < len(offsets); i++ {
		n = max(n, int(offsets[i]-offsets[i-1]))
	}
	return n
}

func edgeSection(n int, src, dst *numbered) []byte {
	var linked, from, to []uint32 // edges, and rows that have one end only
	for r := range uint32(n) {
		switch s, t := src.nums[r] != engines.NoNode, dst.nums[r] != engines.NoNode; {
		case s && t:
			linked = append(linked, r)
		case s:
			from = append(from, r)
		case t:
			to = append(to, r)
		}
	}
	byTarget, _ := bucket(linked, dst.nums, dst.n)
	out, outAt := bucket(byTarget, src.nums, src.n)
	in, inAt := bucket(out, dst.nums, dst.n)
	from, _ = bucket(from, src.nums, src.n)
	to, _ = bucket(to, dst.nums, dst.n)

	w := newWriter(frame.HeadBytes + 16*n + 4*(src.n+dst.n) + 12*64)
	w.side(src, outAt, out, dst.nums)
	w.side(dst, inAt, in, src.nums)
	var halves []uint32
	for _, r := range from {
		halves = append(halves, src.nums[r], r)
	}
	for _, r := range to {
		halves = append(halves, dst.nums[r], r)
	}
	w.words(halves)

	foot := binary.AppendUvarint([]byte{1}, uint64(n))
	foot = binary.AppendUvarint(foot, uint64(len(linked)))
	foot = appendColumn(foot, src, most(outAt), len(from))
	return w.finish(appendColumn(foot, dst, most(inAt), len(to)))
}

// side writes the parts of one end: edges stand in the order of rows.
func (w *writer) side(near *numbered, offsets, order, far []uint32) {
	keys, text := near.bytes()
	w.part(keys)
	w.part(text)
	w.words(offsets)
	ends := make([]uint32, len(order))
	for i, r := range order {
		ends[i] = far[r]
	}
	w.words(ends)
	w.words(unlessIdentity(order))
}

// unlessIdentity returns order, or nothing if every place is its row.
func unlessIdentity(order []uint32) []uint32 {
	for i, r := range order {
		if uint32(i) != r {
			return order
		}
	}
	return nil
}

func appendColumn(foot []byte, c *numbered, most, halves int) []byte {
	str := byte(0)
	if c.str {
		str = 1
	}
	foot = append(foot, str)
	for _, v := range []int{c.n, most, halves} {
		foot = binary.AppendUvarint(foot, uint64(v))
	}
	return foot
}

func vertexSection(n int, keys *numbered) []byte {
	var some []uint32
	for r := range uint32(n) {
		if keys.nums[r] != engines.NoNode {
			some = append(some, r)
		}
	}
	order, offsets := bucket(some, keys.nums, keys.n)
	longest := most(offsets)
	if keys.n == len(some) {
		offsets = nil
	}
	w := newWriter(frame.HeadBytes + 20*n + 6*64)
	k, text := keys.bytes()
	w.part(k)
	w.part(text)
	w.words(offsets)
	w.words(keys.nums)
	w.words(unlessIdentity(order))
	foot := binary.AppendUvarint([]byte{0}, uint64(n))
	foot = binary.AppendUvarint(foot, uint64(len(some)))
	return w.finish(appendColumn(foot, keys, longest, 0))
}
