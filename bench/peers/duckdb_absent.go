//go:build !cgo

package main

import (
	"context"

	"github.com/quindex/quindex/bench"
	"github.com/quindex/quindex/fault"
)

// openDuck says what is missing: this binary was built without cgo.
func openDuck(context.Context, int) (bench.System, error) {
	return nil, fault.E("peers: duckdb", fault.Unavailable, "built without cgo",
		fault.Hint("install a C compiler (gcc or clang) and run again with CGO_ENABLED=1"))
}
