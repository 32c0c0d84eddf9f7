package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/quindex/quindex/engines/all"
)

// BenchmarkWholeRequest sends rows of all shards in one request: written as they
// come (skip), and staged and switched in one moment (abort).
func BenchmarkWholeRequest(b *testing.B) {
	for _, how := range []string{"skip", "abort"} {
		for _, rows := range []int{100, 20_000} {
			b.Run(how+"/rows="+map[int]string{100: "100", 20_000: "2e4"}[rows], func(b *testing.B) {
				s, err := Start(context.Background(), Config{Data: b.TempDir(), HTTP: "127.0.0.1:0", Cluster: "127.0.0.1:0", Shards: 8,
					Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					b.Fatal(err)
				}
				defer s.Stop()
				send := func(path, kind string, body []byte) {
					res, err := http.Post("http://"+s.Addr()+path, kind, bytes.NewReader(body))
					if err != nil {
						b.Fatal(err)
					}
					text, _ := io.ReadAll(res.Body)
					if res.Body.Close(); res.StatusCode != http.StatusOK {
						b.Fatal(string(text))
					}
				}
				send("/v1/sql", "text/plain", []byte("CREATE TABLE p (id BIGINT PRIMARY KEY, v BIGINT)"))
				send("/v1/load/p", "application/x-ndjson", []byte("{\"id\":-1,\"v\":0}"))
				first := 0
				for b.Loop() {
					send("/v1/load/p?on_error="+how, "application/x-ndjson", []byte(lines(first, rows, 1)))
					first += rows
				}
			})
		}
	}
}
