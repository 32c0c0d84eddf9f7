package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

// ErrIndeterminate is in the chain of a Propose error when the entry may or
// may not be applied, now or later. The error's kind is Timeout, Canceled,
// Unavailable or IO. Propose again only what the machine recognises as a repeat.
var ErrIndeterminate = errors.New("it is unknown whether the entry was written")

// errClosed is the cause of all refusals once Close has begun.
var errClosed = errors.New("the node is closing")

const (
	hintRepeat    = fault.Hint("send it again with the same idempotency key")
	hintLater     = fault.Hint("try again in a moment")
	hintOneMoment = fault.Hint("the log folder is older than the data beside it, or missing: bring back the folders of one moment")
	hintBroken    = fault.Hint("look at the server's log for the first error of this group, mend the disk, and start the server again")
)

// indeterminate wraps cause for a caller who may not assume anything.
func indeterminate(op string, kind fault.Kind, cause error) error {
	return fault.E(op, kind, hintRepeat, fmt.Errorf("%w: %w", ErrIndeterminate, cause))
}

// waitError is what a wait that ended early returns: the caller's own deadline
// or cancellation, or the end of the group or node.
func waitError(op string, ctx context.Context, cause error) error {
	if ctx.Err() != nil {
		return fault.E(op, cause)
	}
	return stopError(op, cause)
}

func stopError(op string, cause error) error {
	if errors.Is(cause, errClosed) {
		return fault.E(op, fault.Unavailable, hintLater, cause)
	}
	return fault.E(op, fault.IO, hintBroken, cause)
}

// raftError translates what raft says of a proposal. Only refusals that come
// before the entry entered the log are definite.
func raftError(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, raft.ErrNotLeader), errors.Is(err, raft.ErrLeadershipTransferInProgress):
		return fault.E(op, fault.Unavailable, hintLater, err)
	case errors.Is(err, raft.ErrEnqueueTimeout):
		return fault.E(op, fault.Overload, hintLater, err)
	case errors.Is(err, raft.ErrRaftShutdown), errors.Is(err, raft.ErrLeadershipLost), errors.Is(err, raft.ErrAbortedByRestore):
		return indeterminate(op, fault.Unavailable, err)
	}
	return indeterminate(op, fault.IO, err)
}

// kindOr is the kind of err, or other when err says nothing of it.
func kindOr(err error, other fault.Kind) fault.Kind {
	if k := fault.KindOf(err); k != fault.Other {
		return k
	}
	return other
}
