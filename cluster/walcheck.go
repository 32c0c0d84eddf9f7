package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/fault"
)

// Pebble ends the replay of a log file at the first record that is not whole:
// after a crash, that is where the writes had come to. It tells damage from a
// torn end by later records, which say how far the file was synced when they
// were written, but it does not look for them in the block of 32 KiB that the
// bad record is in, and what they say falls behind by a fragment with every
// block. What was acknowledged last would be lost without a word. So, before
// Pebble opens the store, that block is looked through here, byte by byte,
// because the length of the bad record may be what is bad; and a node that stops
// in peace leaves a note of what its log files sum to. After a crash nobody can
// say of the very last records whether they were torn or damaged.
//
// The form of a chunk, of Pebble's record package at FormatWALSyncChunks:
//
//	| crc32c, masked u32 | length u16 | kind 9..12 u8 | log number u32 | synced u64 | payload |
const (
	walBlock = 32 << 10
	walHead  = 19
	walKind  = 9  // to 12
	walOld   = 11 // the head of the form before
)

// checkLogFiles refuses a log that was damaged after it was synced, and reports
// whether there is a log at all.
func checkLogFiles(fs vfs.FS, dir string, warn *slog.Logger) (some bool, err error) {
	names, err := fs.List(dir)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil // Pebble makes it
	}
	if err == nil && slices.Contains(names, closedName) {
		err = checkClosed(fs, dir, warn)
	}
	for _, name := range names {
		number, is := logNumber(name)
		if !is || err != nil {
			continue
		}
		var data []byte
		path := fs.PathJoin(dir, name)
		if data, err = readLogFile(fs, path); err != nil {
			break
		}
		if at, damaged := damageOf(data, number); damaged {
			err = damagedLog(path, "the record at offset %d was synced and is not whole any more", at)
		}
	}
	if err != nil {
		return true, fault.E("cluster: open log", kindOr(err, fault.IO), fault.Item(dir), err)
	}
	return len(names) > 0, nil
}

func damagedLog(path, format string, args ...any) error {
	return fault.E("cluster: open log", fault.Corrupt, fault.Item(path),
		fault.Hint("the disk has changed what was written: restore the node from a backup"), fmt.Errorf(format, args...))
}

// logNumber is the number of a log file.
func logNumber(name string) (uint32, bool) {
	digits, is := strings.CutSuffix(name, ".log")
	number, err := strconv.ParseUint(digits, 10, 32)
	return uint32(number), is && err == nil
}

// closedName is the note that a node leaves when it has closed its log: a line
// for each log file with its name, size and crc32c, and one with the crc32c of
// those lines. It goes before the log is opened again.
const closedName = "CLOSED"

func noteClosed(fs vfs.FS, dir string) error {
	names, err := fs.List(dir)
	if err != nil {
		return err
	}
	var note []byte
	for _, name := range names {
		if _, is := logNumber(name); !is {
			continue
		}
		data, err := readLogFile(fs, fs.PathJoin(dir, name))
		if err != nil {
			return err
		}
		note = fmt.Appendf(note, "%s %d %08x\n", name, len(data), crc32.Checksum(data, castagnoli))
	}
	note = fmt.Appendf(note, "%08x\n", crc32.Checksum(note, castagnoli))
	f, err := fs.Create(fs.PathJoin(dir, closedName), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(note)
	return errors.Join(err, f.Sync(), f.Close(), syncFolder(fs, dir))
}

// checkClosed compares the log files with the note, and removes it. A note that
// is not whole says nothing.
func checkClosed(fs vfs.FS, dir string, warn *slog.Logger) error {
	path := fs.PathJoin(dir, closedName)
	note, err := readLogFile(fs, path)
	if err != nil {
		return err
	}
	lines := parseClosed(note)
	if lines == nil {
		warn.Warn("cluster: the note of how the log was closed is damaged, and not used", "file", path)
	}
	for _, l := range lines {
		at := fs.PathJoin(dir, l.name)
		data, err := readLogFile(fs, at)
		if err != nil {
			return damagedLog(at, "it was there when the log was closed: %w", err)
		}
		if sum := crc32.Checksum(data, castagnoli); len(data) != l.size || sum != l.sum {
			where, _ := damageOf(data, l.number)
			return damagedLog(at, "%d bytes of crc32c %08x, want %d of %08x as it was closed; the first record that is not whole is at offset %d", len(data), sum, l.size, l.sum, where)
		}
	}
	return errors.Join(fs.Remove(path), syncFolder(fs, dir))
}

type closedFile struct {
	name   string
	number uint32
	size   int
	sum    uint32
}

// parseClosed reads a note; nil if it is not whole.
func parseClosed(note []byte) (out []closedFile) {
	body := max(0, len(note)-9)
	if string(note[body:]) != fmt.Sprintf("%08x\n", crc32.Checksum(note[:body], castagnoli)) {
		return nil
	}
	for line := range strings.Lines(string(note[:body])) {
		var c closedFile
		if n, _ := fmt.Sscanf(line, "%s %d %x\n", &c.name, &c.size, &c.sum); n != 3 {
			return nil
		}
		c.number, _ = logNumber(c.name)
		out = append(out, c)
	}
	return out
}

func syncFolder(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func readLogFile(fs vfs.FS, path string) ([]byte, error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// damageOf finds the first chunk of a log file that is not whole, and reports
// whether what follows proves that it was.
func damageOf(data []byte, number uint32) (at int, damaged bool) {
	if oldForm(data) {
		return 0, false // a new store's first file, before it learned of this form
	}
	for start := 0; start < len(data); start += walBlock {
		block := data[start:min(start+walBlock, len(data))]
		for i := 0; i+walHead <= len(block); {
			n, _, whole := chunkAt(block[i:], number)
			if !whole {
				return start + i, proves(block, i, start, number)
			}
			i += n
		}
	}
	return 0, false
}

// chunkAt reads the whole chunk that b begins with: its length, and how far the
// file was synced when it was written.
func chunkAt(b []byte, number uint32) (n int, synced uint64, whole bool) {
	if len(b) < walHead || b[6] < walKind || b[6] > walKind+3 || binary.LittleEndian.Uint32(b[7:]) != number {
		return 0, 0, false
	}
	n = walHead + int(binary.LittleEndian.Uint16(b[4:]))
	return n, binary.LittleEndian.Uint64(b[11:]), sound(b, n)
}

// sound compares the chunk b[:n] with its checksum.
func sound(b []byte, n int) bool {
	if n > len(b) {
		return false
	}
	crc := crc32.Checksum(b[6:n], castagnoli)
	return binary.LittleEndian.Uint32(b) == (crc>>15|crc<<17)+0xa282ead8
}

// oldForm reports whether a file begins with a chunk of the form before: kinds 5
// to 8, and no offset.
func oldForm(b []byte) bool {
	return len(b) >= walOld && b[6] >= 5 && b[6] <= 8 && sound(b, walOld+int(binary.LittleEndian.Uint16(b[4:])))
}

// proves looks behind the bad chunk at i of a block, which begins at start of
// the file, for a chunk that was written when i was synced, or for the end of a
// log that was closed.
func proves(block []byte, i, start int, number uint32) bool {
	for at := i + 1; at < len(block); at++ {
		if _, synced, whole := chunkAt(block[at:], number); whole && synced > uint64(start+i) {
			return true
		}
	}
	return false
}
