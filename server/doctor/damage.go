package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/quindex/quindex/segment"
)

// toldHealed is how many of those that healed are named.
const toldHealed = 3

// damage tells which shards have bytes that are not what was written, how
// healing them goes, and what has healed.
func (p *patient) damage() Sign {
	var bad, busy []string
	trouble := p.node.Trouble()
	for _, id := range slices.Sorted(maps.Keys(trouble)) {
		for _, what := range trouble[id] {
			text := fmt.Sprintf("shard %d: %s", id, what)
			switch {
			case strings.Contains(what, "could not be made anew"):
				bad = append(bad, text)
			case strings.Contains(what, "damaged") || strings.Contains(what, "made anew"):
				busy = append(busy, text)
			}
		}
	}
	healed := p.node.Healed()
	switch {
	case len(bad) > 0:
		return Sign{"damage", Bad, strings.Join(append(bad, busy...), "; "), "what cannot be made anew is an error that names it: quindex restore brings the last backup; DROP or TRUNCATE of the table takes it away; look after the disk"}
	case len(busy) > 0:
		return Sign{"damage", Look, strings.Join(busy, "; "), "it is healed by itself, of the columns or of the snapshot and the log; see the server's log, and look after the disk"}
	case len(healed) > 0:
		found := fmt.Sprintf("%d times since the start bytes were not what was written, and were healed", len(healed))
		for _, h := range healed[max(0, len(healed)-toldHealed):] {
			found += fmt.Sprintf("; shard %d: %s", h.Shard, h.What)
		}
		return Sign{"damage", Look, strings.ReplaceAll(found, "\n", " "), "look after the disk: it changes what was written; quindex verify reads all of it"}
	}
	return Sign{"damage", OK, "none is known", ""}
}

// mapped tells how many files of segments are mapped, of those after which rows
// are refused.
func (p *patient) mapped() Sign {
	return share("mapped segments", segment.Mappings(), p.node.Options().MaxMappings,
		"rows are refused above it: raise vm.max_map_count and --max-mappings, or have fewer tables, shards or chunks")
}
