package exec

import (
	"sync"
	"time"
)

// Report says what one operator did: a tree as in EXPLAIN, and under a scan
// the conditions and who answered them.
type Report struct {
	Name     string // "Scan", "columnar.zones"
	Item     string // the table, the condition
	Rows     int64  // rows given
	Estimate float64
	Nanos    int64 // summed over goroutines
	Counters map[string]int64
	Below    []*Report
}

// opStats collects a Report. A nil opStats collects nothing and costs a test.
type opStats struct {
	mu sync.Mutex

	Report
}

// stats returns a collector for an operator, or nil where nobody asked.
func (q *query) stats(name, item string) *opStats {
	if !q.env.Analyze {
		return nil
	}
	s := &opStats{Report: Report{Name: name, Item: item, Counters: map[string]int64{}}}
	q.reports = append(q.reports, s)
	return s
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
	item := m.p.String()
	for _, r := range above.Below {
		if r.Name == m.name && r.Item == item {
			return r
		}
	}
	r := &Report{Name: m.name, Item: item, Counters: map[string]int64{}}
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
	if len(q.reports)+len(q.sites) == 0 {
		return nil
	}
	top := &Report{Name: "Fragment"}
	for _, r := range q.sites {
		if r != nil {
			top.Below = append(top.Below, r)
		}
	}
	for _, s := range q.reports {
		s.mu.Lock()
		r := s.Report
		s.mu.Unlock()
		top.Below = append(top.Below, &r)
	}
	return top
}
