package store

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/segment"
)

// FuzzManifest reads any bytes as a manifest, bare and in a frame.
func FuzzManifest(f *testing.F) {
	w := newWindows()
	w.add(IdempotencyKey{Client: [16]byte{1}, Seq: 3}, 1, 9, BatchResult{FirstRow: 4, Rows: 5})
	t := &table{def: flights(1, 2)}
	d := &durable{applied: 9, nextRow: 10, windows: w.encode(),
		tables: []durableTable{{t: t, def: t.def, pieces: []*piece{{name: "seg-000003", index: 8}}}}}
	data, err := d.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[16 : len(data)-4])
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, b := range [][]byte{data, segment.Frame(manifestMagic, manifestVersion, data)} {
			m, err := decodeManifest("MANIFEST", b)
			if err != nil {
				continue
			}
			if _, err := decodeWindows(m.Windows); err != nil {
				t.Fatal("accepted windows that cannot be read")
			}
		}
	})
}

// FuzzApply applies any bytes as log entries: they are refused or applied,
// twice alike, and the shard can be read and flushed.
func FuzzApply(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 1))
	def := flights(1, 1)
	f.Add(EncodeBatch(IdempotencyKey{Client: [16]byte{1}, Seq: 1}, batchOf(rng, def, 0, 3)))
	f.Add(EncodeDefine(flights(1, 2)))
	f.Add(EncodeDrop(1))
	chunk := Chunk{Table: 1, Source: [16]byte{1}, Start: 0, End: 9}
	f.Add(EncodePart(chunk, 1, EncodeBatch(IdempotencyKey{}, batchOf(rng, def, 0, 3))))
	f.Add(EncodeMarked(chunk, 3))
	f.Add(EncodeFreeze(1, true))
	f.Add(EncodeMove(2, []uint64{1, 2, 3}, batchOf(rng, def, 0, 3)))
	f.Add(EncodeMoved(chunk, 3))
	f.Add(EncodeRetire(1))
	f.Add(EncodeWhole(7, batchOf(rng, def, 0, 3)))
	f.Fuzz(func(t *testing.T, entry []byte) {
		s := openTest(t, vfs.NewMem(), Options{Registry: testRegistry(plain{})})
		defer s.Close()
		mustApply(t, s, 1, EncodeDefine(def))
		kept := bytes.Clone(entry)
		_, err1, broken := s.Apply(2, entry)
		if broken != nil {
			t.Fatal(broken)
		}
		if !bytes.Equal(entry, kept) {
			t.Fatal("the entry was written to")
		}
		clear(entry) // it is the caller's again
		_, err2, _ := s.Apply(3, kept)
		if (err1 == nil) != (err2 == nil) {
			t.Fatalf("%v, and the second time %v", err1, err2)
		}
		for _, d := range s.Tables() {
			if v, err := s.View(context.Background(), d.ID()); err == nil {
				v.Close()
			}
		}
	})
}

// FuzzWindows reads any bytes as idempotency windows; what can be read can be
// written and read again.
func FuzzWindows(f *testing.F) {
	w := newWindows()
	for i := range uint64(20) {
		w.add(IdempotencyKey{Client: [16]byte{byte(i % 3)}, Seq: i + 1}, 1, i+1, BatchResult{FirstRow: i, Rows: 1})
	}
	f.Add(w.encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := decodeWindows(data)
		if err != nil {
			return
		}
		again, err := decodeWindows(w.encode())
		if err != nil || len(again.clients) != len(w.clients) {
			t.Fatalf("read again: %v", err)
		}
	})
}
