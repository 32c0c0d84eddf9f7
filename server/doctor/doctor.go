// Package doctor answers the usual questions about a server that is not as it
// should be: what is wrong, how it was seen, and what to do.
package doctor

import (
	"fmt"
	"strings"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// State is how well a thing is.
type State string

const (
	OK   State = "ok"
	Look State = "look" // it works, and will not for ever
	Bad  State = "bad"
)

// Sign is one thing looked at.
type Sign struct {
	Of     string `json:"of"` // such as "disk"
	State  State  `json:"state"`
	Found  string `json:"found"`
	Advice string `json:"advice,omitempty"` // "" when it is well
}

// Gate is how many requests of a kind were refused since the start.
type Gate struct {
	Of      string
	Refused int64
}

// patient is what the signs are read from.
type patient struct {
	node     *node.Node
	host     Host
	gates    []Gate
	segments map[uint32][]store.SegmentInfo
}

// Examine looks at a node, the machine it runs on, and what it refused.
func Examine(n *node.Node, h Host, gates ...Gate) []Sign {
	p := &patient{n, h, gates, n.Segments()}
	out := []Sign{p.groups(), p.damage(), p.disk(), p.sync(), p.fileSystem(), p.files(), p.maps(), p.mapped(), p.memory(), p.dirty(), p.loads(), p.refused()}
	out = append(append(out, p.merges()...), p.skew()...)
	kept := out[:0]
	for _, s := range out {
		if s.Found != "" { // what this machine does not tell is left out
			kept = append(kept, s)
		}
	}
	return kept
}

func (p *patient) groups() Sign {
	all, why := p.node.Status(), []string{}
	for _, g := range all {
		switch {
		case g.Broken != nil:
			why = append(why, fmt.Sprintf("group %d: %v", g.Group, g.Broken))
		case g.Leader == "":
			why = append(why, fmt.Sprintf("group %d has no leader", g.Group))
		}
	}
	if len(why) > 0 {
		return Sign{"groups", Bad, strings.Join(why, "; "), "see the server's log, and damage below; quindex restore makes a new node of a backup"}
	}
	return Sign{"groups", OK, fmt.Sprintf("%d of %d serve", len(all), len(all)), ""}
}

func (p *patient) disk() Sign {
	if p.host.DiskSize == 0 {
		return Sign{}
	}
	reserve := p.node.Options().Cluster.DiskReserve
	if reserve == 0 {
		reserve = cluster.DefaultDiskReserve
	}
	reserve = max(reserve, 0)
	s := Sign{"disk", OK, fmt.Sprintf("%s of %s free, %s of them in reserve", size(p.host.DiskFree), size(p.host.DiskSize), size(reserve)), ""}
	switch {
	case p.host.DiskFree < reserve:
		s.State, s.Advice = Bad, "writes are refused: free some space, and they go on by themselves"
	case p.host.DiskFree < 2*reserve+p.largest():
		s.State, s.Advice = Look, fmt.Sprintf("a merge writes its segments anew before the old ones go: have %s free, or shorten ttl and retention", size(2*reserve+p.largest()))
	}
	return s
}

// largest is the size of the largest segment.
func (p *patient) largest() (n int64) {
	for _, all := range p.segments {
		for _, s := range all {
			n = max(n, s.Bytes)
		}
	}
	return n
}

func (p *patient) memory() Sign {
	if p.host.MemoryMax == 0 {
		return Sign{}
	}
	o := p.node.Options()
	promised := o.ServerMemory + o.DirtyBytes*int64(len(p.node.Status()))
	s := Sign{"memory", OK, fmt.Sprintf("%s held; statements and unflushed rows may take %s of %s", size(p.host.Memory), size(promised), size(p.host.MemoryMax)), ""}
	if promised > p.host.MemoryMax*8/10 {
		s.State, s.Advice = Look, fmt.Sprintf("start with --memory %d, or give the server more", max(p.host.MemoryMax/2, 64<<20))
	}
	return s
}

func (p *patient) dirty() Sign {
	o := p.node.Options()
	now, most := p.node.Dirty(), o.DirtyBytes*int64(len(p.node.Status()))
	s := Sign{"flushes", OK, fmt.Sprintf("%s wait to be on disk in segments, of at most %s", size(now), size(most)), ""}
	if now > most*8/10 {
		s.State, s.Advice = Look, "writers wait for the disk: it is slower than the load; the log has every row already"
	}
	return s
}

func (p *patient) refused() Sign {
	s := Sign{"refused", OK, "no request was refused for want of a turn", ""}
	var what []string
	for _, g := range p.gates {
		if g.Refused > 0 {
			what = append(what, fmt.Sprintf("%d %s", g.Refused, g.Of))
		}
	}
	if what != nil {
		s = Sign{"refused", Look, strings.Join(what, " and ") + " since the start", "clients may send again after Retry-After; --statements, --loads, --queue and --queue-time let more in"}
	}
	return s
}

func size(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
