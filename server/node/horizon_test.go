package node

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/store"
)

// handClock is a clock that tests turn. Its zero is 1970.
type handClock struct{ nanos atomic.Int64 }

func (c *handClock) now() time.Time        { return time.Unix(0, c.nanos.Load()) }
func (c *handClock) turn(by time.Duration) { c.nanos.Add(int64(by)) }
func (c *handClock) ago(s int64) string    { return c.at(s).Format("'2006-01-02 15:04:05'") }
func (c *handClock) at(secondsAgo int64) time.Time {
	return c.now().Add(-time.Duration(secondsAgo) * time.Second).UTC()
}

func openByClock(t *testing.T, dir string, c *handClock) *Node {
	t.Helper()
	n, err := Open(t.Context(), Options{Cluster: cluster.Options{Dir: dir, Shards: 4, DiskReserve: -1}, Store: store.Options{Now: c.now}, Registry: all.Registry(),
		Logger: slog.New(slog.DiscardHandler), ExpireEvery: 1000 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestHorizon turns the clock forwards and back between writes, and holds what
// statements see to a model: a row past its ttl is not seen, from the moment it
// is added, and one that was hidden is never seen again, whatever the clock
// says and before any watermark is in the log.
func TestHorizon(t *testing.T) {
	r := seeded(t)
	c := &handClock{}
	c.nanos.Store(time.Date(2020, 3, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	dir := t.TempDir()
	n := openByClock(t, dir, c)
	defer func() { n.Close() }()
	const ttl = 4096 // seconds: the horizon moves second by second
	must(t, n, "CREATE TABLE h (at TIMESTAMP, id BIGINT, host KEYWORD, note TEXT) WITH (time = 'at', series = 'host', ttl = '4096 seconds')", "CREATE TABLE")
	must(t, n, "CREATE TABLE plain (at TIMESTAMP, id BIGINT) WITH (time = 'at')", "CREATE TABLE")
	rows := map[int64]time.Time{} // by id
	hidden := time.Time{}         // what is before was hidden once
	for step := range int64(150) {
		for k := range 1 + r.Int64N(5) {
			id, ago := step*10+k, r.Int64N(2*ttl)
			must(t, n, fmt.Sprintf("INSERT INTO h VALUES (%s, %d, 'h%d', 'gull')", c.ago(ago), id, id%3), "INSERT 0 1")
			must(t, n, fmt.Sprintf("INSERT INTO plain VALUES (%s, %d)", c.ago(ago), id), "INSERT 0 1")
			rows[id] = c.at(ago)
		}
		switch r.IntN(12) {
		case 0, 5:
			c.turn(-time.Duration(r.Int64N(3*ttl)) * time.Second) // somebody sets it back
		case 1:
			if err := n.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		case 2:
			if err := n.Expire(t.Context(), c.now()); err != nil {
				t.Fatal(err)
			}
		case 3:
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			n = openByClock(t, dir, c)
		case 4:
			must(t, n, fmt.Sprintf("ALTER TABLE h SET (shards = %d)", 1+r.IntN(4)), "ALTER TABLE")
		default:
			c.turn(time.Duration(r.Int64N(ttl/4)) * time.Second)
		}
		if at := c.at(ttl); at.After(hidden) {
			hidden = at
		}
		want, sum := 0, int64(0)
		for id, at := range rows {
			if !at.Before(hidden) {
				want, sum = want+1, sum+id
			}
		}
		must(t, n, "SELECT count(*), coalesce(sum(id), 0) FROM h", fmt.Sprintf("%d,%d", want, sum))
		must(t, n, "SELECT count(*) FROM h WHERE match(note, 'gull')", fmt.Sprint(want))
		must(t, n, "SELECT count(*) FROM h WHERE at < "+hidden.Format("'2006-01-02 15:04:05'"), "0")
		must(t, n, "SELECT count(*) FROM plain", fmt.Sprint(len(rows)))
		if t.Failed() {
			t.Fatalf("step %d, now %v, hidden before %v", step, c.now().UTC(), hidden)
		}
	}
}

// TestHorizonFreesKeys: the key of a row that nobody sees any more is free, and
// a longer ttl does not bring back what a shorter one hid.
func TestHorizonFreesKeys(t *testing.T) {
	c := &handClock{}
	c.nanos.Store(time.Date(2020, 3, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	n := openByClock(t, t.TempDir(), c)
	defer n.Close()
	must(t, n, "CREATE TABLE k (id BIGINT PRIMARY KEY, at TIMESTAMP) WITH (time = 'at', ttl = '1 hour')", "CREATE TABLE")
	must(t, n, "INSERT INTO k VALUES (1, "+c.ago(3000)+"), (2, "+c.ago(0)+")", "INSERT 0 2")
	c.turn(20 * time.Minute)
	must(t, n, "SELECT id FROM k", "2")
	must(t, n, "INSERT INTO k VALUES (1, "+c.ago(0)+"), (2, "+c.ago(0)+") ON CONFLICT DO NOTHING", "INSERT 0 1")
	must(t, n, "SELECT id FROM k ORDER BY id", "1 2")
	c.turn(2 * time.Hour)
	must(t, n, "SELECT count(*) FROM k", "0")
	must(t, n, "ALTER TABLE k SET (ttl = '1 year')", "ALTER TABLE")
	must(t, n, "SELECT count(*) FROM k", "0")
	must(t, n, "INSERT INTO k VALUES (3, "+c.ago(3000)+")", "INSERT 0 1")
	must(t, n, "SELECT id FROM k", "3")
}
