package plan

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestNodesAreShared: every stage of planning takes parts of the plan before it
// into its own, and none writes to them. width agrees with Output on all nodes.
func TestNodesAreShared(t *testing.T) {
	seen := 0
	each := func(text string) {
		q, err := parseQuery(t, text)
		if err != nil {
			return
		}
		o := testOptions(t, text)
		bound, err := Bind(q, o)
		if err != nil {
			return
		}
		was := inFull(bound)
		better := Optimize(bound, o)
		then := inFull(better)
		cut := Distribute(better, o)
		at := inFull(cut)
		Optimize(bound, o)
		if inFull(bound) != was {
			t.Errorf("%s\nOptimize changed what it was given, which is now\n%s", text, bound.Explain())
		}
		if inFull(better) != then {
			t.Errorf("%s\nDistribute changed what it was given, which is now\n%s", text, better.Explain())
		}
		if inFull(cut) != at {
			t.Errorf("%s\nplanning again changed a plan, which is now\n%s", text, cut.Explain())
		}
		for _, p := range []*Plan{bound, better, cut} {
			for _, n := range append([]Node{p.Root}, p.Subqueries...) {
				checkNode(t, text, n)
			}
		}
		seen++
	}
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.Contains(path, "fuzz") {
			return
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			each(d.Input)
			return d.Expected
		})
	})
	if seen < 60 {
		t.Errorf("%d statements, want more", seen)
	}
}

// inFull is all that a plan says, numbers of columns and all: its wire form,
// with the fragments in place of their gathers.
func inFull(p *Plan) string {
	var whole func(n Node) Node
	whole = func(n Node) Node {
		switch n := n.(type) {
		case *Gather:
			return whole(n.Fragment)
		case *Broadcast:
			return whole(n.Input)
		}
		return WithInputs(n, whole)
	}
	out := ""
	for _, n := range append([]Node{p.Root}, p.Subqueries...) {
		out += string(EncodeFragment(whole(n)))
	}
	return out
}

// checkNode checks width and WithInputs on n and all below it.
func checkNode(t *testing.T, text string, n Node) {
	t.Helper()
	if have, want := width(n), len(n.Output()); have != want {
		t.Errorf("%s\nwidth of %T: %d, want %d", text, n, have, want)
	}
	switch n.(type) {
	case *GraphWalk, *GraphAlgorithm: // with a WithInputs of their own, and scans for inputs
	default:
		checkInputs(t, text, n)
	}
	for _, in := range n.Inputs() {
		checkNode(t, text, in)
	}
}

func checkInputs(t *testing.T, text string, n Node) {
	t.Helper()
	if WithInputs(n, func(in Node) Node { return in }) != n {
		t.Errorf("%s\n%T was copied for nothing", text, n)
	}
	inputs := 0
	var other Node = &Values{}
	changed := WithInputs(n, func(Node) Node { inputs++; return other })
	if have := len(n.Inputs()); inputs != have {
		t.Errorf("%s\n%T: %d inputs were asked for, want %d", text, n, inputs, have)
	}
	for _, in := range n.Inputs() {
		if in == other {
			t.Errorf("%s\n%T itself was changed", text, n)
		}
	}
	for _, in := range changed.Inputs() {
		if in != other {
			t.Errorf("%s\n%T kept an input", text, n)
		}
	}
}
