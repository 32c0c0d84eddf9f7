package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// loader brings loads in that are seen in one moment: small ones with the
// decision, staged ones, and such as are given up.
type loader struct {
	t       *trial
	is      *bandLoad // on its way, or the last
	open    bool      // it was not answered
	staged  bool
	sources map[string]bool // of all its loads
}

func newLoader(t *trial) *loader { return &loader{t: t, sources: map[string]bool{}} }

func (o *loader) settle(l *life) error {
	if o.open {
		if err := o.bring(l); err != nil {
			return err
		}
	}
	for _, s := range l.node.StagedLoads() { // the power went while they were given up
		if !o.sources[s.Source] {
			continue
		}
		if err := l.node.GiveUpLoad(l.ctx, s.ID); err != nil {
			return l.failed("give a load up that was left", err)
		}
	}
	return nil
}

// begin stages a load, or finds the one that is.
func (o *loader) begin(l *life, t *catalog.Table, value int64) (*catalog.Load, [16]byte, error) {
	source := [16]byte([]byte(fmt.Sprintf("%016d", value)))
	name := hex.EncodeToString(source[:])
	o.sources[name] = true
	staged, err := l.node.StageLoad(l.ctx, t, name, "")
	return staged, source, err
}

func (o *loader) act(l *life, rng *rand.Rand) error {
	switch at := rng.IntN(10); {
	case at < 1:
		return o.giveUp(l)
	case at < 2 && o.is != nil: // again, as who has not heard the answer
		return o.bring(l)
	}
	o.is, o.open, o.staged = o.t.band.begin(o.t), true, rng.IntN(3) == 0
	o.t.count(func(s *tally) { s.Staged++ })
	return o.bring(l)
}

// bring tries until the load is in: its table may get another form meanwhile.
func (o *loader) bring(l *life) error {
	const most = 200
	for try := 0; ; try++ {
		began := o.t.tick.Add(1)
		out, err := o.once(l, o.staged)
		if try < 3 || err == nil {
			o.t.note("since %d: load %d, staged: %v, try %d: %+v, %v", began, o.is.value, o.staged, try, out, err)
		}
		switch {
		case err == nil && !l.over():
			if !o.open && !out.Duplicate {
				return violated("load %d was in, and comes again as %+v", o.is.value, out)
			}
			if o.open {
				o.t.count(func(s *tally) { s.Switched++ })
			}
			o.open = false
			o.t.band.end(o.is, o.t.tick.Add(1))
			return nil
		case l.over():
			return nil
		case !elsewhere(err) || try == most:
			return l.failed(fmt.Sprintf("load %d, staged: %v, try %d", o.is.value, o.staged, try), err)
		}
	}
}

func (o *loader) once(l *life, staged bool) (node.Switched, error) {
	t, err := l.node.Catalog().Table("p")
	if err != nil {
		return node.Switched{}, err
	}
	if !staged {
		return l.node.LoadWhole(l.ctx, t, o.batch(&t.Schema, o.is.value, 0, bandRows), fmt.Sprint("load ", o.is.value), nil)
	}
	return o.stage(l, t)
}

func (o *loader) batch(s *record.Schema, v int64, from, to int) *record.Batch {
	b := record.NewBatch(s, to-from)
	for i := from; i < to; i++ {
		b.AppendRow(record.IntValue(int64(-1-i)), record.IntValue(0), record.IntValue(v), record.TextValue("band"))
	}
	return b
}

const (
	stageChunks = 3
	sourceBytes = stageChunks * chunkBytes
)

// stage brings a load in by a staged one, which may be there in part.
func (o *loader) stage(l *life, t *catalog.Table) (node.Switched, error) {
	staged, source, err := o.begin(l, t, o.is.value)
	if err != nil {
		return node.Switched{}, err
	}
	have, waits, err := l.node.StagedSource(staged)
	if err != nil {
		return node.Switched{}, err
	}
	if !waits && len(have.Done) == 1 && have.Done[0] == (store.Span{End: sourceBytes}) { // the table has all of it
		return node.Switched{Rows: bandRows, Duplicate: true}, l.node.GiveUpLoad(l.ctx, staged.ID())
	}
	if err := o.fill(l.ctx, l.node, staged, source, o.is.value); err != nil {
		return node.Switched{}, err
	}
	return l.node.SwitchLoad(l.ctx, staged.ID(), sourceBytes)
}

// fill sends the chunks that neither a load nor its table has.
func (o *loader) fill(ctx context.Context, n *node.Node, staged *catalog.Load, source [16]byte, v int64) error {
	have, _, err := n.StagedSource(staged)
	if err != nil {
		return err
	}
	for i := range stageChunks {
		c := store.Span{Start: uint64(i) * chunkBytes, End: uint64(i+1) * chunkBytes}
		in := false
		for _, d := range have.Done {
			in = in || d.Start <= c.Start && c.End <= d.End
		}
		if in {
			continue
		}
		w := n.LoadChunk(&staged.Table, source, c.Start, c.End)
		_, err := w.Write(ctx, o.batch(&staged.Table.Schema, v, i*bandRows/stageChunks, (i+1)*bandRows/stageChunks))
		if err != nil {
			return err
		}
		if err := w.Finish(ctx); err != nil {
			return err
		}
	}
	return nil
}

// giveUp stages a load whose rows nobody must ever see.
func (o *loader) giveUp(l *life) error {
	t, err := l.node.Catalog().Table("p")
	if err != nil {
		return l.failed("find p", err)
	}
	staged, source, err := o.begin(l, t, o.t.value.Add(1))
	if err == nil {
		err = o.fill(l.ctx, l.node, staged, source, -1)
	}
	if err == nil {
		err = l.node.GiveUpLoad(l.ctx, staged.ID())
	}
	o.t.note("a load is given up: %v", err)
	if err == nil {
		o.t.count(func(s *tally) { s.GivenUp++ })
	}
	if err != nil && !elsewhere(err) {
		return l.failed("give a load up", err)
	}
	return nil
}
