package doctor

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/procfs"
)

// Host is what the machine gives the process. Zero is not known: only Linux
// tells all of it.
type Host struct {
	Files, FilesMax     int64 // open files
	Maps, MapsMax       int64 // memory mappings; a segment is one
	Memory, MemoryMax   int64 // bytes: resident, and of the machine or the process's control group
	DiskFree, DiskSize  int64 // bytes
	FileSystem          string
	Sync                time.Duration // to make 4 KiB durable, in the middle of a few tries
	SyncErr             error
	networked, volatile bool // of the file system
}

// Examined returns the host of this process, whose data is in dir. It writes
// and syncs a small file there.
func Examined(dir string) Host {
	h := Host{}
	h.Sync, h.SyncErr = timeSync(dir)
	h.statDisk(dir)
	if p, err := procfs.Self(); err == nil {
		if n, err := p.FileDescriptorsLen(); err == nil {
			h.Files = int64(n)
		}
		if l, err := p.Limits(); err == nil {
			h.FilesMax = int64(min(l.OpenFiles, 1<<62))
		}
		if s, err := p.Stat(); err == nil {
			h.Memory = int64(s.ResidentMemory())
		}
	}
	if b, err := os.ReadFile("/proc/self/maps"); err == nil {
		h.Maps = int64(bytes.Count(b, []byte("\n")))
	}
	h.MapsMax = number("/proc/sys/vm/max_map_count")
	if fs, err := procfs.NewDefaultFS(); err == nil {
		if m, err := fs.Meminfo(); err == nil && m.MemTotalBytes != nil {
			h.MemoryMax = int64(*m.MemTotalBytes)
		}
	}
	if most := number("/sys/fs/cgroup/memory.max"); most > 0 {
		h.MemoryMax = min(h.MemoryMax, most)
	}
	return h
}

// number reads a file that holds one; 0 if it does not.
func number(file string) int64 {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
	return n
}

// timeSync is how long the disk takes to keep a small write.
func timeSync(dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, "doctor-*.tmp")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var took []time.Duration
	for range 7 {
		start := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

func (p *patient) sync() Sign {
	s := Sign{"syncs", OK, fmt.Sprintf("the disk keeps 4 KiB in %v", p.host.Sync.Round(10*time.Microsecond)), ""}
	switch {
	case p.host.SyncErr != nil:
		s = Sign{"syncs", Bad, p.host.SyncErr.Error(), "the data folder has to be writable by the server, and its disk whole"}
	case p.host.Sync == 0:
		return Sign{}
	case p.host.Sync > 20*time.Millisecond:
		s.State, s.Advice = Look, "every acknowledged write waits for one: larger batches and more clients share it, a disk with a power-safe cache shortens it"
	}
	return s
}

func (p *patient) fileSystem() Sign {
	s := Sign{"file system", OK, p.host.FileSystem, ""}
	switch {
	case p.host.volatile:
		s.State, s.Advice = Bad, "it is gone with the power: move the data folder to a disk"
	case p.host.networked:
		s.State, s.Advice = Look, "locks and syncs over a network may not be what they promise: use a local disk"
	}
	return s
}

func (p *patient) files() Sign {
	return share("open files", p.host.Files, p.host.FilesMax, "raise the limit of the process (ulimit -n, LimitNOFILE)")
}

func (p *patient) maps() Sign {
	return share("mappings", p.host.Maps, p.host.MapsMax, "raise vm.max_map_count: a segment is one mapping")
}

func share(of string, now, most int64, advice string) Sign {
	if most == 0 || most > math.MaxInt64/100 { // it is not known, or there is none
		return Sign{}
	}
	s := Sign{of, OK, fmt.Sprintf("%d of at most %d", now, most), ""}
	switch {
	case now > most*95/100:
		s.State, s.Advice = Bad, advice
	case now > most*7/10:
		s.State, s.Advice = Look, advice
	}
	return s
}
