package main

import "math/rand/v2"

// opKind is what one step of a history does.
type opKind uint8

const (
	opWrite    opKind = iota // rows are added, or replace those of their keys
	opFresh                  // rows are added where their keys are not there
	opChange                 // rows are deleted, or others put in their place
	opTruncate               // all rows of a table go
	opRetry                  // a batch that was acknowledged comes again
	opDefine                 // a column or an index comes or goes, or a table is made anew
	opExpire                 // rows past their time go
	opClock                  // the clock jumps
	opTend                   // what the background would do
	opFlush                  // all is made durable
	opMerge                  // all segments of a table become one
	opReindex                // indexes that segments lack are built
	opSnapshot               // the state moves through a folder of links
	opReopen                 // the shard is closed and opened
	opFlip                   // a byte of a file changes while the shard is closed
	opKinds
)

var opNames = [opKinds]string{"write", "write what is new", "change", "truncate", "retry", "alter", "expire", "turn the clock", "tend", "flush", "merge", "reindex", "snapshot", "reopen", "flip a byte"}

func (k opKind) String() string { return opNames[k] }

// works reports whether the shard does work of its own, during which the log
// may go on.
func (k opKind) works() bool {
	return k == opTend || k == opFlush || k == opMerge || k == opReindex
}

// chances say how often each kind comes, of their sum.
var chances = [opKinds]int{opWrite: 50, opFresh: 8, opChange: 20, opTruncate: 1, opRetry: 6, opDefine: 5, opExpire: 3, opClock: 2, opTend: 12, opFlush: 6, opMerge: 3, opReindex: 2, opSnapshot: 2, opReopen: 3, opFlip: 3}

// op is one step: what it needs of chance comes from its own seed, so that it
// means the same when others are left out.
type op struct {
	kind  opKind
	seed  uint64
	fault fault // comes in the midst of it
}

// history makes n steps; a part of them meets a fault of the disk.
func history(r *rand.Rand, n int) []op {
	sum := 0
	for _, c := range chances {
		sum += c
	}
	out := make([]op, n)
	for i := range out {
		at := r.IntN(sum)
		for k, c := range chances {
			if at -= c; at < 0 {
				out[i].kind = opKind(k)
				break
			}
		}
		out[i].seed = r.Uint64()
		if r.IntN(8) == 0 {
			out[i].fault = fault(1 + r.IntN(int(diskFull)))
		}
	}
	return out
}

// shrink leaves out as many steps as it can while the rest still breaks a
// promise: halves, quarters, ... and in the end single steps.
func shrink(ops []op, breaks func([]op) bool) []op {
	for size := len(ops) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(ops); {
			rest := append(append([]op{}, ops[:at]...), ops[at+size:]...)
			if breaks(rest) {
				ops = rest
				continue
			}
			at += size
		}
	}
	return ops
}
