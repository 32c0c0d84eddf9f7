package node

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/quindex/quindex/query/exec"
)

// reportText prints what a statement really did, below its plan.
func reportText(r *exec.Report) string {
	if r == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("\nmeasured:\n")
	for r.Name == "Fragment" && len(r.Below) == 1 && r.Below[0].Name == "Fragment" {
		r = r.Below[0] // the coordinator itself had nothing to do
	}
	for _, below := range r.Below {
		writeReport(&b, below, 1)
	}
	return b.String()
}

func writeReport(b *strings.Builder, r *exec.Report, depth int) {
	fmt.Fprintf(b, "%s%s", strings.Repeat("  ", depth), r.Name)
	if r.Item != "" {
		b.WriteString(" " + r.Item)
	}
	if r.Estimate > 0 {
		fmt.Fprintf(b, " est=%.0f", r.Estimate)
	}
	fmt.Fprintf(b, " rows=%d ms=%.3f", r.Rows, float64(r.Nanos)/1e6)
	for _, k := range slices.Sorted(maps.Keys(r.Counters)) {
		fmt.Fprintf(b, " %s=%d", k, r.Counters[k])
	}
	b.WriteByte('\n')
	for _, c := range r.Below {
		writeReport(b, c, depth+1)
	}
}
