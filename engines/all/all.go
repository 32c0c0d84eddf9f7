// Package all lists the engines a server is built with, by hand: reading this
// one function tells what a server contains.
package all

import (
	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/geo"
	"github.com/quindex/quindex/graph"
	"github.com/quindex/quindex/keys"
	"github.com/quindex/quindex/search"
	"github.com/quindex/quindex/timeseries"
)

// Registry returns a registry of every engine.
func Registry() *engines.Registry {
	return engines.NewRegistry(
		columnar.Engine{},
		keys.Engine{},
		search.New(),
		geo.New(),
		timeseries.Engine{},
		graph.Engine{},
	)
}
