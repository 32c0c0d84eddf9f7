package cluster

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/quindex/quindex/fault"
)

// sink is a snapshot in the making, a raft.SnapshotSink. It is filled in one
// of two ways: a local snapshot is adopted as a staged folder, a received one
// is written as a stream.
type sink struct {
	s     *snapshots
	meta  snapshotMeta
	stage string // folder with state/; "" until there is one

	w        *io.PipeWriter // of a received stream
	received chan error

	done bool
	err  error
}

func (k *sink) ID() string { return k.meta.ID }

// adopt takes over a staged folder whose state covers machineIndex.
func (k *sink) adopt(stage string, machineIndex uint64) {
	k.stage, k.meta.MachineIndex = stage, machineIndex
}

func (k *sink) Write(p []byte) (int, error) {
	if k.w == nil {
		if err := k.receive(); err != nil {
			return 0, err
		}
	}
	return k.w.Write(p)
}

// receive starts the goroutine that unpacks the stream; Close and Cancel wait for it.
func (k *sink) receive() (err error) {
	if k.stage, err = k.s.stage(); err != nil {
		return err
	}
	var r *io.PipeReader
	r, k.w = io.Pipe()
	k.received = make(chan error, 1)
	go func() {
		h, err := receiveSnapshot(r, createIn(filepath.Join(k.stage, stateName)))
		k.meta.MachineIndex = h.MachineIndex
		if err == nil {
			_, err = io.Copy(io.Discard, r) // the padding at the end
		}
		r.CloseWithError(errors.Join(err, io.ErrClosedPipe))
		k.received <- err
	}()
	return nil
}

// Close puts the snapshot in place; calling it again repeats the answer.
func (k *sink) Close() error {
	if k.done {
		return k.err
	}
	if k.w != nil {
		k.w.Close()
		k.err = <-k.received
	}
	k.done = true
	if k.err == nil && k.stage == "" {
		k.err = fault.E("cluster: take snapshot", fault.Internal, "nothing was written")
	}
	if k.err == nil {
		k.err = k.finish()
	}
	if k.err != nil && k.stage != "" {
		k.err = errors.Join(k.err, os.RemoveAll(k.stage))
	}
	return k.err
}

func (k *sink) finish() (err error) {
	if k.meta.StreamBytes, err = streamBytes(k.meta, filepath.Join(k.stage, stateName)); err != nil {
		return err
	}
	return k.s.install(k.stage, k.meta)
}

// Cancel drops the snapshot.
func (k *sink) Cancel() error {
	if k.done {
		return nil
	}
	k.done, k.err = true, fault.E("cluster: take snapshot", fault.Canceled)
	if k.w != nil {
		k.w.CloseWithError(io.ErrUnexpectedEOF)
		<-k.received
	}
	if k.stage == "" {
		return nil
	}
	return os.RemoveAll(k.stage)
}
