// Package bench measures quindex: it makes the rows of a workload, loads them
// through the ordinary load path into a server of its own, times statements
// whose constants change from run to run, and reports medians and spreads.
// Package bench/peers measures others beside it on the same rows.
package bench
