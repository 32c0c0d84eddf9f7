package cluster

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/quindex/quindex/fault"
)

// trio is three nodes in one process that vote in the same groups.
type trio struct {
	options [3]Options
	nodes   [3]*rig
}

// openTrio bootstraps three voters on loopback.
func openTrio(t *testing.T) *trio {
	t.Helper()
	c := &trio{}
	voters := make([]Voter, 3)
	for i := range voters {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		voters[i] = Voter{ID: fmt.Sprintf("node-%d", i), Address: ln.Addr().String()}
		ln.Close()
	}
	for i := range c.options {
		o := smallLogs(t, t.TempDir())
		o.NodeID, o.Listen, o.Voters = voters[i].ID, voters[i].Address, voters
		o.Logger = quiet
		c.options[i] = o
	}
	c.start(t, 0, 1, 2)
	t.Cleanup(func() { c.stop(t, 0, 1, 2) })
	return c
}

func (c *trio) start(t *testing.T, which ...int) {
	t.Helper()
	var wg sync.WaitGroup
	for _, i := range which {
		wg.Go(func() {
			r, err := tryOpen(t.Context(), c.options[i])
			if err != nil {
				t.Errorf("node %d: %v", i, err)
				return
			}
			c.nodes[i] = r
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

func (c *trio) stop(t *testing.T, which ...int) {
	var wg sync.WaitGroup
	for _, i := range which {
		if r := c.nodes[i]; r != nil {
			wg.Go(func() { r.mustClose(t) })
			c.nodes[i] = nil
		}
	}
	wg.Wait()
}

// propose finds the leader, whoever it is.
func (c *trio) propose(t *testing.T, g GroupID, text string) (index uint64, leader int) {
	t.Helper()
	until(t, func() bool {
		for i, r := range c.nodes {
			if r == nil {
				continue
			}
			var err error
			index, _, err = r.Propose(t.Context(), g, []byte(text))
			if err == nil {
				leader = i
				return true
			}
			if !fault.Is(err, fault.Unavailable) || errors.Is(err, ErrIndeterminate) {
				t.Fatalf("node %d: %v", i, err)
			}
		}
		return false
	})
	return index, leader
}

// TestThreeNodes writes to three voters, loses the leader, writes on, truncates
// the logs, and brings the lost node back: it is sent a snapshot and has all.
func TestThreeNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for elections")
	}
	c := openTrio(t)
	acked := map[string]uint64{}
	put := func(text string) int {
		index, leader := c.propose(t, 1, text)
		acked[text] = index
		return leader
	}
	lost := put("with three")
	for _, r := range c.nodes { // a token holds on every node
		if err := r.Wait(t.Context(), 1, acked["with three"]); err != nil {
			t.Fatal(err)
		}
	}
	c.stop(t, lost)
	leader := put("with two")
	for i := 0; c.nodes[leader].Status()[1].First <= acked["with two"]; i++ {
		if leader = put(fmt.Sprintf("%d %s", i, strings.Repeat("t", 3000))); i > 2000 {
			t.Fatalf("no truncation: %+v", c.nodes[leader].Status()[1])
		}
	}
	c.start(t, lost)
	put("with three again")
	for i, r := range c.nodes {
		if err := r.Wait(t.Context(), 1, acked["with three again"]); err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
		checkOnce(t, r.ledgers[1].copyLines(), acked)
	}
	if s := c.nodes[lost].Status()[1]; s.SnapshotIndex < acked["with two"] {
		t.Errorf("the lost node got no snapshot: %+v", s)
	}
}
