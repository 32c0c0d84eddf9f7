package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
)

// wire asks quindex over HTTP and stops the clock when the last byte is there:
// what a peer's client would make of its answer is no part of either's time.
type wire struct{ *Quindex }

// Ask puts one statement.
func (w wire) Ask(ctx context.Context, q Question) (func() ([][]any, error), error) {
	body, _, err := w.client.Raw(ctx, q.SQL, client.Options{Format: "json"})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(body); err != nil {
		return nil, fault.E("bench: read answer", fault.IO, err)
	}
	return func() ([][]any, error) { return readJSON(&b) }, nil
}

func readJSON(r io.Reader) ([][]any, error) {
	var answer struct{ Rows [][]any }
	d := json.NewDecoder(r)
	d.UseNumber()
	if err := d.Decode(&answer); err != nil {
		return nil, fault.E("bench: read answer", fault.Corrupt, err)
	}
	return answer.Rows, nil
}
