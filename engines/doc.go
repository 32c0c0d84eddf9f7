// Package engines defines what an index engine is: the contract that search,
// timeseries, graph, geo and columnar keep, the talents an index may have
// besides, and the registry of the engines a server was built with.
//
// The bet of the house is one row number, five indexes: all indexes of a
// segment speak of rows 0..n-1 of that segment, so their answers meet as sets.
package engines
