package plan

import "slices"

// WithInputs is n with f applied to its inputs: n itself where f gives them all
// back as they are. It does not change n.
func WithInputs(n Node, f func(Node) Node) Node {
	switch n := n.(type) {
	case *Filter:
		if in := f(n.Input); in != n.Input {
			return &Filter{Input: in, Cond: n.Cond}
		}
	case *Project:
		if in := f(n.Input); in != n.Input {
			return &Project{Input: in, Exprs: n.Exprs, Names: n.Names}
		}
	case *Aggregate:
		if in := f(n.Input); in != n.Input {
			out := *n
			out.Input = in
			return &out
		}
	case *Sort:
		if in := f(n.Input); in != n.Input {
			out := *n
			out.Input = in
			return &out
		}
	case *Limit:
		if in := f(n.Input); in != n.Input {
			out := *n
			out.Input = in
			return &out
		}
	case *Join:
		if left, right := f(n.Left), f(n.Right); left != n.Left || right != n.Right {
			out := *n
			out.Left, out.Right = left, right
			return &out
		}
	case *Union:
		return unionWith(n, f)
	case *Gather:
		if in := f(n.Fragment); in != n.Fragment {
			out := *n
			out.Fragment = in
			return &out
		}
	case *Broadcast:
		if n.Input == nil {
			return n
		}
		if in := f(n.Input); in != n.Input {
			out := *n
			out.Input = in
			return &out
		}
	case *GraphWalk:
		return n.WithInputs(f)
	case *GraphAlgorithm:
		return n.WithInputs(f)
	}
	return n
}

func unionWith(n *Union, f func(Node) Node) Node {
	out := &Union{All: make([]Node, len(n.All))}
	for i, in := range n.All {
		out.All[i] = f(in)
	}
	if slices.Equal(out.All, n.All) {
		return n
	}
	return out
}

// width is the number of n's columns: len(n.Output()), with no list made of them.
func width(n Node) int {
	switch n := n.(type) {
	case *Scan:
		return len(n.Out)
	case *Project:
		return len(n.Exprs)
	case *Join:
		if !n.Kind.GivesRight() {
			return width(n.Left)
		}
		return width(n.Left) + width(n.Right)
	case *Filter, *Sort, *Limit, *Gather:
		return width(Input(n))
	}
	return len(n.Output())
}
