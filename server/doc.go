// Package server is the HTTP face of a node: statements, loads, what runs,
// what is on disk, probes and metrics. docs/http.md is its contract.
package server
