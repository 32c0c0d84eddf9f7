package plan

// Near returns fragment n as a site in this process runs it, without the wire
// between: the inputs of its broadcasts, which the coordinator runs, are left
// out. All else is shared with n.
func Near(n Node) Node {
	if b, ok := n.(*Broadcast); ok {
		return &Broadcast{ID: b.ID, Out: b.Out}
	}
	if !IsFed(n) {
		return n
	}
	return WithInputs(n, Near)
}

// IsFed reports whether fragment n has a broadcast in it.
func IsFed(n Node) bool {
	if in := Input(n); in != nil {
		return IsFed(in)
	}
	if _, ok := n.(*Broadcast); ok {
		return true
	}
	for _, in := range n.Inputs() {
		if IsFed(in) {
			return true
		}
	}
	return false
}

// Input is the one input of an operator that always has one, and nil for others.
func Input(n Node) Node {
	switch n := n.(type) {
	case *Filter:
		return n.Input
	case *Project:
		return n.Input
	case *Aggregate:
		return n.Input
	case *Sort:
		return n.Input
	case *Limit:
		return n.Input
	case *Gather:
		return n.Fragment
	}
	return nil
}
