package main

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// errDisk is the error of a broken disk, errDead that of one after the crash.
var (
	errDisk = errors.New("injected: input/output error")
	errDead = errors.New("injected: the machine has crashed")
)

// fault is what a disk does at an operation.
type fault uint8

const (
	noFault   fault = iota
	crash           // what was not synced is gone; the disk is dead for whoever has it open
	diskError       // one operation fails
	diskFull        // that and all later writes fail, until the disk is calm again
)

var faultNames = [...]string{"none", "crash", "disk error", "disk full"}

func (f fault) String() string { return faultNames[f] }

// disk is a file system in memory with a fault to come.
type disk struct {
	vfs.FS
	mem *vfs.MemFS

	mu    sync.Mutex
	fault fault
	after int // operations until the fault
	fired bool
	keep  int // percent of unsynced data that a crash leaves
	rng   *rand.Rand
	left  *vfs.MemFS // what the crash left

	fires int    // how many faults have come
	point func() // called before every operation
}

// newDisk returns a calm disk; forgetful is one on which syncing does nothing.
func newDisk(mem *vfs.MemFS, forgetful bool, point func()) *disk {
	d := &disk{mem: mem, point: point}
	base := vfs.FS(mem)
	if forgetful {
		base = forgetfulFS{base}
	}
	d.FS = errorfs.Wrap(base, d)
	return d
}

// arm lets f come after some operations.
func (d *disk) arm(f fault, after, keep int, rng *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault, d.after, d.keep, d.rng, d.fired = f, after, keep, rng, false
}

// calm takes the fault back and reports whether it came.
func (d *disk) calm() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	fired := d.fired
	d.fault, d.fired = noFault, false
	return fired
}

// met is how many faults have come and are over: a disk that is full is so still.
func (d *disk) met() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fault == diskFull && d.fired {
		return d.fires - 1
	}
	return d.fires
}

// crashed returns what a crash leaves: the one that came, or one now.
func (d *disk) crashed(keep int, rng *rand.Rand) *vfs.MemFS {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left == nil {
		d.left = crashedDisk(d.mem, keep, rng)
	}
	d.fault, d.fired = crash, true
	return d.left
}

// MaybeError is asked before every operation.
func (d *disk) MaybeError(op errorfs.Op) error {
	d.point()
	d.mu.Lock()
	defer d.mu.Unlock()
	writes := op.Kind.ReadOrWrite() == errorfs.OpIsWrite && op.Kind != errorfs.OpFileClose
	switch {
	case d.fault == noFault:
		return nil
	case d.fired && d.fault == crash:
		return errDead
	case d.fired && d.fault == diskFull && writes && op.Kind != errorfs.OpRemove && op.Kind != errorfs.OpRemoveAll:
		return syscall.ENOSPC
	case d.fired:
		return nil
	}
	if d.fault == diskFull && !writes {
		return nil
	}
	if d.after--; d.after > 0 {
		return nil
	}
	d.fired = true
	d.fires++
	switch d.fault {
	case crash:
		d.left = crashedDisk(d.mem, d.keep, d.rng)
		return errDead
	case diskFull:
		return syscall.ENOSPC
	}
	return errDisk
}

func (d *disk) String() string { return "torture" }

// List is sorted, so that a history is the same each time.
func (d *disk) List(dir string) ([]string, error) {
	names, err := d.FS.List(dir)
	slices.Sort(names)
	return names, err
}

// files lists the files below dir.
func files(fs vfs.FS, dir string) (out []string, err error) {
	names, err := fs.List(dir)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		path := fs.PathJoin(dir, n)
		info, err := fs.Stat(path)
		switch {
		case err != nil:
			return nil, err
		case info.IsDir():
			below, err := files(fs, path)
			if err != nil {
				return nil, err
			}
			out = append(out, below...)
		default:
			out = append(out, path)
		}
	}
	return out, nil
}

// kindOf is the kind of a file of a shard, for the summary.
func kindOf(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}

// forgetfulFS is a disk that says it has synced and has not: a planted fault.
type forgetfulFS struct{ vfs.FS }

type forgetfulFile struct{ vfs.File }

func (forgetfulFile) Sync() error                { return nil }
func (forgetfulFile) SyncData() error            { return nil }
func (forgetfulFile) SyncTo(int64) (bool, error) { return true, nil }

func forgetful(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return forgetfulFile{f}, nil
}

func (f forgetfulFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return forgetful(f.FS.Create(name, c))
}

func (f forgetfulFS) OpenDir(name string) (vfs.File, error) { return forgetful(f.FS.OpenDir(name)) }

func (f forgetfulFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return forgetful(f.FS.OpenReadWrite(name, c, o...))
}
