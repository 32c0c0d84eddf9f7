package exec

import (
	"sync"
	"time"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/query/plan"
)

// Report says what one operator did. The operators it reads, and under a scan
// the conditions and who answered them, are below it, as in EXPLAIN.
type Report struct {
	Name     string   // an operator as plan.Label gives it, or who answered: "columnar.zones"
	Item     string   // the condition that was answered
	Details  []string // of an operator, as plan.Details gives them
	Rows     int64    // rows given
	Estimate float64  // of Rows; below 0: nobody guessed
	Nanos    int64    // of its own work, not of those below: summed over goroutines
	Counters map[string]int64
	Operator bool // else a condition, or a ranking, of the scan above
	Below    []*Report
}

// opStats collects a Report. A nil opStats collects nothing and costs a test.
type opStats struct {
	node plan.Node // nil: a condition

	mu sync.Mutex

	Report
}

// stats returns the collector of an operator, or nil where nobody asked: the one
// that is open, if it is that of n, or one below it.
func (q *query) stats(n plan.Node) *opStats {
	if !q.env.Analyze {
		return nil
	}
	if q.open != nil && q.open.node == n {
		return q.open
	}
	s := q.newStats(plan.Label(n))
	s.node, s.Details = n, plan.Details(n)
	if q.env.Estimate != nil {
		s.Estimate = q.env.Estimate(n)
	}
	return s
}

func (q *query) newStats(name string) *opStats {
	s := &opStats{Report: Report{Name: name, Operator: true, Estimate: -1, Counters: map[string]int64{}}}
	if q.open == nil {
		q.reports = append(q.reports, s)
	} else {
		q.open.Below = append(q.open.Below, &s.Report)
	}
	return s
}

// apart is the collector of an operator whose place is found later.
func (q *query) apart(n plan.Node) *opStats {
	if !q.env.Analyze {
		return nil
	}
	return &opStats{node: n, Report: Report{Name: plan.Label(n), Operator: true, Estimate: -1, Counters: map[string]int64{}}}
}

// enter opens the report of n: the operators that are made until leave read
// for it.
func (q *query) enter(n plan.Node) (leave func()) {
	if !q.env.Analyze {
		return nothing
	}
	return q.openStats(q.stats(n))
}

func (q *query) openStats(s *opStats) (leave func()) {
	if s == nil {
		return nothing
	}
	above := q.open
	q.open = s
	return func() { q.open = above }
}

// add counts n things.
func (s *opStats) add(counter string, n int64) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.Counters[counter] += n
	s.mu.Unlock()
}

// gave counts rows that the operator gave.
func (s *opStats) gave(n int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.Rows += int64(n)
	s.mu.Unlock()
}

func nothing() {}

// clock starts to count time; the function it returns stops.
func (s *opStats) clock() func() {
	if s == nil {
		return nothing
	}
	start := time.Now()
	return func() {
		s.mu.Lock()
		s.Nanos += int64(time.Since(start))
		s.mu.Unlock()
	}
}

// counts wraps what takes the rows of an operator: it counts them.
func (s *opStats) counts(emit emitFunc) emitFunc {
	if s == nil {
		return emit
	}
	return func(c *plan.Chunk) error {
		s.gave(c.N)
		return emit(c)
	}
}

// passes is counts, and stops the operator's clock, which runs, while others
// work on the rows.
func (s *opStats) passes(emit emitFunc) emitFunc { return s.counts(s.pauses(emit)) }

// pauses is passes without counting.
func (s *opStats) pauses(emit emitFunc) emitFunc {
	if s == nil {
		return emit
	}
	return func(c *plan.Chunk) error {
		start := time.Now()
		err := emit(c)
		s.mu.Lock()
		s.Nanos -= int64(time.Since(start))
		s.mu.Unlock()
		return err
	}
}

// read counts a block that was read, and the bytes of it.
func (s *opStats) read(b *codec.Block) {
	if s == nil {
		return
	}
	s.add("blocks read", 1)
	s.add("bytes read", blockBytes(b))
}

// blockBytes is the size of a block as operators find it.
func blockBytes(b *codec.Block) int64 {
	if b == nil {
		return 0
	}
	n := len(b.Ints.W8) + 2*len(b.Ints.W16) + 4*len(b.Ints.W32) + 8*len(b.Ints.W64) + 12*len(b.Ints.RunEnd)
	n += 8*(len(b.Valid)+len(b.Floats)+len(b.Lats)) + 4*len(b.Off) + len(b.Strs.Data) + 4*len(b.Strs.Off)
	return int64(n) + blockBytes(b.Elem)
}

// root is the operator's own report, or nil where nobody asked.
func (s *opStats) root() *Report {
	if s == nil {
		return nil
	}
	return &s.Report
}

// step returns the report of one condition below above, the same for all
// parts, or nil where nobody asked.
func (s *opStats) step(above *Report, m *matchStep) *Report {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name, item := m.name(), m.p.String()
	for _, r := range above.Below {
		if r.Name == name && r.Item == item {
			return r
		}
	}
	r := &Report{Name: name, Item: item, Counters: map[string]int64{}}
	above.Below = append(above.Below, r)
	return r
}

// took counts one condition answered in one part.
func (s *opStats) took(r *Report, m *matchStep, found int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Rows += int64(found)
	r.Estimate += m.est.Rows
	r.Nanos += int64(took)
	r.Counters["parts"]++
}

// report puts the operators' reports below one.
func (q *query) report() *Report {
	if len(q.reports) == 0 {
		return nil
	}
	top := &Report{Name: "Fragment", Estimate: -1}
	for _, s := range q.reports {
		s.mu.Lock()
		r := s.Report
		s.mu.Unlock()
		top.Below = append(top.Below, &r)
	}
	return top
}
