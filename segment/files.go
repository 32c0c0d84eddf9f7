package segment

import (
	"errors"
	"io"
	"os"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/fault"
)

// mappings counts the live mappings of this process, for tests and limits:
// Linux grants 65,530 of them.
var mappings atomic.Int64

// Mappings returns the number of files this process has mapped into memory.
func Mappings() int64 { return mappings.Load() }

// loadFile returns the content of a file: mapped where the file has a
// descriptor, else read. free gives it back.
func loadFile(fs vfs.FS, path string) (data []byte, free func() error, err error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	size := int(info.Size())
	if fd := f.Fd(); canMap && fd != vfs.InvalidFd && size > 0 {
		data, err = mapFile(fd, size)
		if err != nil {
			return nil, nil, err
		}
		mappings.Add(1)
		return data, func() error { mappings.Add(-1); return unmap(data) }, nil
	}
	data = make([]byte, size)
	if _, err = io.ReadFull(f, data); err != nil {
		return nil, nil, err
	}
	return data, func() error { return nil }, nil
}

// ReadFile reads a small file whole.
func ReadFile(fs vfs.FS, path string) ([]byte, error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// WriteFile writes a small file and makes its content durable; the name is
// durable once its folder is synced too.
func WriteFile(fs vfs.FS, path string, data []byte) error {
	w, err := createFile(fs, path)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	_, _, err = w.finish(err)
	return err
}

// ReplaceFile puts data in place of what path held, all or nothing: it is
// written beside, synced, renamed and the folder synced.
func ReplaceFile(fs vfs.FS, path string, data []byte) error {
	tmp := path + ".tmp"
	if err := WriteFile(fs, tmp, data); err != nil {
		return err
	}
	if err := fs.Rename(tmp, path); err != nil {
		return err
	}
	return SyncDir(fs, fs.PathDir(path))
}

// SyncDir makes the names in a folder durable.
func SyncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}

// notExist reports whether err says that a file is missing.
func notExist(err error) bool { return errors.Is(err, os.ErrNotExist) }

// fileWriter writes one file through a buffer of its own: a vfs.File may
// scribble on what it is given, and sections in memory are shared.
type fileWriter struct {
	f    vfs.File
	path string
	buf  []byte
	sum  xxhash.Digest
	size int64
}

const writeBuffer = 256 << 10

func createFile(fs vfs.FS, path string) (*fileWriter, error) {
	f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, fault.E("segment: create", fault.IO, fault.Item(path), err)
	}
	w := &fileWriter{f: f, path: path}
	w.sum.Reset()
	return w, nil
}

func (w *fileWriter) Write(p []byte) (int, error) {
	_, _ = w.sum.Write(p) // never an error
	w.size += int64(len(p))
	for rest := p; len(rest) > 0; {
		if len(w.buf) >= writeBuffer {
			if err := w.flush(); err != nil {
				return 0, err
			}
		}
		k := min(len(rest), writeBuffer-len(w.buf))
		w.buf, rest = append(w.buf, rest[:k]...), rest[k:]
	}
	return len(p), nil
}

func (w *fileWriter) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.f.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// finish writes what is left and syncs, unless err says that it is of no use
// any more, and closes the file.
func (w *fileWriter) finish(err error) (size int64, sum uint64, _ error) {
	if err == nil {
		err = w.flush()
	}
	if err == nil {
		err = w.f.Sync()
	}
	if cerr := w.f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return 0, 0, fault.E("segment: write", ioKind(err), fault.Item(w.path), err)
	}
	return w.size, w.sum.Sum64(), nil
}

// ioKind keeps the kind that err has; a bare error is the disk's.
func ioKind(err error) fault.Kind {
	if k := fault.KindOf(err); k != fault.Other {
		return k
	}
	return fault.IO
}
