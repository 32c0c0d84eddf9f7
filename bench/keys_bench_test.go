//go:build unix

package bench

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/server"
)

// accountsServer holds rows with keys in two shards, in several segments.
func accountsServer(b *testing.B, rows int) *server.Running {
	b.Helper()
	ctx := context.Background()
	s, err := server.Start(ctx, server.Config{Data: b.TempDir(), HTTP: "127.0.0.1:0", Cluster: "127.0.0.1:0", Shards: 2, Registry: all.Registry(),
		Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Stop() })
	c := client.New(s.Addr())
	defer c.Close()
	if _, err := c.Exec(ctx, accountsDDL); err != nil {
		b.Fatal(err)
	}
	const parts = 4
	for part := range parts {
		var lines []byte
		for id := part; id < rows; id += parts {
			lines = appendAccount(lines, id, 0)
		}
		if _, err := c.LoadReader(ctx, "accounts.ndjson", strings.NewReader(string(lines)), client.LoadOptions{Table: "accounts", Again: true}, nil); err != nil {
			b.Fatal(err)
		}
		if err := s.Node.Flush(ctx); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

const accountsSmall = 200_000

func accountSQL(id int) string { return "SELECT score FROM accounts WHERE id = " + strconv.Itoa(id) }

// BenchmarkKeyStatement asks for rows by their keys, each by a statement that
// nobody asked before, in process and by the HTTP handler.
//
//	go test -run xxx -bench KeyStatement -benchmem ./bench
func BenchmarkKeyStatement(b *testing.B) {
	s := accountsServer(b, accountsSmall)
	rng := NewRand(1)
	b.Run("node", func(b *testing.B) {
		b.ReportAllocs()
		defer processor(b)()
		for b.Loop() {
			if askSmall(b, s.Node, accountSQL(rng.N(accountsSmall))) != 1 {
				b.Fatal("no row")
			}
		}
	})
	b.Run("handler", func(b *testing.B) {
		benchHandler(b, s.Server.Handler(), func() string { return accountSQL(rng.N(accountsSmall)) })
	})
}

// BenchmarkKeyConnection asks by turns, over one kept-alive connection each, for
// a page without a statement, for a constant and for rows by key, so that
// whatever else the machine does falls on all. Its figures are medians.
func BenchmarkKeyConnection(b *testing.B) {
	s := accountsServer(b, accountsSmall)
	rng := NewRand(1)
	kinds := []struct {
		name string
		ask  func(*bare) error
		took []time.Duration
	}{
		{name: "empty-us", ask: func(c *bare) error { _, err := c.get("/healthz"); return err }},
		{name: "constant-us", ask: func(c *bare) error { _, err := c.sql("SELECT 1"); return err }},
		{name: "key-us", ask: func(c *bare) error {
			id := rng.N(accountsSmall)
			body, err := c.sql(accountSQL(id))
			if err != nil {
				return err
			}
			return checkAccount(body, id, true)
		}},
	}
	conns := make([]*bare, len(kinds))
	for i := range conns {
		c, err := dialBare(b.Context(), s.Addr())
		if err != nil {
			b.Fatal(err)
		}
		defer c.close()
		conns[i] = c
	}
	for b.Loop() {
		for i := range kinds {
			start := time.Now()
			if err := kinds[i].ask(conns[i]); err != nil {
				b.Fatal(err)
			}
			kinds[i].took = append(kinds[i].took, time.Since(start))
		}
	}
	for _, k := range kinds {
		slices.Sort(k.took)
		b.ReportMetric(float64(k.took[len(k.took)/2].Nanoseconds())/1000, k.name)
	}
}
