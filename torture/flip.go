package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	faults "github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
	"github.com/quindex/quindex/store"
)

// flip changes one byte of a file of the closed shard: opening it, or reading
// all of it, must end in an error, or all answers be right.
func (r *run) flip(rng *rand.Rand) error {
	if err := r.shard.Flush(r.ctx); err != nil {
		return err
	}
	r.safe = r.shard.Applied()
	if err := unhurt(r.shut(rng)); err != nil {
		return err
	}
	names, err := files(r.disk, shardDir)
	if err != nil {
		return err
	}
	path := names[rng.IntN(len(names))]
	data, err := segment.ReadFile(r.disk, path)
	if err != nil || len(data) == 0 {
		return errors.Join(err, r.recover(rng, noFault))
	}
	at := rng.IntN(len(data))
	bit := byte(1) << rng.IntN(8)
	r.tally.fault("flipped byte of "+kindOf(path), 1)
	data[at] ^= bit
	if err := segment.WriteFile(r.disk, path, data); err != nil {
		return err
	}
	if rng.IntN(2) == 0 {
		return r.liveWith(rng, path, data, at, bit)
	}
	if healed, err := r.readAll(rng); err == nil && healed {
		r.tally.Healed++
		return r.recover(rng, noFault)
	} else if err == nil {
		r.tally.Unused++
	} else if v := (violation{}); errors.As(err, &v) {
		return fmt.Errorf("byte %d of %s flipped: %w", at, path, err)
	} else {
		r.tally.Noticed++
	}
	data[at] ^= bit
	if err := segment.WriteFile(r.disk, path, data); err != nil {
		return err
	}
	return r.recover(rng, noFault)
}

// readAll opens the shard, reads everything, and closes it. The shard may make
// what is damaged anew.
func (r *run) readAll(rng *rand.Rand) (healed bool, err error) {
	s, err := store.OpenStill(r.ctx, shardDir, r.options())
	if err != nil {
		return false, err
	}
	defer s.Close()
	if err := s.Verify(r.ctx); err != nil {
		if merr := s.Mend(r.ctx); merr != nil || s.Damaged() != nil {
			return false, errors.Join(err, merr)
		}
	}
	return len(s.Mended()) > 0, check(r.ctx, s, r.model, r.reg, rng)
}

// liveWith opens the shard with a flipped byte and lets it work: what it writes
// anew, and what it gives away, must be right or not be. Then the byte is put
// right, if the file is there still, and everything must be.
func (r *run) liveWith(rng *rand.Rand, path string, data []byte, at int, bit byte) error {
	err := r.open()
	if err == nil {
		r.tally.Lived++
		err = r.work(rng)
	}
	if v := (violation{}); errors.As(err, &v) {
		return fmt.Errorf("byte %d of %s flipped: %w", at, path, err)
	}
	r.close()
	now, err := segment.ReadFile(r.disk, path)
	if err == nil && bytes.Equal(now, data) {
		data[at] ^= bit
		err = segment.WriteFile(r.disk, path, data)
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, r.recover(rng, noFault))
}

// work does what comes while a segment may be damaged. Only a violation counts:
// other errors are what damage makes, or a shard that it has broken.
func (r *run) work(rng *rand.Rand) error {
	ctx := r.ctx
	for range 2 + rng.IntN(6) {
		id := r.someTable(rng)
		var err error
		switch rng.IntN(9) {
		case 0, 1:
			err = r.shard.Merge(ctx, id)
		case 2:
			err = r.write(rng)
		case 3:
			err = r.change(rng)
		case 4:
			err = r.writeFresh(rng)
		case 5:
			err = r.shard.Reindex(ctx, id)
		case 6:
			err = r.shard.Tend(ctx)
		case 7:
			err = r.giveAway(rng)
		case 8:
			err = r.look(rng)
		}
		if v := (violation{}); errors.As(err, &v) {
			return err
		}
		if r.shard.Broken() != nil {
			return nil
		}
		if err != nil && !faults.Is(err, faults.Corrupt) {
			return violated("after a byte was flipped: %v", err)
		}
	}
	return nil
}

// giveAway makes a replica of a snapshot, if the shard gives one.
func (r *run) giveAway(rng *rand.Rand) error {
	r.folders++
	dir := fmt.Sprint("snapshot-", r.folders)
	if err := r.disk.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	index, err := r.shard.Link(dir)
	if err == nil {
		err = r.replica(dir, index, rng)
	}
	return errors.Join(err, r.disk.RemoveAll(dir), r.disk.RemoveAll(dir+"-replica"))
}
