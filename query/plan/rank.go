package plan

import (
	"fmt"
	"math"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// ScoreColumn stands among the Columns of a Scan for its rows' scores, which
// no table holds: a DOUBLE, see Score.
const ScoreColumn record.ColumnID = math.MaxUint32

// Score says what column ScoreColumn of a Scan is: the sum of what each of
// Calls scores the row, and a call that is not true of it scores 0. NULL where
// a Scan has the column and no Score.
type Score struct {
	Calls []predicate.Call
	// Stats are what each call needs to know of all live rows of the table. nil:
	// the shards that the scan reads are all there are, so it finds out itself.
	Stats []engines.TermStats
}

// TopBy is what makes a row better than another.
type TopBy uint8

const (
	TopScore   TopBy = iota // a greater score
	TopNearest              // a shorter way to the point of Top.Call; a row without a place is worse than all others
	TopNewest               // a later time among the rows of its series
	TopGroups               // a value of Top.Key that comes earlier; rows of the K first values are wanted, all of them
)

// Top lets a Scan leave out rows that are not among the K best, or, where
// there are Ties, are not as good as the last of those. What stands above the
// scan orders and cuts what it gives, so that a part of the table that cannot
// tell gives all its rows.
type Top struct {
	By    TopBy
	Call  predicate.Call // TopNearest: the ranking condition, st_nearest(loc, point)
	Key   SortKey        // TopGroups: a column of the scan, or a bucket of one
	K     int64          // of the whole table; TopNewest: of each series; TopGroups: values
	Ties  bool
	Index string // for EXPLAIN
}

func (t *Top) String() string {
	switch t.By {
	case TopScore:
		return fmt.Sprintf("search.TopK %s: the %d best by score", t.Index, t.K)
	case TopNearest:
		return fmt.Sprintf("geo.Nearest %s: the %d nearest, %s", t.Index, t.K, t.Call)
	}
	if t.By == TopGroups {
		end := "first"
		if t.Key.Desc {
			end = "last"
		}
		return fmt.Sprintf("timeseries.Range %s: the rows of the %d %s %s", t.Index, t.K, end, t.Key.Expr)
	}
	return fmt.Sprintf("timeseries.Newest %s: the last row of each series", t.Index)
}

// Survey gives one row: the statistics, as engines.TermStats writes them, of
// each of Scan.Score.Calls over all live rows of the shards it runs on. It is
// the whole of a fragment.
type Survey struct{ Scan *Scan }

// Output is one column a call.
func (n *Survey) Output() []Column {
	out := make([]Column, len(n.Scan.Score.Calls))
	for i := range out {
		out[i] = Column{"statistics", record.T(record.Keyword)}
	}
	return out
}

// Inputs is none: the scan is not run.
func (n *Survey) Inputs() []Node { return nil }

func (*Survey) isNode() {}

// GivesScores reports whether the scan's ScoreColumn is read and means something.
func (n *Scan) GivesScores() bool {
	for _, id := range n.Columns {
		if id == ScoreColumn {
			return n.Score != nil
		}
	}
	return false
}
