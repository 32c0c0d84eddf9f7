package store

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/record"
)

// TestRemembered: a shard knows, after a restart too, of which tables it
// remembers clients, and which ids of a client have sent a number or a later
// one. A manifest of before says nothing of tables.
func TestRemembered(t *testing.T) {
	ctx, fs, rng := context.Background(), vfs.NewMem(), rand.New(rand.NewPCG(1, 1))
	s := openTest(t, fs, Options{})
	client := func(n, table byte) [16]byte { return [16]byte{n, 8: table} }
	index := uint64(0)
	for id := record.TableID(1); id <= 3; id++ {
		def := flights(id, 1)
		index++
		mustApply(t, s, index, EncodeDefine(def))
		for seq := uint64(1); seq <= 2; seq++ {
			index++
			key := IdempotencyKey{Client: client(7, byte(id)), Seq: 10*uint64(id) + seq}
			mustApply(t, s, index, EncodeBatch(key, batchOf(rng, def, 0, 1)))
		}
	}
	check := func(when string, want []record.TableID, wantAll bool) {
		t.Helper()
		if have, all := s.Remembered(); !slices.Equal(have, want) || all != wantAll {
			t.Errorf("%s: clients of %v, %v; want %v, %v", when, have, all, want, wantAll)
		}
		known := func(n byte, seq uint64, want ...[16]byte) {
			t.Helper()
			if have := s.Known(client(n, 99), seq, nil); !slices.Equal(have, want) {
				t.Errorf("%s: %d is known to have sent %d or more as %v, want %v", when, n, seq, have, want)
			}
		}
		known(7, 33)
		known(7, 32, client(7, 3))
		known(7, 22, client(7, 2), client(7, 3))
		known(7, 0, client(7, 1), client(7, 2), client(7, 3))
		known(8, 0)
	}
	again := func() {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openTest(t, fs, Options{})
	}
	check("at first", []record.TableID{1, 2, 3}, true)
	mustApply(t, s, index+1, EncodeRetire(2))
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	again()
	check("opened again", []record.TableID{1, 2, 3}, true)
	s.durable.owners = nil
	if err := s.writeManifest(s.durable); err != nil {
		t.Fatal(err)
	}
	again()
	check("with a manifest of before", []record.TableID{0}, false)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
