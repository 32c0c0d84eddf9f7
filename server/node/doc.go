// Package node is one running quindex without its wire protocols: it wires
// the catalog, the shards and the cluster layer under them into something
// that runs statements and takes batches.
package node
