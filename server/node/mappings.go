package node

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
	"github.com/quindex/quindex/store"
)

// A file of a segment is one mapping, and the machine grants a process only so
// many (vm.max_map_count on Linux): the one after the last is an error wherever
// it is asked for, by a merge or by the runtime. So rows are refused before that.
// Merges go on, two segments by two, and with fewer of them rows are taken again.

const (
	linuxMappings  = 65530 // vm.max_map_count unless it is set
	mappingsReport = "/proc/sys/vm/max_map_count"
)

// mappingsGranted is how many mappings the process may have.
func mappingsGranted() int64 {
	if runtime.GOOS != "linux" {
		return math.MaxInt64
	}
	b, err := os.ReadFile(mappingsReport)
	if err != nil {
		return linuxMappings
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
	if err != nil || n < 1 {
		return linuxMappings
	}
	return n
}

// crowded reports whether segments should become fewer, well before rows are refused.
func (o *Options) crowded() bool { return segment.Mappings() >= o.MaxMappings/4*3 }

// roomToMap refuses rows while there are too many segments.
func (n *Node) roomToMap(s *store.Shard) error {
	now := segment.Mappings()
	if now < n.opts.MaxMappings {
		return nil
	}
	s.Hurry()
	return fault.E("node: append", fault.Unavailable, fault.Code("53000"),
		fault.Hint("merges make them fewer, and then rows are taken again; else raise vm.max_map_count, or have fewer tables, shards or chunks"),
		fmt.Errorf("%d files of segments are mapped into memory, wanted fewer than %d", now, n.opts.MaxMappings))
}
