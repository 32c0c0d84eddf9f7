package bench

import (
	"context"
	"io"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/node"
)

// direct asks quindex inside this process, from the text of the statement to
// the last row: what a peer in process is to be held against.
type direct struct{ *Quindex }

// Ask runs one statement.
func (d direct) Ask(ctx context.Context, q Question) (read func() ([][]any, error), err error) {
	res, err := d.server.Node.Run(ctx, node.Request{SQL: q.SQL, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	var out [][]any
	for {
		c, err := res.Rows.Next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			res.Rows.Close()
			return nil, err
		}
		out = appendRows(out, c)
	}
	return func() ([][]any, error) { return out, nil }, res.Rows.Close()
}

func appendRows(out [][]any, c *plan.Chunk) [][]any {
	for i := range c.N {
		row := make([]any, len(c.Cols))
		for j, col := range c.Cols {
			row[j] = plainValue(col.Value(i))
		}
		out = append(out, row)
	}
	return out
}

// plainValue is a number as Go has it, and anything else as text.
func plainValue(v record.Value) any {
	switch {
	case v.IsNull():
		return nil
	case v.Type.Kind == record.Int64:
		return v.I
	case v.Type.Kind == record.Float64:
		return v.Float()
	}
	return v.Text()
}

// overHTTP is the same server asked over HTTP, beside direct: it has the rows.
type overHTTP struct{ wire }

// Name returns "quindex-http".
func (overHTTP) Name() string { return "quindex-http" }

// Load does nothing: the other side of the server has loaded.
func (overHTTP) Load(context.Context, *Workload, string) (Load, error) { return Load{}, nil }

// Close does nothing: the other side closes.
func (overHTTP) Close() error { return nil }
