// Package cores lets a process that writes to disk answer while it waits for it.
//
// A goroutine in a system call keeps its P, the right to run Go code, until the
// runtime's monitor takes it away, which looks every 20 us at best and every
// 10 ms at worst; and nobody looks at the network while every P is taken. With
// as many Ps as cores, two of them, a statement waits for an fsync of somebody
// else. With some to spare, one that has nothing to do sleeps in the poller and
// is there at once, and it is the kernel that shares out the cores. In
// `quindex bench history` on two cores the p99 of reads during upserts fell by
// a quarter with five Ps in place of two; eight brought no more.
package cores

import (
	"os"
	"runtime"
)

// Spare gives the process Ps to wait with, beside one for each of the cores
// that compute, and returns how many those are: want, or where it is 0 as many
// as Go found. What GOMAXPROCS says in the environment is left as it is said.
// It sets GOMAXPROCS of the process, so one caller, a command, may use it; stop
// puts back what was set before.
func Spare(want int) (compute int, stop func()) {
	before := runtime.GOMAXPROCS(0)
	compute = want
	if compute <= 0 {
		compute = before
	}
	if os.Getenv("GOMAXPROCS") != "" {
		return compute, func() {}
	}
	runtime.GOMAXPROCS(max(before, with(compute)))
	return compute, func() { runtime.GOMAXPROCS(before) }
}

// with is how many Ps n cores have: one each, one for each background job that
// may write a file (a store's turns: half of the cores), one for the log, and
// one for the network.
func with(n int) int { return n + max(1, n/2) + 2 }
