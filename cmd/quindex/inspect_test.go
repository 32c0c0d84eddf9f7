package main

import (
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
)

// TestInspectors: inspect can print the sections of every engine of a server.
func TestInspectors(t *testing.T) {
	registry := all.Registry()
	for _, name := range registry.Names() {
		e, err := registry.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, can := e.(engines.Inspector); !can {
			t.Errorf("%s cannot print its sections", name)
		}
	}
}
