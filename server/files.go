package server

import (
	"fmt"

	"github.com/quindex/quindex/fault"
)

// What the server itself needs of the files that a process may have open: the
// log's 256, and as many for merges, flushes, backups and loads. Segments are
// mapped and hold none.
const (
	ownFiles          = 512
	defaultMostConns  = 4096
	smallestMostConns = 16
)

// fitConns sets how many connections there may be where the process may have
// so many files open; 0: that is not known.
func (o *Options) fitConns(files int64) error {
	if files == 0 {
		setDefault(&o.MaxConnections, defaultMostConns)
		return nil
	}
	room := files - ownFiles
	setDefault(&o.MaxConnections, int(min(defaultMostConns, max(room, smallestMostConns))))
	if int64(o.MaxConnections) > max(room, smallestMostConns) {
		return fault.E("server: start", fault.Invalid, fault.Item(fmt.Sprintf("--max-connections %d", o.MaxConnections)),
			fault.Hint("raise the limit of the process (ulimit -n, LimitNOFILE), or allow fewer connections"),
			fmt.Errorf("the process may have %d files open, of which the server needs %d itself", files, ownFiles))
	}
	return nil
}
