package store

import (
	"context"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// recorded is a shard and all entries it was given.
type recorded struct {
	t       *testing.T
	fs      vfs.FS
	o       Options
	s       *Shard
	log     [][]byte // entry i has log index i+1
	refused []bool   // of each entry, whether it was
}

// recording opens an empty shard in memory.
func recording(t *testing.T, o Options) *recorded {
	t.Helper()
	fs := vfs.NewMem()
	return &recorded{t: t, fs: fs, o: o, s: openTest(t, fs, o)}
}

// apply gives the shard the next entry, which may be refused.
func (r *recorded) apply(entry []byte) (any, error) {
	r.t.Helper()
	r.log = append(r.log, slices.Clone(entry))
	v, err, broken := r.s.Apply(uint64(len(r.log)), entry)
	if broken != nil {
		r.t.Fatal(broken)
	}
	r.refused = append(r.refused, err != nil)
	return v, err
}

// must is apply of an entry that is not refused.
func (r *recorded) must(entry []byte) any {
	r.t.Helper()
	v, err := r.apply(entry)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// again closes the shard, opens it and gives it the whole log once more: what
// was taken is not refused now.
func (r *recorded) again() {
	r.t.Helper()
	r.close()
	r.s = openTest(r.t, r.fs, r.o)
	for i, e := range r.log {
		if _, err, broken := r.s.Apply(uint64(i+1), slices.Clone(e)); broken != nil || err != nil && !r.refused[i] {
			r.t.Fatalf("replay of entry %d: %v, %v", i+1, err, broken)
		}
	}
}

func (r *recorded) flush() {
	r.t.Helper()
	if err := r.s.Flush(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *recorded) close() {
	r.t.Helper()
	if err := r.s.Close(); err != nil {
		r.t.Fatal(err)
	}
}
