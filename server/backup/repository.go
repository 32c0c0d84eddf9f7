package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/fault"
)

const version = 1

// Manifest lists what a backup consists of.
type Manifest struct {
	Version int       `json:"version"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Shards  int       `json:"shards"`
	Groups  []Group   `json:"groups"` // by id, the meta group first
}

// Group is the state of one replicated group, as of one log index.
type Group struct {
	ID    uint32 `json:"id"`
	Index uint64 `json:"index"`
	Files []File `json:"files"`
}

// File is one file of a group's state.
type File struct {
	Path   string `json:"path"` // in the group's folder, with /
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Totals counts the files of a backup and their bytes.
func (m *Manifest) Totals() (files int, bytes int64) {
	for _, g := range m.Groups {
		for _, f := range g.Files {
			files, bytes = files+1, bytes+f.Bytes
		}
	}
	return files, bytes
}

// check sees that a manifest can be trusted with names of files.
func (m *Manifest) check() error {
	const op = "backup: read manifest"
	if m.Version != version {
		return fault.Errorf(op, fault.Unsupported, "version %d, wanted %d", m.Version, version)
	}
	if m.Shards < 1 || len(m.Groups) != m.Shards+1 {
		return fault.Errorf(op, fault.Corrupt, "%d groups of %d shards, wanted one more than shards", len(m.Groups), m.Shards)
	}
	for i, g := range m.Groups {
		if int(g.ID) != i {
			return fault.Errorf(op, fault.Corrupt, "group %d at place %d", g.ID, i)
		}
		for _, f := range g.Files {
			if !filepath.IsLocal(f.Path) || strings.Contains(f.Path, "\\") {
				return fault.Errorf(op, fault.Corrupt, "a file called %q", f.Path)
			}
			if b, err := hex.DecodeString(f.SHA256); err != nil || len(b) != sha256.Size || f.Bytes < 0 {
				return fault.Errorf(op, fault.Corrupt, "file %s of %d bytes with SHA-256 %q", f.Path, f.Bytes, f.SHA256)
			}
		}
	}
	return nil
}

// ParseManifest reads the JSON of a manifest.
func ParseManifest(b []byte) (*Manifest, error) {
	m := &Manifest{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fault.E("backup: read manifest", fault.Corrupt, err)
	}
	return m, m.check()
}

// Scan lists the files below dir, where every group has the folder that name
// gives. It reads those whose ids are not known.
func Scan(ctx context.Context, dir string, shards int, name func(group uint32) string, index map[uint32]uint64, ids *IDs) (*Manifest, error) {
	m := &Manifest{Version: version, Created: time.Now().UTC(), Shards: shards, Groups: make([]Group, shards+1)}
	m.Name = m.Created.Format("20060102T150405.000Z")
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(2)
	for i := range m.Groups {
		g := &m.Groups[i]
		g.ID, g.Index = uint32(i), index[uint32(i)]
		work.Go(func() (err error) {
			g.Files, err = ids.scanGroup(filepath.Join(dir, name(g.ID)), name(g.ID), ctx.Err)
			return err
		})
	}
	return m, work.Wait()
}

// Progress is told of every file that is done; fresh ones had to be copied.
type Progress func(f File, fresh bool)

// Store copies what the repository dir does not have yet, several files at
// once, and adds the backup m. open returns a file of the state that m lists.
func Store(ctx context.Context, dir string, m *Manifest, open func(context.Context, uint32, string) (io.ReadCloser, error), p Progress) error {
	return store(ctx, dir, m, open, p, syncDir)
}

func store(ctx context.Context, dir string, m *Manifest, open func(context.Context, uint32, string) (io.ReadCloser, error), p Progress, sync func(dir string) error) error {
	if err := m.check(); err != nil {
		return err
	}
	top := there(dir)
	if err := os.MkdirAll(filepath.Join(dir, "backups"), 0o755); err != nil {
		return fault.E("backup: store", fault.IO, err)
	}
	work, wctx := errgroup.WithContext(ctx)
	work.SetLimit(4)
	done := make(chan func(), 16)
	told := make(chan struct{})
	go func() {
		defer close(told)
		for f := range done {
			f()
		}
	}()
	for _, g := range m.Groups {
		for _, f := range g.Files {
			work.Go(func() error {
				if wctx.Err() != nil {
					return wctx.Err()
				}
				fresh, err := storeFile(wctx, dir, f, func() (io.ReadCloser, error) { return open(wctx, g.ID, f.Path) })
				if err != nil {
					return fault.E("backup: store", fault.Item(f.Path), err)
				}
				done <- func() { p(f, fresh) }
				return nil
			})
		}
	}
	err := work.Wait()
	close(done)
	<-told
	if err == nil {
		err = settle(dir, top, m, sync)
	}
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fault.E("backup: store", fault.Internal, err)
	}
	return writeWhole(filepath.Join(dir, "backups", m.Name+".json"), func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	})
}

// there is the lowest folder that exists of dir and those above it.
func there(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// settle makes the names durable of all folders and files that m needs; top was
// there before. Those that were found count too: a backup that was killed may have
// left them, and not have come to that.
func settle(dir, top string, m *Manifest, sync func(dir string) error) error {
	need := map[string]bool{dir: true, filepath.Join(dir, "files"): true}
	for _, g := range m.Groups {
		for _, f := range g.Files {
			need[filepath.Dir(pathOf(dir, f.SHA256))] = true
		}
	}
	for at := dir; at != top && filepath.Dir(at) != at; at = filepath.Dir(at) {
		need[filepath.Dir(at)] = true
	}
	for d := range need {
		if err := sync(d); err != nil && !errors.Is(err, fs.ErrNotExist) { // "files", where m has none
			return fault.E("backup: store", fault.IO, err)
		}
	}
	return nil
}

// Reread reads the files of a backup in the repository dir and compares each
// with its id.
func Reread(ctx context.Context, dir string, m *Manifest, p Progress) error {
	done := map[string]bool{}
	for _, g := range m.Groups {
		for _, f := range g.Files {
			if done[f.SHA256] {
				continue
			}
			done[f.SHA256] = true
			r, err := os.Open(pathOf(dir, f.SHA256))
			if err != nil {
				return fault.E("backup: reread", fault.Corrupt, fault.Item(f.Path), err)
			}
			err = errors.Join(copyChecked(ctx, io.Discard, r, f), r.Close())
			if err != nil {
				return fault.E("backup: reread", fault.Item(pathOf(dir, f.SHA256)), fault.Hint("remove the file; the next backup copies it again if the server has it"), err)
			}
			p(f, false)
		}
	}
	return nil
}

func pathOf(dir, sum string) string { return filepath.Join(dir, "files", sum[:2], sum) }

// storeFile copies one file unless its content is there.
func storeFile(ctx context.Context, dir string, f File, open func() (io.ReadCloser, error)) (fresh bool, err error) {
	to := pathOf(dir, f.SHA256)
	if st, err := os.Stat(to); err == nil && st.Size() == f.Bytes {
		return false, nil
	}
	r, err := open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return false, fault.E("backup: store", fault.IO, err)
	}
	return true, writeWhole(to, func(w io.Writer) error { return copyChecked(ctx, w, r, f) })
}

// copyChecked copies a file and compares it with what it should be.
func copyChecked(ctx context.Context, w io.Writer, r io.Reader, f File) error {
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), r)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fault.E("backup: copy", fault.IO, err)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); n != f.Bytes || sum != f.SHA256 {
		return fault.Errorf("backup: copy", fault.Corrupt, "%d bytes with SHA-256 %s, wanted %d with %s", n, sum, f.Bytes, f.SHA256)
	}
	return nil
}

// writeWhole puts a file in place durably: after a crash it is there whole or not at all.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fault.E("backup: write", fault.IO, err)
	}
	defer os.Remove(f.Name())
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// List returns the backups of a repository, oldest first.
func List(dir string) (all []*Manifest, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "backups", "*.json"))
	if err != nil || len(names) == 0 {
		return nil, fault.E("backup: list", fault.NotFound, fault.Item(dir), fault.Hint("quindex backup "+dir+" makes one"), "there is no backup")
	}
	slices.Sort(names)
	for _, name := range names {
		m, err := read(name)
		if err != nil {
			return all, err
		}
		all = append(all, m)
	}
	return all, nil
}

func read(name string) (*Manifest, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fault.E("backup: read", fault.IO, err)
	}
	m, err := ParseManifest(b)
	if err != nil {
		return nil, fault.E("backup: read", fault.Item(name), err)
	}
	return m, nil
}

// Find returns the backup called name, or the newest for "".
func Find(dir, name string) (*Manifest, error) {
	if name == "" {
		all, err := List(dir)
		if err != nil {
			return nil, err
		}
		return all[len(all)-1], nil
	}
	path := filepath.Join(dir, "backups", filepath.Base(name)+".json")
	if _, err := os.Stat(path); err != nil {
		return nil, fault.E("backup: find", fault.NotFound, fault.Item(name), fault.Hint("ls "+filepath.Join(dir, "backups")+" lists them"), "no such backup")
	}
	return read(path)
}

// Place copies the files of one group of a backup into to, which is empty,
// checks each against its name, and makes them durable.
func Place(ctx context.Context, dir string, g Group, to string, p Progress) error {
	dirs := map[string]bool{to: true}
	for _, f := range g.Files {
		path := filepath.Join(to, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fault.E("backup: restore", fault.IO, err)
		}
		for at := filepath.Dir(path); !dirs[at]; at = filepath.Dir(at) {
			dirs[at] = true
		}
		if err := placeFile(ctx, pathOf(dir, f.SHA256), path, f); err != nil {
			return fault.E("backup: restore", fault.Item(f.Path), err)
		}
		p(f, true)
	}
	for d := range dirs {
		if err := syncDir(d); err != nil {
			return fault.E("backup: restore", fault.IO, err)
		}
	}
	return nil
}

func placeFile(ctx context.Context, from, to string, f File) error {
	r, err := os.Open(from)
	if err != nil {
		return fault.E("backup: open", fault.Corrupt, fault.Hint("the repository has lost a file; take another backup"), err)
	}
	defer r.Close()
	w, err := os.Create(to)
	if err != nil {
		return fault.E("backup: restore", fault.IO, err)
	}
	if err := errors.Join(copyChecked(ctx, w, r, f), w.Sync(), w.Close()); err != nil {
		return fault.E("backup: restore", fault.Item(from), err)
	}
	return nil
}
