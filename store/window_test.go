package store

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

func TestWindowsForgetInOrder(t *testing.T) {
	w := newWindows()
	key := func(client, seq int) IdempotencyKey {
		return IdempotencyKey{Client: [16]byte{byte(client), byte(client >> 8), 1}, Seq: uint64(seq)}
	}
	index := uint64(0)
	add := func(client, seq int) {
		index++
		w.add(key(client, seq), record.TableID(client), index, BatchResult{FirstRow: index, Rows: seq})
	}
	for c := range maxClients + 5 {
		add(c, 1)
	}
	if len(w.clients) != maxClients {
		t.Fatalf("%d clients, want %d", len(w.clients), maxClients)
	}
	f := func(client, seq int, want bool) {
		t.Helper()
		r, have, err := w.find(key(client, seq))
		if have != want || err != nil || have && (!r.Duplicate || r.Rows != seq) {
			t.Fatalf("client %d, sequence number %d: %+v, %v, %v, want found %v", client, seq, r, have, err, want)
		}
	}
	f(4, 1, false)
	f(5, 1, true)
	for seq := 2; seq < maxSeqs+10; seq++ {
		add(7, seq)
	}
	f(7, maxSeqs+9, true)
	f(7, 10, true)
	if _, _, err := w.find(key(7, 9)); !fault.Is(err, fault.Invalid) {
		t.Fatalf("a forgotten sequence number: %v, want invalid", err)
	}
	again, err := decodeWindows(w.encode())
	if err != nil {
		t.Fatal(err)
	}
	w = again
	add(5, 2) // not the oldest any more
	add(maxClients+5, 1)
	f(5, 2, true)
	f(6, 1, false)
	f(7, maxSeqs+9, true)
	if _, _, err := w.find(key(7, 9)); !fault.Is(err, fault.Invalid) {
		t.Fatalf("a forgotten sequence number, after a restart: %v, want invalid", err)
	}
	if owners := again.owners(); len(owners) != maxClients || owners[0] != 0 {
		t.Fatalf("%d owners of windows of another time, the first is %d; want %d and 0", len(owners), owners[0], maxClients)
	}
	if _, have, err := w.find(IdempotencyKey{}); have || err != nil {
		t.Fatalf("no key: %v, %v", have, err)
	}
}

func TestRefusals(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	s := openTest(t, vfs.NewMem(), Options{})
	def := flights(1, 1)
	mustApply(t, s, 1, EncodeDefine(def))
	index := uint64(1)
	f := func(what string, entry []byte, want fault.Kind) {
		t.Helper()
		index++
		v, err, broken := s.Apply(index, entry)
		if v != nil && v != (BatchResult{}) || broken != nil || !fault.Is(err, want) {
			t.Errorf("%s: %v, %v, %v, want %v", what, v, err, broken, want)
		}
		if s.Applied() != index {
			t.Errorf("%s: applied %d, want %d", what, s.Applied(), index)
		}
	}
	f("no table", EncodeBatch(IdempotencyKey{}, batchOf(rng, flights(5, 1), 0, 1)), fault.NotFound)
	f("newer schema", EncodeBatch(IdempotencyKey{}, batchOf(rng, flights(1, 2), 0, 1)), fault.Conflict)
	refused := *flights(1, 2)
	refused.Indexes = []catalog.Index{{Name: "x", Engine: "echo", Options: map[string]string{"refuse": "yes"}}}
	f("an index that cannot be", EncodeDefine(&refused), fault.Invalid)
	refused.Indexes[0].Engine = "nothing"
	f("an index of no engine", EncodeDefine(&refused), fault.NotFound)
	other := batchOf(rng, def, 0, 1)
	other.IDs[0], other.IDs[1] = other.IDs[1], other.IDs[0]
	f("other types", EncodeBatch(IdempotencyKey{}, other), fault.Invalid)
	f("empty", nil, fault.Corrupt)
	f("unknown kind", []byte{77, 1, 0}, fault.Corrupt)
	f("unknown version", []byte{1, 77, 0}, fault.Corrupt)
	cut := EncodeBatch(IdempotencyKey{}, batchOf(rng, def, 0, 1))
	f("cut short", cut[:len(cut)-3], fault.Corrupt)
	key := IdempotencyKey{Client: [16]byte{1}, Seq: 1}
	index++
	mustApply(t, s, index, EncodeBatch(key, batchOf(rng, def, 0, 2)))
	f("a key used for something else", EncodeBatch(key, batchOf(rng, def, 0, 3)), fault.Conflict)
	if _, err := s.View(context.Background(), 9); !fault.Is(err, fault.NotFound) {
		t.Errorf("view of no table: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, broken := s.Apply(index+1, cut); !fault.Is(broken, fault.Unavailable) {
		t.Errorf("apply after close: %v", broken)
	}
	if _, err := s.View(context.Background(), 1); !fault.Is(err, fault.Unavailable) {
		t.Errorf("view after close: %v", err)
	}
}
