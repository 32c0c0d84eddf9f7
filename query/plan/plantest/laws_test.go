package plantest

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/plan/naive"
	"github.com/quindex/quindex/query/plan/scalar"
)

var (
	seed       = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the random statements")
	statements = flag.Int("statements", 800, "how many of them")
)

// TestRewritingKeepsMeaning runs random statements as they were bound, rewritten,
// cut into fragments, both, and from the wire: the rows must be the same.
func TestRewritingKeepsMeaning(t *testing.T) {
	t.Logf("repeat with: go test ./query/plan/plantest -run %s -seed %d", t.Name(), *seed)
	rnd := rand.New(rand.NewPCG(*seed, 1))
	c := Catalog()
	counts := map[string]int{}
	for range *statements {
		data := Data(rnd, c, rnd.IntN(25))
		text := Statement(rnd)
		counts[check(t, text, plan.Options{Catalog: c, Text: text, Now: time.Unix(1e9, 0)}, data)]++
		if t.Failed() {
			return
		}
	}
	t.Logf("%v", counts)
	if counts["ran"] < *statements/2 {
		t.Errorf("only %d of %d statements ran: the generator has gone astray", counts["ran"], *statements)
	}
}

// check compares the ways to run one statement and says how it went.
func check(t *testing.T, text string, o plan.Options, data naive.Data) string {
	q, err := Parse(text)
	if err != nil {
		t.Errorf("%s\n%v", text, err)
		return "unparsed"
	}
	bound, err := plan.Bind(q, o)
	if err != nil {
		if fault.Is(err, fault.Unsupported) {
			return "unsupported"
		}
		t.Errorf("%s\n%v", text, err)
		return "unbound"
	}
	want, err := naive.Run(bound, nil, data, nil)
	if errors.Is(err, scalar.ErrUnknown) {
		t.Errorf("%s\n%v", text, err)
		return "unknown"
	}
	if err != nil {
		if fault.Is(err, fault.Internal) || fault.Is(err, fault.Other) {
			t.Errorf("%s\n%v\n%s", text, err, bound.Explain())
		}
		return "failed with " + string(fault.CodeOf(err))
	}
	optimized := plan.Optimize(bound, o)
	whole := plan.Distribute(optimized, o)
	for _, way := range []struct {
		name string
		p    *plan.Plan
	}{{"rewritten", optimized}, {"cut", plan.Distribute(bound, o)}, {"rewritten and cut", whole}, {"from the wire", overWire(t, text, whole)}} {
		have, err := naive.Run(way.p, nil, data, nil)
		switch {
		case err != nil && isArithmetic(err): // a condition that runs earlier may meet rows that another would have dropped
		case err != nil:
			t.Errorf("%s\n%s: %v\n%s", text, way.name, err, way.p.Explain())
		case answer(have, text) != answer(want, text):
			t.Errorf("%s\n%s:\n%s\nhave\n%s\nwant\n%s\nas bound:\n%s", text, way.name, way.p.Explain(), answer(have, text), answer(want, text), bound.Explain())
		}
	}
	return "ran"
}

func isArithmetic(err error) bool {
	code := fault.CodeOf(err)
	return code == "22003" || code == "22012" || code == "22008"
}

// answer prints rows: in order where the statement asks for one of all columns.
func answer(rows []naive.Row, text string) string {
	lines := make([]string, len(rows))
	for i, row := range rows {
		for _, v := range row {
			lines[i] += " " + v.SQL()
		}
		lines[i] = strings.ReplaceAll(lines[i], "-0::", "0::")
	}
	if whole := text[strings.LastIndexByte(text, ')')+1:]; !strings.Contains(whole, "ORDER BY 1") {
		slices.Sort(lines)
	}
	return fmt.Sprintf("%d rows\n%s", len(rows), strings.Join(lines, "\n"))
}

// overWire encodes and decodes every fragment of p. The encoding of what was
// decoded must be the same bytes.
func overWire(t *testing.T, text string, p *plan.Plan) *plan.Plan {
	out := *p
	out.Root = wired(t, text, p.Root)
	out.Subqueries = nil
	for _, n := range p.Subqueries {
		out.Subqueries = append(out.Subqueries, wired(t, text, n))
	}
	return &out
}

func wired(t *testing.T, text string, n plan.Node) plan.Node {
	g, ok := n.(*plan.Gather)
	if !ok {
		return plan.WithInputs(n, func(in plan.Node) plan.Node { return wired(t, text, in) })
	}
	data := plan.EncodeFragment(g.Fragment)
	decoded, err := plan.DecodeFragment(data)
	if err != nil {
		t.Errorf("%s\n%v", text, err)
		return n
	}
	if again := plan.EncodeFragment(decoded); string(again) != string(data) {
		t.Errorf("%s\na fragment of %d bytes comes back as %d others", text, len(data), len(again))
	}
	out := *g
	out.Fragment = attach(t, text, decoded, broadcasts(g.Fragment))
	return &out
}

// broadcasts are the inputs of a fragment's Broadcasts by id.
func broadcasts(n plan.Node) map[int]plan.Node {
	out := map[int]plan.Node{}
	if b, ok := n.(*plan.Broadcast); ok {
		out[b.ID] = b.Input
		return out
	}
	for _, in := range n.Inputs() {
		for id, b := range broadcasts(in) {
			out[id] = b
		}
	}
	return out
}

// attach gives the Broadcasts of a decoded fragment their inputs back.
func attach(t *testing.T, text string, n plan.Node, inputs map[int]plan.Node) plan.Node {
	if b, ok := n.(*plan.Broadcast); ok {
		return &plan.Broadcast{ID: b.ID, Out: b.Out, Input: wired(t, text, inputs[b.ID])}
	}
	return plan.WithInputs(n, func(in plan.Node) plan.Node { return attach(t, text, in, inputs) })
}
