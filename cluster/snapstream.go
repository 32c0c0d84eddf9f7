package cluster

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/quindex/quindex/fault"
)

// A snapshot travels to a follower as a tar stream:
//
//	snapshot.json     {"version":1,"id":...,"machine_index":...}
//	state/...         the files of the state, sorted by name
//	crc32c            8 hex digits: the checksum over the entries before it,
//	                  each as its name, a space, its size, a newline, its bytes
//
// Versions: 1, the first.
const (
	headName = "snapshot.json"
	sumName  = "crc32c"
	sumSize  = 8
	maxHead  = 64 << 10
)

type streamHead struct {
	Version      int    `json:"version"`
	ID           string `json:"id"`
	MachineIndex uint64 `json:"machine_index"`
}

// stateFile is one file of a snapshot's state; name is relative, with slashes.
type stateFile struct {
	name string
	size int64
}

func stateFiles(state string) (files []stateFile, err error) {
	err = filepath.WalkDir(state, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			return fault.Errorf("cluster: list snapshot", fault.Invalid, "%s is no regular file", name)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(state, name)
		files = append(files, stateFile{filepath.ToSlash(rel), info.Size()})
		return err
	})
	return files, err
}

// streamBytes is the length of the stream of a snapshot; raft announces it.
func streamBytes(m snapshotMeta, state string) (int64, error) {
	files, err := stateFiles(state)
	if err != nil {
		return 0, err
	}
	head, err := headJSON(m)
	if err != nil {
		return 0, err
	}
	total := int64(1024) // the end of a tar stream
	sizes := append([]stateFile{{headName, int64(len(head))}, {sumName, sumSize}}, prefixed(files)...)
	for _, f := range sizes {
		var b bytes.Buffer
		if err := tar.NewWriter(&b).WriteHeader(tarHeader(f)); err != nil {
			return 0, err
		}
		total += int64(b.Len()) + (f.size+511)&^511
	}
	return total, nil
}

func prefixed(files []stateFile) []stateFile {
	out := make([]stateFile, len(files))
	for i, f := range files {
		out[i] = stateFile{path.Join(stateName, f.name), f.size}
	}
	return out
}

func headJSON(m snapshotMeta) ([]byte, error) {
	return json.Marshal(streamHead{Version: snapshotVersion, ID: m.ID, MachineIndex: m.MachineIndex})
}

func tarHeader(f stateFile) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Size: f.size, Mode: 0o644}
}

// sendSnapshot writes the stream of a snapshot to w.
func sendSnapshot(w io.Writer, m snapshotMeta, state string) error {
	files, err := stateFiles(state)
	if err != nil {
		return err
	}
	head, err := headJSON(m)
	if err != nil {
		return err
	}
	t := tarSummer{tar.NewWriter(w), crc32.New(castagnoli)}
	if err := t.add(stateFile{headName, int64(len(head))}, bytes.NewReader(head)); err != nil {
		return err
	}
	for _, f := range files {
		if err := t.addFile(f, state); err != nil {
			return err
		}
	}
	sum := fmt.Appendf(nil, "%08x", t.sum.Sum32())
	if err := t.add(stateFile{sumName, sumSize}, bytes.NewReader(sum)); err != nil {
		return err
	}
	return t.w.Close()
}

// tarSummer writes entries and keeps their checksum.
type tarSummer struct {
	w   *tar.Writer
	sum hash.Hash32
}

func (t tarSummer) add(f stateFile, r io.Reader) error {
	if err := t.w.WriteHeader(tarHeader(f)); err != nil {
		return err
	}
	sumEntry(t.sum, f)
	_, err := io.CopyN(io.MultiWriter(t.w, t.sum), r, f.size)
	return err
}

func (t tarSummer) addFile(f stateFile, state string) error {
	in, err := os.Open(filepath.Join(state, filepath.FromSlash(f.name)))
	if err != nil {
		return err
	}
	defer in.Close()
	f.name = path.Join(stateName, f.name)
	if err := t.add(f, in); err != nil {
		return fault.E("cluster: send snapshot", fault.IO, fault.Item(f.name), err)
	}
	return nil
}

