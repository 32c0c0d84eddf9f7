package cluster

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/quindex/quindex/fault"
)

// makeDir makes dir and what is missing above it; the names survive a power loss.
func makeDir(dir string) error {
	if err := makeDurable(dir); err != nil {
		return fault.E("cluster: make folder", fault.IO, err)
	}
	return nil
}

func makeDurable(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeDurable(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}

// writeDurable puts a file in place at once: after a crash it is there whole or not at all.
func writeDurable(name string, b []byte) error {
	tmp := name + ".tmp"
	if err := os.WriteFile(tmp, b, 0o644); err != nil {
		return err
	}
	if err := errors.Join(syncDir(tmp), os.Rename(tmp, name)); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// syncTree makes the names below dir durable, and the content of meta.json;
// the machine has synced the files of the state before it linked them.
func syncTree(dir string) error {
	if err := syncDir(filepath.Join(dir, metaName)); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return syncDir(name)
	})
}

// syncDir fsyncs a folder or a file.
func syncDir(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
