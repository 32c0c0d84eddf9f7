package node

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/quindex/quindex/query/exec"
	"github.com/quindex/quindex/query/plan"
)

// measured is what EXPLAIN ANALYZE found out: the operators that ran, which
// may be fewer than were planned, with what each did.
type measured struct {
	planning, running time.Duration
	rows, memory      int64 // given to the client; bytes held at once, at most
	top               *exec.Report
}

// measure runs a statement for the sake of its report.
func (n *Node) measure(ctx context.Context, p *plan.Plan, r Request, o plan.Options, m *measured) error {
	env := n.env(o.Now)
	env.Analyze, env.Estimate = true, plan.Estimator(o)
	begun := time.Now()
	rows, _, err := n.start(ctx, p, r, env)
	if err != nil {
		return err
	}
	m.rows, err = drain(ctx, rows)
	m.running = time.Since(begun)
	_, m.memory = env.Memory.Used()
	if a, ok := rows.(exec.Analyzer); ok && err == nil {
		m.top = a.Report()
	}
	return err
}

// drain reads a stream to its end, closes it and counts its rows.
func drain(ctx context.Context, rows exec.Stream) (n int64, err error) {
	defer rows.Close()
	for {
		c, err := rows.Next(ctx)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		n += int64(c.N)
	}
}

// operators are the roots of the report's trees: the statement's own, then
// those of subqueries, which ran first.
func (m *measured) operators() []*exec.Report {
	if m.top == nil {
		return nil
	}
	roots := slices.Clone(m.top.Below)
	if last := len(roots) - 1; last > 0 {
		roots = append(roots[last:], roots[:last]...)
	}
	return roots
}

// text is the tree as EXPLAIN prints it, each operator with what it did.
func (m *measured) text() string {
	var b strings.Builder
	for _, r := range m.operators() {
		writeReport(&b, r, 0)
	}
	rows := "rows"
	if m.rows == 1 {
		rows = "row"
	}
	fmt.Fprintf(&b, "\n%d %s; planned in %s, ran in %s, held at most %s\n", m.rows, rows, millis(m.planning), millis(m.running), bytesText(m.memory))
	return b.String()
}

// mostItem is how many characters of a condition are printed: a list of keys
// may have thousands.
const mostItem = 200

func writeReport(b *strings.Builder, r *exec.Report, depth int) {
	name := r.Name
	if r.Item != "" {
		name += " " + cutText(r.Item, mostItem)
	}
	fmt.Fprintf(b, "%s%s  (%s)\n", strings.Repeat("  ", depth), name, figures(r))
	if !r.Operator {
		depth-- // conditions within one are a step further in, not two
	}
	for _, d := range r.Details {
		if p, ok := strings.CutPrefix(d, "where "); !ok || !answered(r, p) {
			fmt.Fprintf(b, "%s%s\n", strings.Repeat("  ", depth+2), cutText(d, mostItem))
		}
	}
	for _, c := range r.Below {
		if !c.Operator {
			writeReport(b, c, depth+2)
		}
	}
	for _, c := range r.Below {
		if c.Operator {
			writeReport(b, c, depth+1)
		}
	}
}

// answered reports whether a condition of a scan is among those that say who
// answered them.
func answered(r *exec.Report, condition string) bool {
	return slices.ContainsFunc(r.Below, func(c *exec.Report) bool { return !c.Operator && strings.Contains(c.Item, condition) })
}

func figures(r *exec.Report) string {
	var out []string
	if r.Estimate >= 0 && (r.Operator || r.Estimate > 0) {
		out = append(out, fmt.Sprintf("est=%.0f", r.Estimate))
	}
	out = append(out, fmt.Sprintf("rows=%d", r.Rows))
	if r.Nanos > 0 {
		out = append(out, fmt.Sprintf("ms=%.3f", float64(r.Nanos)/1e6))
	}
	for _, k := range slices.Sorted(maps.Keys(r.Counters)) {
		if v := r.Counters[k]; v != 0 {
			out = append(out, fmt.Sprintf("%s=%d", k, v))
		}
	}
	return strings.Join(out, ", ")
}

func cutText(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return fmt.Sprintf("%s... (%d characters)", string(r[:most]), len(r))
	}
	return s
}

func millis(d time.Duration) string { return fmt.Sprintf("%.3f ms", float64(d)/1e6) }

func bytesText(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// measuredNode is one operator, or one condition, of EXPLAIN (ANALYZE, FORMAT JSON).
type measuredNode struct {
	Operator   string           `json:"operator"` // or who answered the condition
	Condition  string           `json:"condition,omitempty"`
	Details    []string         `json:"details,omitempty"`
	Estimate   *float64         `json:"estimated_rows,omitempty"`
	Rows       int64            `json:"rows"`
	Millis     float64          `json:"ms"` // of its own work, summed over goroutines
	Counters   map[string]int64 `json:"counters,omitempty"`
	Conditions []measuredNode   `json:"conditions,omitempty"`
	Inputs     []measuredNode   `json:"inputs,omitempty"`
}

func nodeOf(r *exec.Report) measuredNode {
	out := measuredNode{Operator: r.Name, Condition: r.Item, Details: r.Details, Rows: r.Rows, Millis: float64(r.Nanos) / 1e6, Counters: r.Counters}
	if r.Estimate >= 0 {
		out.Estimate = &r.Estimate
	}
	for _, c := range r.Below {
		if c.Operator {
			out.Inputs = append(out.Inputs, nodeOf(c))
		} else {
			out.Conditions = append(out.Conditions, nodeOf(c))
		}
	}
	return out
}

// json is {"plan": operator, "subqueries": [operator, ...], "rows", "planning_ms",
// "execution_ms", "memory_bytes"}.
func (m *measured) json() (string, error) {
	doc := struct {
		Plan       *measuredNode  `json:"plan,omitempty"`
		Subqueries []measuredNode `json:"subqueries,omitempty"`
		Rows       int64          `json:"rows"`
		Planning   float64        `json:"planning_ms"`
		Running    float64        `json:"execution_ms"`
		Memory     int64          `json:"memory_bytes"`
	}{Rows: m.rows, Planning: float64(m.planning) / 1e6, Running: float64(m.running) / 1e6, Memory: m.memory}
	for i, r := range m.operators() {
		if n := nodeOf(r); i == 0 {
			doc.Plan = &n
		} else {
			doc.Subqueries = append(doc.Subqueries, n)
		}
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // conditions are to be read
	err := e.Encode(doc)
	return strings.TrimSuffix(b.String(), "\n"), err
}
