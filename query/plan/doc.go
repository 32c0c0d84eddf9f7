// Package plan turns a parsed statement into a plan: it binds names and types
// against the catalog and the engines' functions, rewrites, and cuts the plan
// into fragments that run beside the data of one shard each and a rest that
// gathers their answers. A fragment has a wire form, used even on one node.
package plan
