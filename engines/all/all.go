// Package all lists the engines a server is built with, by hand: reading this
// one function tells what a server contains.
package all

import (
	"math"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/geo"
	"github.com/quindex/quindex/graph"
	"github.com/quindex/quindex/keys"
	"github.com/quindex/quindex/search"
	"github.com/quindex/quindex/timeseries"
)

// Registry returns a registry of every engine, for a process without a limit
// of memory.
func Registry() *engines.Registry { return Within(math.MaxInt64) }

// Within returns a registry of every engine for a process that has so many
// bytes of memory: an eighth may be kept text of dictionaries, and a quarter of
// that unpacked integers.
func Within(memory int64) *engines.Registry {
	return engines.NewRegistry(
		columnar.New(memory/8),
		keys.Engine{},
		search.New(),
		geo.New(),
		timeseries.Engine{},
		graph.Engine{},
	)
}
