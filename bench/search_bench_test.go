package bench

import (
	"context"
	"testing"
)

// BenchmarkSearch asks each kind of question of a whole server in this
// process, from the text of the statement to the last row. Answers are not
// compared here: peers does that.
func BenchmarkSearch(b *testing.B) {
	ctx := context.Background()
	w := Search(42, 120_000)
	dir := b.TempDir()
	if _, err := w.WriteFiles(dir); err != nil {
		b.Fatal(err)
	}
	q, err := NewQuindex(ctx, 2)
	if err != nil {
		b.Fatal(err)
	}
	defer q.Close()
	if _, err := q.Load(ctx, w, dir); err != nil {
		b.Fatal(err)
	}
	for _, st := range w.Statements {
		var asked []Question
		for run := range uint64(20) {
			asked = append(asked, st.questions(run)...)
		}
		b.Run(st.Name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := (direct{q}).Ask(ctx, asked[i%len(asked)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