func sumEntry(sum hash.Hash32, f stateFile) { fmt.Fprintf(sum, "%s %d\n", f.name, f.size) }

// readHead reads the first entry of a snapshot's stream into sum as well.
func readHead(t *tar.Reader, sum hash.Hash32) (h streamHead, err error) {
	e, err := t.Next()
	if err != nil {
		return h, fault.E("cluster: receive snapshot", fault.Corrupt, noEOF(err))
	}
	if e.Name != headName || e.Size > maxHead {
		return h, fault.Errorf("cluster: receive snapshot", fault.Corrupt, "first entry %q of %d bytes, wanted %q", e.Name, e.Size, headName)
	}
	b, err := io.ReadAll(t)
	if err != nil {
		return h, fault.E("cluster: receive snapshot", fault.Corrupt, err)
	}
	sumEntry(sum, stateFile{e.Name, e.Size})
	sum.Write(b)
	if err := json.Unmarshal(b, &h); err != nil {
		return h, fault.E("cluster: receive snapshot", fault.Corrupt, err)
	}
	if h.Version != snapshotVersion {
		return h, fault.Errorf("cluster: receive snapshot", fault.Unsupported, "stream version %d, wanted %d", h.Version, snapshotVersion)
	}
	return h, nil
}

// creator makes a file of a received state; name is relative, with slashes,
// and stays within the state. What was written is durable once closed.
type creator func(name string) (io.WriteCloser, error)

// receiveSnapshot reads a stream from r and writes its files.
func receiveSnapshot(r io.Reader, create creator) (streamHead, error) {
	t, sum := tar.NewReader(r), crc32.New(castagnoli)
	h, err := readHead(t, sum)
	if err != nil {
		return h, err
	}
	for {
		e, err := t.Next()
		if err != nil {
			return h, fault.E("cluster: receive snapshot", fault.Corrupt, noEOF(err))
		}
		if e.Name == sumName {
			return h, checkSum(t, sum.Sum32())
		}
		if err := receiveFile(t, e, create, sum); err != nil {
			return h, err
		}
	}
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func checkSum(t io.Reader, got uint32) error {
	b, err := io.ReadAll(io.LimitReader(t, sumSize+1))
	if err != nil {
		return fault.E("cluster: receive snapshot", fault.Corrupt, err)
	}
	if want := fmt.Sprintf("%08x", got); string(b) != want {
		return fault.Errorf("cluster: receive snapshot", fault.Corrupt, "checksum %q, wanted %q", b, want)
	}
	return nil
}

func receiveFile(t io.Reader, e *tar.Header, create creator, sum hash.Hash32) error {
	name, ok := strings.CutPrefix(e.Name, stateName+"/")
	if !ok || isSparse(e) || e.Typeflag != tar.TypeReg || !filepath.IsLocal(filepath.FromSlash(name)) || path.Clean(name) != name {
		return fault.Errorf("cluster: receive snapshot", fault.Corrupt, "entry %q of type %q", e.Name, e.Typeflag)
	}
	f, err := create(name)
	if err != nil {
		return fault.E("cluster: receive snapshot", fault.IO, err)
	}
	sumEntry(sum, stateFile{e.Name, e.Size})
	_, err = io.Copy(io.MultiWriter(f, sum), t)
	if err = errors.Join(err, f.Close()); err != nil {
		return fault.E("cluster: receive snapshot", fault.IO, fault.Item(name), err)
	}
	return nil
}

// isSparse reports an entry whose few bytes unpack to any number of zeros.
func isSparse(e *tar.Header) bool {
	for k := range e.PAXRecords {
		if strings.HasPrefix(k, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// createIn is a creator of files below state.
func createIn(state string) creator {
	return func(name string) (io.WriteCloser, error) {
		full := filepath.Join(state, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(full, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		return durableFile{f}, err
	}
}

// durableFile is a file that Close syncs.
type durableFile struct{ *os.File }

func (f durableFile) Close() error { return errors.Join(f.Sync(), f.File.Close()) }
