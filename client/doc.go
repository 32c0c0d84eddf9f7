// Package client talks to a quindex server from Go: statements whose rows
// stream, and loads that send files in pieces side by side.
package client
