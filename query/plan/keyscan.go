package plan

import "github.com/quindex/quindex/record"

// keyScan finds the column of a Scan in the left side that the only key of an
// inner or semi join is, or 0.
func keyScan(j *Join) record.ColumnID {
	if j.Kind != Inner && j.Kind != Semi || len(j.LeftKeys) != 1 {
		return 0
	}
	c, ok := j.LeftKeys[0].(Col)
	if !ok {
		return 0
	}
	n, at := j.Left, c.Index
	for {
		switch in := n.(type) {
		case *Scan:
			if in.Columns[at] == ScoreColumn {
				return 0
			}
			return in.Columns[at]
		case *Filter:
			n = in.Input
		case *Project:
			c, ok := in.Exprs[at].(Col)
			if !ok {
				return 0
			}
			n, at = in.Input, c.Index
		case *Join: // a left side's row appears only where it was in the left side
			if at >= width(in.Left) {
				return 0
			}
			n = in.Left
		default:
			return 0
		}
	}
}
