package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
)

// The files of segments never change, so the SHA-256 of one is remembered, and
// a later backup does not read the file again. What is remembered holds for a
// file of the same place, length, time of writing, and the same checksums of
// its sections, which the segment's meta tells. When a file is first read it
// is compared with those: what is damaged gets no id and no backup. A file that
// is damaged later keeps the id of what was written, which is what a
// repository has, or wants and refuses anything else for.
//
// The list is a segment.Frame with the magic below around the JSON of a map. It
// is a note: one that cannot be read is as good as none.
//
// Version 1: first.
const (
	idsMagic   = "qxfileid"
	idsVersion = 1
)

// IDs is the SHA-256 of files that were read before.
type IDs struct {
	path  string
	again bool // read all files, and compare

	mu    sync.Mutex
	known map[string]fileID
	seen  map[string]fileID // in this scan

	read atomic.Int64 // bytes of files, for tests
}

type fileID struct {
	Bytes  int64
	Time   int64  // of writing, nanoseconds since 1970 UTC
	Sums   string // of its sections, and where they lie
	SHA256 string
}

// OpenIDs reads the list kept in the file path. With again, what it says is
// compared instead of believed.
func OpenIDs(path string, again bool) *IDs {
	ids := &IDs{path: path, again: again, seen: map[string]fileID{}}
	data, err := os.ReadFile(path)
	if err == nil {
		ids.known, _ = decodeIDs(path, data)
	}
	return ids
}

func decodeIDs(path string, data []byte) (map[string]fileID, error) {
	_, body, err := segment.Unframe(path, idsMagic, idsVersion, data)
	if err != nil {
		return nil, err
	}
	var known map[string]fileID
	if err := json.Unmarshal(body, &known); err != nil {
		return nil, fault.E("backup: read ids", fault.Corrupt, fault.Item(path), err)
	}
	return known, nil
}

// Keep writes the list of the files that were seen.
func (ids *IDs) Keep() error {
	ids.mu.Lock()
	body, err := json.Marshal(ids.seen)
	ids.mu.Unlock()
	if err != nil {
		return fault.E("backup: keep ids", fault.Internal, err)
	}
	return writeWhole(ids.path, func(w io.Writer) error {
		_, err := w.Write(segment.Frame(idsMagic, idsVersion, body))
		return err
	})
}

// of returns the id of a file, which is called name below the folder of all
// groups; secs are the sections in it, none where it is no segment's.
func (ids *IDs) of(name, path string, d fs.DirEntry, secs []segment.SectionMeta) (File, error) {
	info, err := d.Info()
	if err != nil {
		return File{}, err
	}
	id := fileID{Bytes: info.Size(), Time: info.ModTime().UnixNano()}
	for _, s := range secs {
		id.Sums += fmt.Sprintf("%d %d %016x\n", s.Offset, s.Size, s.Sum)
	}
	ids.mu.Lock()
	was, known := ids.known[name]
	ids.mu.Unlock()
	known = known && len(secs) > 0 && was.Bytes == id.Bytes && was.Time == id.Time && was.Sums == id.Sums
	if known && !ids.again {
		id.SHA256 = was.SHA256
	} else if id.SHA256, err = ids.sum(path, secs); err != nil {
		return File{}, err
	}
	if known && id.SHA256 != was.SHA256 {
		return File{}, fault.E("backup: list files", fault.Corrupt, fault.Item(path), fmt.Errorf("SHA-256 %s, and %s when it was first read", id.SHA256, was.SHA256))
	}
	if len(secs) > 0 {
		ids.mu.Lock()
		ids.seen[name] = id
		ids.mu.Unlock()
	}
	return File{Bytes: id.Bytes, SHA256: id.SHA256}, nil
}

// sum reads a file, and compares its sections with their checksums.
func (ids *IDs) sum(path string, secs []segment.SectionMeta) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	all, each := sha256.New(), newSectionSums(secs)
	n, err := io.Copy(io.MultiWriter(all, each), f)
	ids.read.Add(n)
	if err == nil {
		err = each.compare(path)
	}
	return hex.EncodeToString(all.Sum(nil)), err
}

// sectionSums sums up each section of a file that is written to it.
type sectionSums struct {
	secs []segment.SectionMeta
	sums []*xxhash.Digest
	at   int64
}

func newSectionSums(secs []segment.SectionMeta) *sectionSums {
	s := &sectionSums{secs: secs}
	for range secs {
		s.sums = append(s.sums, xxhash.New())
	}
	return s
}

func (s *sectionSums) Write(p []byte) (int, error) {
	end := s.at + int64(len(p))
	for i, sec := range s.secs {
		lo, hi := max(s.at, sec.Offset), min(end, sec.Offset+sec.Size)
		if lo < hi {
			s.sums[i].Write(p[lo-s.at : hi-s.at])
		}
	}
	s.at = end
	return len(p), nil
}

func (s *sectionSums) compare(path string) error {
	for i, sec := range s.secs {
		if have := s.sums[i].Sum64(); have != sec.Sum || s.at < sec.Offset+sec.Size {
			return fault.E("backup: list files", fault.Corrupt, fault.Item(path),
				fault.Hint("quindex verify finds what is damaged, and the server heals what it can; then take the backup again"),
				fmt.Errorf("section %s at offset %d: checksum %#016x, want %#016x", sec.Def.Name, sec.Offset, have, sec.Sum))
		}
	}
	return nil
}

// sectionsOf returns the sections in each file of a folder, if it is a segment's.
func sectionsOf(dir string) map[string][]segment.SectionMeta {
	m, err := segment.ReadMeta(vfs.Default, dir)
	if err != nil {
		return nil
	}
	out := map[string][]segment.SectionMeta{}
	for _, sec := range m.Sections {
		out[sec.File] = append(out[sec.File], sec)
	}
	return out
}

// scanGroup lists the files of a group below dir, which is called name.
func (ids *IDs) scanGroup(dir, name string, stop func() error) (files []File, err error) {
	sections := map[string]map[string][]segment.SectionMeta{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			sections[path] = sectionsOf(path)
			return stop()
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f, err := ids.of(filepath.ToSlash(filepath.Join(name, rel)), path, d, sections[filepath.Dir(path)][d.Name()])
		f.Path = filepath.ToSlash(rel)
		files = append(files, f)
		return err
	})
	if err != nil && fault.KindOf(err) == fault.Other {
		err = fault.E("backup: list files", fault.IO, err)
	}
	return files, err
}
