package exec

import (
	"io"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// Scores depend on how many of a table's rows hold a word. Where one site
// reads all shards it counts them in the fragment itself, over the same rows.
// Otherwise the coordinator first sends a survey to every shard of the table,
// adds up, and sends the sums along with the fragment.

// survey sums, of every call that scores, the statistics over the scan's live rows.
func (s *scanOp) survey() ([]engines.TermStats, error) {
	out := make([]engines.TermStats, len(s.node.Score.Calls))
	of := make([][]engines.TermStats, len(s.parts))
	weight := int64(0)
	for _, p := range s.parts {
		if p.Open || s.noIndex() {
			weight += 20 * int64(p.Rows)
		}
	}
	err := s.q.each(len(s.parts), weight, func(_ *worker, i int) error {
		p := s.parts[i]
		of[i] = make([]engines.TermStats, len(out))
		for j, c := range s.node.Score.Calls {
			if ix := s.rankerOf(p.Part, c); ix != nil {
				st, err := ix.Stats(c, p.Live)
				if err != nil {
					return rankError(p.Part, err)
				}
				of[i][j] = st
				continue
			}
			err := s.eachRow(p, c, p.Live, func(scorer engines.RowScorer, row *partRow) error {
				return scorer.RowStats(c, row, &of[i][j])
			})
			if err != nil {
				return rankError(p.Part, err)
			}
		}
		return nil
	})
	for _, list := range of {
		for j := range list {
			out[j].Merge(list[j])
		}
	}
	return out, err
}

// surveyOp answers a plan.Survey: one row.
type surveyOp struct {
	scan *scanOp
	row  *plan.Chunk
}

func newSurvey(q *query, n *plan.Survey, views []*store.View) (operator, error) {
	s, err := newScan(q, n.Scan, views)
	return &surveyOp{scan: s}, err
}

func (o *surveyOp) prepare() error {
	o.scan.listParts()
	sums, err := o.scan.survey()
	if err != nil {
		return err
	}
	o.row = &plan.Chunk{N: 1}
	for i := range sums {
		col := record.NewColumn(record.T(record.Keyword), 1)
		col.Append(record.KeywordValue(string(sums[i].AppendWire(nil))))
		o.row.Cols = append(o.row.Cols, col)
	}
	return nil
}

func (o *surveyOp) tasks() int                                { return 1 }
func (o *surveyOp) weight() int64                             { return 1 }
func (o *surveyOp) run(_ *worker, _ int, emit emitFunc) error { return emit(o.row) }

// surveyed returns the gather's fragment with the statistics that its scores
// need, if they need any that a site cannot find itself.
func (g *gatherOp) surveyed() (plan.Node, error) {
	scan := unsurveyed(g.node.Fragment)
	if scan == nil {
		return g.node.Fragment, nil
	}
	all := g.node.Table.Sharding.Shards()
	if len(g.sites) == 1 && len(g.node.Shards) == len(all) {
		return g.node.Fragment, nil
	}
	sums, err := g.c.survey(&plan.Gather{Fragment: &plan.Survey{Scan: scan}, Table: g.node.Table, Shards: all})
	if err != nil {
		return nil, err
	}
	return withStats(g.node.Fragment, scan, sums), nil
}

// unsurveyed is the scan of a fragment that gives scores and lacks statistics, or nil.
func unsurveyed(n plan.Node) *plan.Scan {
	if s, ok := n.(*plan.Scan); ok {
		if s.GivesScores() && len(s.Score.Stats) == 0 {
			return s
		}
		return nil
	}
	if in := plan.Input(n); in != nil {
		return unsurveyed(in)
	}
	if _, ok := n.(*plan.Broadcast); ok {
		return nil
	}
	for _, in := range n.Inputs() {
		if s := unsurveyed(in); s != nil {
			return s
		}
	}
	return nil
}

func withStats(n plan.Node, scan *plan.Scan, stats []engines.TermStats) plan.Node {
	switch x := n.(type) {
	case *plan.Scan:
		if x != scan {
			return x
		}
		out := *x
		out.Score = &plan.Score{Calls: x.Score.Calls, Stats: stats}
		return &out
	case *plan.Broadcast:
		return x
	}
	return plan.WithInputs(n, func(in plan.Node) plan.Node { return withStats(in, scan, stats) })
}

// survey asks all sites of a gather and adds up what they say.
func (c *coordinator) survey(g *plan.Gather) ([]engines.TermStats, error) {
	sites, err := c.sitesOf(g)
	if err != nil {
		return nil, err
	}
	fragment := sent{node: g.Fragment}
	opt := c.q.env.options()
	opt.MaxRows = 0
	var streams []Stream
	for _, site := range sites { // all of them at work before the first is waited for
		s, err := fragment.run(c.q.ctx, site, nil, opt)
		if err != nil {
			return nil, fault.E("exec: survey", fault.Item(site.Name()), err)
		}
		c.started = append(c.started, atSite{Stream: s})
		streams = append(streams, s)
	}
	sums := make([]engines.TermStats, len(g.Output()))
	for i, s := range streams {
		if err := c.addSurvey(s, sums); err != nil {
			return nil, fault.E("exec: survey", fault.Item(sites[i].Name()), err)
		}
	}
	return sums, nil
}

func (c *coordinator) addSurvey(s Stream, sums []engines.TermStats) error {
	for {
		chunk, err := s.Next(c.q.ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for r := range chunk.N {
			for i := range sums {
				st, err := engines.DecodeTermStats([]byte(chunk.Cols[i].Value(r).S))
				if err != nil {
					return err
				}
				sums[i].Merge(st)
			}
		}
	}
}
