package main

import (
	"bytes"
	"math/rand/v2"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/segment"
)

// crashedDisk is what a crash leaves of a file system: what was synced, and keep
// percent of the rest. Which of it, the seed alone says: vfs.MemFS would choose
// in the order of its maps.
func crashedDisk(mem *vfs.MemFS, keep int, rng *rand.Rand) *vfs.MemFS {
	if keep >= 100 {
		return mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rng})
	}
	left := mem.CrashClone(vfs.CrashCloneCfg{})
	if keep > 0 {
		all := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rng})
		m := mixing{from: all, to: left, keep: keep, rng: rng}
		if m.folder("/"); m.err != nil {
			panic(m.err) // memory
		}
	}
	return left
}

// mixing carries a part of what is in one file system to another.
type mixing struct {
	from, to *vfs.MemFS
	keep     int
	rng      *rand.Rand
	err      error
}

func (m *mixing) chance() bool { return m.rng.IntN(100) < m.keep }

func (m *mixing) try(err error) bool {
	if m.err == nil {
		m.err = err
	}
	return m.err == nil
}

func (m *mixing) folder(dir string) {
	names, err := m.from.List(dir)
	slices.Sort(names)
	m.try(err)
	for _, name := range names {
		path := m.from.PathJoin(dir, name)
		info, err := m.from.Stat(path)
		if !m.try(err) {
			return
		}
		_, missing := m.to.Stat(path)
		switch {
		case missing != nil && !m.chance():
		case info.IsDir():
			m.try(m.to.MkdirAll(path, 0o755))
			m.folder(path)
		default:
			m.file(path, missing != nil)
		}
	}
	if m.err == nil {
		m.try(segment.SyncDir(m.to, dir))
	}
}

// file carries over some blocks of what a file has grown by, or all of a file
// that is new or was put in the place of another by renaming it.
func (m *mixing) file(path string, isNew bool) {
	const block = 4096
	data, err := segment.ReadFile(m.from, path)
	if !m.try(err) {
		return
	}
	out := data
	if !isNew {
		synced, err := segment.ReadFile(m.to, path)
		switch {
		case !m.try(err) || bytes.Equal(synced, data):
			return
		case bytes.HasPrefix(data, synced):
			out = synced
			for at := len(synced); at < len(data); at += block {
				if end := min(at+block, len(data)); m.chance() {
					out = append(append(out, make([]byte, at-len(out))...), data[at:end]...)
				}
			}
		case !m.chance():
			return
		}
	}
	m.try(segment.WriteFile(m.to, path, out))
}
