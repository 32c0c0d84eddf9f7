package doctor

import (
	"fmt"

	"github.com/quindex/quindex/catalog"
)

// A table's segments are looked at from here on.
const (
	// manySegments is past what tiers of up to eight leave: four of them in each of ten tiers.
	manySegments = 40
	// fewRows are spread over shards by chance.
	fewRows = 100_000
)

// merges tells of tables whose merges do not keep up, or that are mostly dead.
func (p *patient) merges() (out []Sign) {
	for _, t := range p.node.Catalog().Tables() {
		rows, dead, most := 0, 0, 0
		for _, all := range p.segments {
			groups := map[string]int{}
			for _, s := range all {
				if s.Table == t.ID() {
					rows, dead = rows+s.Rows, dead+s.Deleted
					groups[s.Group]++
					most = max(most, groups[s.Group])
				}
			}
		}
		if most > manySegments {
			out = append(out, Sign{"merges of " + t.Name, Look, fmt.Sprintf("%d segments in one shard", most),
				"merges are behind the writes: they catch up when there are fewer; send rows in larger batches"})
		}
		if dead > rows/2 && dead > fewRows {
			out = append(out, Sign{"deleted rows of " + t.Name, Look, fmt.Sprintf("%d of %d stored rows are dead", dead, rows),
				"their space comes back with the next merges"})
		}
	}
	return out
}

// skew tells of tables one shard of which holds most of the rows.
func (p *patient) skew() (out []Sign) {
	for _, t := range p.node.Catalog().Tables() {
		shards := t.Sharding.Shards()
		total, most, where := p.spread(t)
		fair := total / len(shards)
		if total > fewRows && most > fair+(total-fair)/2 && len(shards) > 1 {
			out = append(out, Sign{"shards of " + t.Name, Look, fmt.Sprintf("shard %d holds %d of %d rows", where, most, total),
				"few values of the shard key have most rows: another shard_by, or none, uses all cores"})
		}
	}
	return out
}

// spread counts the rows in segments of a table, and those of its largest shard.
func (p *patient) spread(t *catalog.Table) (total, most int, where uint32) {
	for id, all := range p.segments {
		n := 0
		for _, s := range all {
			if s.Table == t.ID() {
				n += s.Rows - s.Deleted
			}
		}
		if total += n; n > most {
			most, where = n, id
		}
	}
	return total, most, where
}
