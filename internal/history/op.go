package history

import (
	"fmt"
	"time"
)

// Kind is what an operation does to its row.
type Kind uint8

// Kinds of operations. Hit is what a client learns besides the value of Read.
const (
	Put   Kind = iota // the row has the value Arg, whatever was there
	Fresh             // so it has if it was not there; Hit: it was not
	Add               // its value grows by Arg, if it is there; Hit: it was
	Swap              // its value becomes Arg if it was Old; Hit: it was
	Drop              // it goes, if it is there; Hit: it was
	Read              // Hit: it is there, with the value Arg
)

var kindNames = [...]string{"put", "fresh", "add", "swap", "drop", "read"}

func (k Kind) String() string { return kindNames[k] }

// Op is one operation on one row, as its client saw it.
type Op struct {
	Key    int64
	Client int
	Kind   Kind
	Arg    int64 // of Read: the value that came back
	Old    int64 // of Swap

	Call, Return time.Duration // since one moment for all clients
	Answered     bool          // if not, there is no Return nor Hit, and it may happen at any time after Call, or never
	Hit          bool
}

func (o Op) String() string {
	out := fmt.Sprintf("%v to ", o.Call)
	if o.Answered {
		out += o.Return.String()
	} else {
		out += "no answer"
	}
	out += fmt.Sprintf(": client %d, key %d, %v", o.Client, o.Key, o.Kind)
	switch {
	case o.Kind == Swap:
		out += fmt.Sprintf(" %d for %d", o.Old, o.Arg)
	case o.Kind != Drop && (o.Kind != Read || o.Hit):
		out += fmt.Sprintf(" %d", o.Arg)
	}
	if o.Answered && o.Kind != Put {
		out += fmt.Sprintf(", hit %v", o.Hit)
	}
	return out
}

// row is the state of a register.
type row struct {
	there bool
	value int64
}

// step is what an operation makes of a row; false if it cannot have had its
// answer there.
func (o Op) step(r row) (row, bool) {
	next, hit := r, r.there
	switch o.Kind {
	case Put:
		return row{true, o.Arg}, true
	case Fresh:
		if hit = !r.there; hit {
			next = row{true, o.Arg}
		}
	case Add:
		if hit {
			next.value += o.Arg
		}
	case Swap:
		if hit = r.there && r.value == o.Old; hit {
			next.value = o.Arg
		}
	case Drop:
		next = row{}
	case Read:
		return r, !o.Answered || hit == o.Hit && (!hit || r.value == o.Arg)
	}
	return next, !o.Answered || hit == o.Hit
}
