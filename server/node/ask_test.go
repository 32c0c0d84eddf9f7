package node

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

func openNode(t testing.TB, dir string, o store.Options, dies func(string) bool) *Node {
	t.Helper()
	n, err := Open(t.Context(), Options{Cluster: cluster.Options{Dir: dir, Shards: 4, DiskReserve: -1}, Store: o, Registry: all.Registry(),
		Logger: slog.New(slog.DiscardHandler), dies: dies})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// told runs a statement and returns its rows as text, or its tag.
func (n *Node) told(ctx context.Context, sql string, params ...record.Value) (rows [][]string, tag string, err error) {
	res, err := n.Run(ctx, Request{SQL: sql, Params: params})
	if res != nil {
		tag = res.Tag
	}
	if err != nil || res.Rows == nil {
		return nil, tag, err
	}
	defer res.Rows.Close()
	for {
		c, err := res.Rows.Next(ctx)
		if err == io.EOF {
			return rows, "", nil
		}
		if err != nil {
			return nil, "", err
		}
		for i := range c.N {
			var row []string
			for _, col := range c.Cols {
				row = append(row, col.Value(i).Text())
			}
			rows = append(rows, row)
		}
	}
}

// ask is told as one text.
func (n *Node) ask(ctx context.Context, sql string) (string, error) {
	rows, tag, err := n.told(ctx, sql)
	return tag + joined(rows, " "), err
}

// joined is rows as one text, with commas between values.
func joined(rows [][]string, between string) string {
	var lines []string
	for _, row := range rows {
		lines = append(lines, strings.Join(row, ","))
	}
	return strings.Join(lines, between)
}

// must runs a statement that answers want; "" is any answer.
func must(t *testing.T, n *Node, sql, want string) {
	t.Helper()
	if got, err := n.ask(t.Context(), sql); err != nil || want != "" && got != want {
		t.Fatalf("%s\n%s %v, want %s", sql, got, err, want)
	}
}

// rowsOf runs a statement and returns its rows as one text, with "; " between them.
func rowsOf(n *Node, sql string, params ...record.Value) (string, error) {
	rows, _, err := n.told(context.Background(), sql, params...)
	return joined(rows, "; "), err
}

// ask runs a statement and returns its rows, each value with a bar behind it.
func ask(t *testing.T, n *Node, sql string) (out []string) {
	t.Helper()
	rows, _, err := n.told(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	for _, row := range rows {
		out = append(out, strings.Join(row, "|")+"|")
	}
	return out
}
