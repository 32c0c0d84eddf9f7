package store

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/segment"
)

// TestDamagedIndexesAreMended flips a byte in an index, the meta or the manifest
// of a shard, while it is open or before it is opened: nothing but what is
// damaged fails, entries that meet the damage are applied, and what is damaged
// is made anew of the columns, under the same rows and deaths. No log is needed,
// and no file is left behind.
func TestDamagedIndexesAreMended(t *testing.T) {
	rng := random(t)
	count := map[string]int{}
	for round := range 30 {
		m := newModel(rand.New(rand.NewPCG(rng.Uint64(), 2)))
		t.Chdir(t.TempDir())
		s := openReal(t)
		for range 4 {
			applySome(t, s, m, 12)
			if err := s.Flush(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if round%2 == 0 { // the larger ones have a file for each section
			for _, id := range []record.TableID{1, 3, 10} {
				if err := s.Merge(context.Background(), id); err != nil {
					t.Fatal(err)
				}
			}
		}
		live := round%3 > 0
		if live { // and nothing is read yet: bytes are compared when they are first read
			s.Close()
			s = openReal(t)
		}
		what, file := spoil(t, rng, s, live)
		what = fmt.Sprintf("round %d, %s", round, what)
		if !live {
			s.Close()
			s = openReal(t)
		}
		m.replay(t, s)
		count[mendIt(t, what, file, s, m)]++
		m.check(t, what, s)
		applySome(t, s, m, 10)
		m.check(t, what+", more rows", s)
		if err := s.Flush(context.Background()); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		checkFolder(t, what, vfs.Default, s)
		s.Close()
		s = openReal(t)
		m.replay(t, s)
		m.check(t, what+", opened again", s)
		if err := s.Verify(context.Background()); err != nil || len(s.Mended()) > 0 {
			t.Fatalf("%s, opened again: %v, mended again: %v", what, err, s.Mended())
		}
		s.Close()
	}
	t.Logf("mended: %v", count)
	if count[byTheStart] == 0 || count[byApply] == 0 || count[byVerify] == 0 {
		t.Error("one of these did not happen")
	}
}

const (
	byTheStart = "by the start"
	byApply    = "by an entry that met it"
	byVerify   = "found by Verify"

	goneWithTable = "gone with its table"
)

// segmentIn reports whether a segment is in sight; "." stands for the manifest.
func segmentIn(s *Shard, name string) bool {
	return name == "." || slices.ContainsFunc(s.Segments(), func(i SegmentInfo) bool { return i.Name == name })
}

// mendIt lets the shard find what is damaged, and mend it.
func mendIt(t *testing.T, what, file string, s *Shard, m *model) (how string) {
	t.Helper()
	ctx := context.Background()
	how = byTheStart
	if len(s.Mended()) == 0 {
		applySome(t, s, m, 6) // does not fail, whatever it meets
		how = byApply
	}
	if !segmentIn(s, filepath.Dir(file)) && len(s.Mended()) == 0 {
		return goneWithTable
	}
	if len(s.Mended()) == 0 {
		if err := s.Verify(ctx); !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "offset") {
			t.Fatalf("%s: verify: %v, want %s and an offset", what, err, file)
		}
		if s.Damaged() == nil {
			t.Fatalf("%s: not known as damaged", what)
		}
		if err := s.Mend(ctx); err != nil {
			t.Fatalf("%s: mend: %v", what, err)
		}
		how = byVerify
	}
	if err := s.Verify(ctx); err != nil || s.Damaged() != nil || s.Broken() != nil {
		t.Fatalf("%s, %s: still %v, damaged %v, broken %v", what, how, err, s.Damaged(), s.Broken())
	}
	if all := s.Mended(); len(all) != 1 || !strings.Contains(all[0].Was.Error(), "offset") {
		t.Fatalf("%s, %s: mended %v", what, how, all)
	}
	return how
}

// TestDamagedColumns flips bytes of columns: what cannot be read is an error and
// stays one, and the shard says that it is beyond mending.
func TestDamagedColumns(t *testing.T) {
	ctx, rng := context.Background(), random(t)
	beyond := 0
	for round := range 30 {
		m := newModel(rand.New(rand.NewPCG(rng.Uint64(), 2)))
		t.Chdir(t.TempDir())
		s := openReal(t)
		told := 0
		s.opts.Damaged = func() { told++ }
		def := flights(1, 1)
		def.Options = map[string]string{"bloom": "n, delay"}
		m.defs[1], m.log = def, [][]byte{EncodeDefine(def)}
		b, r := batchOf(m.rng, def, 0, 30_000), BatchResult{FirstRow: 1, Rows: 30_000}
		m.log = append(m.log, EncodeBatch(IdempotencyKey{}, b))
		m.upsert(1, b, &r, false)
		m.replay(t, s)
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		ps := s.durable.pieces()
		p := ps[rng.IntN(len(ps))]
		sec := p.seg.Meta().Sections[0]
		flipAt(t, filepath.Join(s.dir, p.name, sec.File), sec.Offset+rng.Int64N(sec.Size))
		if err := s.Verify(ctx); !fault.Is(err, fault.Corrupt) {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := s.Mend(ctx); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		d := s.Damages()
		if len(d) == 0 { // it was in what is made of the values: a filter, a bitmap
			m.check(t, fmt.Sprintf("round %d, mended", round), s)
		} else if beyond++; len(d) != 1 || !d[0].Beyond || len(s.Mended()) > 0 || told != 2 {
			t.Fatalf("round %d: damages %+v, mended %v, told %d times, want 2: found, and beyond mending", round, d, s.Mended(), told)
		}
		s.Close()
	}
	t.Logf("beyond mending: %d of 30", beyond)
	if beyond == 0 || beyond == 30 {
		t.Error("either happens: values are damaged, or what is made of them")
	}
}

// openReal opens the shard in the folder "shard" on a real disk, with files
// that are mapped into memory.
func openReal(t *testing.T) *Shard {
	t.Helper()
	o := crashOptions(vfs.Default)
	o.Registry, o.Logger = testRegistry(columnar.Engine{}), slog.New(slog.DiscardHandler)
	s, err := Open(context.Background(), "shard", o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func applySome(t *testing.T, s *Shard, m *model, n int) {
	t.Helper()
	for range n {
		entry, want := m.next()
		m.apply(t, s, entry, want)
	}
}

// spoil flips a byte of something that can be made of the columns or, if live,
// of what is in memory.
func spoil(t *testing.T, rng *rand.Rand, s *Shard, live bool) (what, file string) {
	t.Helper()
	type place struct {
		file string
		sec  segment.SectionMeta
	}
	var all []place
	if live {
		all = append(all, place{file: manifestName})
	}
	for _, p := range s.durable.pieces() {
		if live {
			all = append(all, place{file: filepath.Join(p.name, "meta")})
		}
		for _, sec := range p.seg.Meta().Sections[1:] {
			weight := 1
			if sec.Def.Engine == engines.KeysEngine {
				weight = 8
			}
			all = append(all, slices.Repeat([]place{{filepath.Join(p.name, sec.File), sec}}, weight)...)
		}
	}
	at := all[rng.IntN(len(all))]
	path := filepath.Join(s.dir, at.file)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	offset, size := at.sec.Offset, at.sec.Size
	if size == 0 {
		offset, size = 0, info.Size()
	}
	offset += rng.Int64N(size)
	flipAt(t, path, offset)
	return fmt.Sprintf("byte %d of %s (%s)", offset, path, at.sec.Def.Name), at.file
}

func flipAt(t *testing.T, path string, offset int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, offset); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0x10
	if _, err := f.WriteAt(b, offset); err != nil {
		t.Fatal(err)
	}
}
