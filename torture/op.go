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
	opLoad                   // a part of a source comes, or comes again
	opStage                  // a load that is to be seen whole begins, goes on, is switched or given up
	opRewrite                // a table takes another form, while it is written to
	opFreeze                 // a table takes no more rows, or takes them again, or ends
	opTend                   // what the background would do
	opFlush                  // all is made durable
	opMerge                  // all segments of a table become one
	opReindex                // indexes that segments lack are built
	opVerify                 // all segments are read
	opSnapshot               // the state moves through a folder of links, or goes to a replica
	opView                   // a view is opened, and held perhaps
	opLook                   // a view that is held is read again
	opGoOn                   // work that was begun goes on
	opCallOff                // work that was begun is called off
	opReopen                 // the shard is closed and opened
	opFlip                   // a byte of a file changes while the shard is closed
	opKinds
)

var opNames = [opKinds]string{"write", "write what is new", "change", "truncate", "retry", "alter", "expire", "turn the clock", "load", "go on with a staged load", "go on with a rewrite", "freeze",
	"tend", "flush", "merge", "reindex", "verify", "snapshot", "view", "look again", "let go on", "call off", "reopen", "flip a byte"}

func (k opKind) String() string { return opNames[k] }

// chances say how often each kind comes, of their sum.
var chances = [opKinds]int{opWrite: 45, opFresh: 8, opChange: 20, opTruncate: 2, opRetry: 6, opDefine: 7, opExpire: 3, opClock: 2, opLoad: 8, opStage: 14, opRewrite: 10, opFreeze: 2,
	opTend: 12, opFlush: 8, opMerge: 4, opReindex: 2, opVerify: 1, opSnapshot: 4, opView: 6, opLook: 3, opGoOn: 16, opCallOff: 1, opReopen: 3, opFlip: 3}

// op is one step: what it needs of chance comes from its own seed, so that it
// means the same when others are left out.
type op struct {
	kind  opKind
	seed  uint64
	fault fault // comes in the midst of it
	pace  pace
	table int // in tableNames, the one it is about; 0: any
}

// pace says how far a job goes before the next step.
type pace uint8

const (
	anyPace pace = iota
	early        // it stops when it has just begun
	whole        // it ends, unless it has to wait
)

// history makes n steps; a part of them meets a fault of the disk.
func history(r *rand.Rand, n int) []op {
	sum := 0
	for _, c := range chances {
		sum += c
	}
	var out []op
	for len(out) < n {
		switch r.IntN(40) {
		case 0, 1:
			out = append(out, scene(r)...)
			continue
		case 2:
			out = append(out, emptied(r)...)
			continue
		}
		at, o := r.IntN(sum), op{seed: r.Uint64()}
		for k, c := range chances {
			if at -= c; at < 0 {
				o.kind = opKind(k)
				break
			}
		}
		if r.IntN(8) == 0 {
			o.fault = fault(1 + r.IntN(int(diskFull)))
		}
		out = append(out, o)
	}
	return out[:n]
}

// scene is steps that are more than chance would bring together: while work is
// under way a table is written to, and then ends or becomes another; the work
// comes to its end, and the shard is opened again.
func scene(r *rand.Rand) (out []op) {
	table := 1 + r.IntN(len(tableNames))
	pick := func(kinds ...opKind) opKind { return kinds[r.IntN(len(kinds))] }
	add := func(p pace, k opKind) {
		o := op{kind: k, seed: r.Uint64(), pace: p}
		if r.IntN(4) > 0 {
			o.table = table
		}
		out = append(out, o)
	}
	write := func(most int) {
		for range r.IntN(1 + most) {
			add(anyPace, pick(opWrite, opWrite, opFresh, opChange, opChange, opLoad, opStage, opRewrite, opRetry))
		}
	}
	write(3)
	add(pace(r.IntN(2)), pick(opTend, opFlush, opFlush, opMerge, opReindex, opSnapshot, opSnapshot, opView))
	write(4)
	if r.IntN(3) > 0 {
		add(anyPace, pick(opTruncate, opTruncate, opDefine, opFreeze, opExpire))
		write(3)
	}
	if r.IntN(4) == 0 {
		add(anyPace, pick(opTend, opFlush, opMerge, opView))
	}
	for range 1 + r.IntN(2) {
		add(whole, opGoOn)
	}
	switch r.IntN(3) {
	case 0:
		add(anyPace, opReopen)
	case 1:
		add(anyPace, opWrite)
		out[len(out)-1].fault = crash
	}
	return out
}

// emptied is a table that is emptied, after some of its rows were changed, while a
// flush is under way; the shard is opened as that has left it.
func emptied(r *rand.Rand) (out []op) {
	table := 1 + r.IntN(len(tableNames))
	add := func(p pace, k opKind) { out = append(out, op{kind: k, seed: r.Uint64(), pace: p, table: table}) }
	for range 1 + r.IntN(2) {
		add(anyPace, opWrite)
	}
	add(pace(r.IntN(2)), opFlush)
	for range 1 + r.IntN(3) {
		add(anyPace, opChange)
	}
	add(anyPace, opTruncate)
	add(whole, opGoOn)
	add(anyPace, opReopen)
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
