package main

import (
	"strings"
	"testing"
)

// TestProbesInSmall runs probes that take minutes in their full size, in
// seconds: they check their servers' answers themselves.
func TestProbesInSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, probe := range []struct {
		args []string
		want []string // figures that must be good, whatever else the machine does
	}{
		{[]string{"keys", "--rows", "40000"}, []string{"anonymous memory"}},
		{[]string{"history", "--rows", "10000", "--for", "2s"}, []string{"space after merges"}},
		{[]string{"overload", "--rows", "20000", "--for", "2s"}, []string{"neither answered nor refused", "anonymous memory"}},
		{[]string{"small-memory", "--bytes", "20000000"}, []string{"statements that did not complete", "anonymous memory"}},
	} {
		t.Run(probe.args[0], func(t *testing.T) {
			out, bad, err := run(t, append([]string{"bench"}, probe.args...)...)
			if err != nil {
				t.Fatalf("%v\n%s%s", err, out, bad)
			}
			for _, want := range probe.want {
				good := false
				for line := range strings.Lines(out) {
					good = good || strings.HasPrefix(line, want) && strings.Contains(line, ": yes)")
				}
				if !good {
					t.Errorf("no good figure %q in\n%s", want, out)
				}
			}
		})
	}
}
