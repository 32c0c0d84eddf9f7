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
	switch n := n.(type) {
	case *Scan:
		return false
	case *Broadcast:
		return true
	case *Join:
		return IsFed(n.Left) || IsFed(n.Right)
	}
	for _, in := range n.Inputs() {
		if IsFed(in) {
			return true
		}
	}
	return false
}
