//go:build linux || darwin

package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/quindex/quindex/fault"
)

// lockDir takes the lock of a node's folder until the closer is closed or the
// process ends. The file stays: removing it would let two processes lock two files.
func lockDir(dir string) (io.Closer, error) {
	name := filepath.Join(dir, "LOCK")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fault.E("cluster: lock", fault.IO, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		who, _ := io.ReadAll(io.LimitReader(f, 20))
		f.Close()
		return nil, fault.E("cluster: lock", fault.Exists, fault.Item(dir),
			fault.Hint("stop the other server, or give this one a folder of its own"),
			fmt.Errorf("the folder is in use by process %s", strings.TrimSpace(string(who))))
	}
	if err != nil {
		f.Close()
		return nil, fault.E("cluster: lock", fault.IO, fault.Item(name), err)
	}
	f.Truncate(0) // the number only helps the reader of the message above
	fmt.Fprintln(f, os.Getpid())
	return f, nil
}

// freeBytes is the space on dir's disk that this process may use.
func freeBytes(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
