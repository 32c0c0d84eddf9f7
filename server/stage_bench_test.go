package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quindex/quindex/engines/all"
)

// BenchmarkWholeRequest sends rows of all shards in one request, by one client
// after the other and by eight at a time: written as they come (skip), and all in
// one moment (abort), few with the decision itself and many staged.
func BenchmarkWholeRequest(b *testing.B) {
	for _, rows := range []int{100, 5_000, 20_000} {
		for _, clients := range []int{1, 8} {
			for _, how := range []string{"skip", "abort"} {
				b.Run(fmt.Sprintf("rows=%d/clients=%d/%s", rows, clients, how), func(b *testing.B) { wholeRequests(b, rows, clients, how) })
			}
		}
	}
}

func wholeRequests(b *testing.B, rows, clients int, how string) {
	s, err := Start(context.Background(), Config{Data: b.TempDir(), HTTP: "127.0.0.1:0", Cluster: "127.0.0.1:0", Shards: 8,
		Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Stop()
	send := func(path, kind string, body []byte) {
		res, err := http.Post("http://"+s.Addr()+path, kind, bytes.NewReader(body))
		if err != nil {
			b.Error(err)
			return
		}
		text, _ := io.ReadAll(res.Body)
		if res.Body.Close(); res.StatusCode != http.StatusOK {
			b.Error(string(text))
		}
	}
	send("/v1/sql", "text/plain", []byte("CREATE TABLE p (id BIGINT PRIMARY KEY, v BIGINT)"))
	send("/v1/load/p", "application/x-ndjson", []byte("{\"id\":-1,\"v\":0}"))
	var sent atomic.Int64
	for b.Loop() { // one request of each client
		var together sync.WaitGroup
		for range clients {
			together.Go(func() {
				first := int(sent.Add(int64(rows))) - rows
				send("/v1/load/p?on_error="+how, "application/x-ndjson", []byte(lines(first, rows, 1)))
			})
		}
		together.Wait()
	}
}
