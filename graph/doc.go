// Package graph is the engine of property graphs: the edges of one edge table,
// or the keys of one vertex table, as array slots.
//
// The rows of an edge table lead from a source to a target. In a segment each
// distinct source and each distinct target has a local number, and the edges of
// a node stand side by side: its next edge is the next array slot, in both
// directions. A directory of the process (engines.Nodes) gives every key one
// number; an open index keeps the translation of its local numbers as a flat
// array. A step of a walk therefore reads arrays only: no hash, no search.
//
// The index of a vertex table goes from rows to keys and from keys to rows.
package graph
