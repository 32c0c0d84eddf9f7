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
	steps map[string]*Report
}

// stats returns a collector for an operator, or nil where nobody asked.
func (q *query) stats(name, item string) *opStats {
	if !q.env.Analyze {
		return nil
	}
	s := &opStats{Report: Report{Name: name, Item: item, Counters: map[string]int64{}}, steps: map[string]*Report{}}
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

// step counts one condition answered in one part.
func (s *opStats) step(m *matchStep, found int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := m.name + "\x00" + m.p.String()
	r := s.steps[key]
	if r == nil {
		r = &Report{Name: m.name, Item: m.p.String(), Counters: map[string]int64{}}
		s.steps[key] = r
		s.Below = append(s.Below, r)
	}
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
