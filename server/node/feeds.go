package node

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/quindex/quindex/fault"
)

// Feed is a feed of changes that somebody reads now.
type Feed struct {
	ID      string    `json:"id"`
	Table   string    `json:"table"`
	Started time.Time `json:"started"`
	Events  int64     `json:"events"` // told so far
	Follow  bool      `json:"follow"`
}

// feeds keeps what is read now, so that it can be listed and ended. The zero
// value is empty.
type feeds struct {
	mu     sync.Mutex
	byID   map[string]*Changes
	closed bool
	told   int64 // events of those that have ended
}

func (fs *feeds) add(c *Changes) error {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.closed {
		return fault.E("node: read changes", fault.Unavailable, errClosing)
	}
	if c.ID == "" {
		c.ID = uuid.NewString()
	}
	if fs.byID[c.ID] != nil {
		return fault.E("node: read changes", fault.Exists, fault.Item(c.ID), "a feed of this id is running")
	}
	if fs.byID == nil {
		fs.byID = map[string]*Changes{}
	}
	fs.byID[c.ID] = c
	return nil
}

func (fs *feeds) remove(c *Changes) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.byID[c.ID] == c {
		delete(fs.byID, c.ID)
		fs.told += c.sent.Load()
	}
}

// Feeds lists the feeds of changes that are read now, oldest first, and counts
// the events that were told since the node was opened.
func (n *Node) Feeds() (out []Feed, events int64) {
	n.feeds.mu.Lock()
	defer n.feeds.mu.Unlock()
	out, events = []Feed{}, n.feeds.told
	for _, c := range n.feeds.byID {
		f := Feed{ID: c.ID, Table: c.name, Started: c.begun, Events: c.sent.Load(), Follow: c.follow}
		out, events = append(out, f), events+f.Events
	}
	slices.SortFunc(out, func(a, b Feed) int {
		if d := a.Started.Compare(b.Started); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out, events
}

// cancel ends a feed; false: there is none of that id.
func (fs *feeds) cancel(id string) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	c := fs.byID[id]
	if c != nil {
		c.cancel(errCancelled)
	}
	return c != nil
}

// EndFeeds ends all feeds, as if they had told everything, and lets none begin.
func (n *Node) EndFeeds() {
	n.feeds.mu.Lock()
	defer n.feeds.mu.Unlock()
	n.feeds.closed = true
	for _, c := range n.feeds.byID {
		c.cancel(errClosing)
	}
}
