package plan

// Refit returns the scan with what its engines can answer moved from Filter to
// Where. The executor asks for it once parameters and subqueries have become
// constants.
func (n *Scan) Refit() *Scan {
	out := *n
	out.Filter = nil
	return pushScan(&out, n.Filter).(*Scan)
}
