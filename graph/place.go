package graph

import (
	"context"
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// Numbers returns the number of every row's key, NoNode for NULL. It is made
// once for each Nodes and shared.
func (ix *Vertices) Numbers(n *engines.Nodes) ([]uint32, error) {
	tr, err := ix.translation(n)
	if err != nil {
		return nil, err
	}
	return keep(&ix.numbers, keptRows, n, func() ([]uint32, int64, error) {
		nums := make([]uint32, len(ix.byRow))
		for r, k := range ix.byRow {
			if k == engines.NoNode {
				nums[r] = engines.NoNode
			} else {
				nums[r] = tr.nums[k]
			}
		}
		return nums, 4 * int64(len(nums)), nil
	})
}

// Live returns the numbers of the keys of the rows within. That of all rows is
// made once for each Nodes.
func (ix *Vertices) Live(n *engines.Nodes, within rows.Set) (engines.Bits, error) {
	nums, err := ix.Numbers(n)
	if err != nil {
		return nil, err
	}
	all, err := keep(&ix.numbers, keptSet, n, func() (engines.Bits, int64, error) {
		set := setOfNumbers(nums, rows.All(len(nums)))
		return set, 8 * int64(len(set)), nil
	})
	dead := len(nums) - within.Len()
	switch {
	case err != nil || dead == 0:
		return all, err
	case ix.offsets != nil || dead > len(nums)/2: // a key may have a dead row and a live one
		return setOfNumbers(nums, within), nil
	}
	out := slices.Clone(all)
	for r := range rows.All(len(nums)).AndNot(within).Each() {
		if nums[r] != engines.NoNode {
			out.Clear(nums[r])
		}
	}
	return out, nil
}

// setOfNumbers is the numbers of rows, without NoNode.
func setOfNumbers(nums []uint32, of rows.Set) engines.Bits {
	top := 0
	for r := range of.Each() {
		if num := nums[r]; num != engines.NoNode {
			top = max(top, int(num)+1)
		}
	}
	set := engines.NewBits(top)
	for r := range of.Each() {
		if num := nums[r]; num != engines.NoNode {
			set.Set(num)
		}
	}
	return set
}

// RowsOf returns the rows whose keys have these numbers, ascending, each once.
func (ix *Vertices) RowsOf(n *engines.Nodes, nums []uint32) ([]rows.Num, error) {
	tr, err := ix.translation(n)
	if err != nil {
		return nil, err
	}
	var out []rows.Num
	for _, num := range nums {
		k, ok := tr.local(num)
		if !ok {
			continue
		}
		for at, hi := ix.span(k); at < hi; at++ {
			out = append(out, rows.Num(ix.row(at)))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (ix *Vertices) translation(n *engines.Nodes) (*translation, error) {
	if !engines.SameKeys(n.Type(), ix.def.Fields[0].Type) {
		return nil, fault.Errorf("graph: number", fault.Internal, "keys of type %s in a directory of %s", ix.def.Fields[0].Type, n.Type())
	}
	if err := ix.ready(); err != nil {
		return nil, err
	}
	return ix.numbers.in(context.Background(), ix.keys, ix.def.Fields[0].Type, n)
}
