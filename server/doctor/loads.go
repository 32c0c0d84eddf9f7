package doctor

import (
	"fmt"
	"strings"
	"time"
)

// loads tells of loads that are decided and cannot be brought into their tables.
func (p *patient) loads() Sign {
	var stuck []string
	all := p.node.StagedLoads()
	for _, l := range all {
		if t := l.Trouble; t != nil {
			stuck = append(stuck, fmt.Sprintf("load %d of %d rows into %s, %d tries since %s: %s", l.ID, l.Rows, l.Table, t.Tries, t.Since.Format(time.RFC3339), t.Error))
		}
	}
	if stuck != nil {
		return Sign{"loads", Bad, strings.Join(stuck, "; "),
			"free some disk space, or look after the disk: what is decided goes on by itself, within a second; writers of the table are refused until then, and a restart waits for it"}
	}
	return Sign{"loads", OK, fmt.Sprintf("%d are staged, none is stuck", len(all)), ""}
}
