package node

import (
	"context"
	"errors"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/exec"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// source shows a query where its data is: on this node.
type source struct {
	n    *Node
	env  exec.Env
	want Token // what the reader has seen
	seen *Seen // what this read saw; nil: nobody asks
	past bool  // rows past their ttl or retention are read too, until the watermark hides them
}

// Sites names this node as the one place of all shards; of none, no place.
func (s *source) Sites(ctx context.Context, table record.TableID, shards []uint32) ([]exec.Site, error) {
	s.seen.ask(shards)
	if len(shards) == 0 {
		return nil, nil
	}
	site := &localSite{source: s, table: table, shards: shards}
	if s.n.opts.Wire {
		return []exec.Site{struct{ exec.Site }{site}}, nil
	}
	return []exec.Site{site}, nil
}

// localSite runs fragments beside the shards of this node.
type localSite struct {
	*source
	table  record.TableID
	shards []uint32
	from   int64 // rows before are past their time; the same in all shards
}

func (s *localSite) Name() string     { return "local" }
func (s *localSite) Shards() []uint32 { return s.shards }

func (s *localSite) Run(ctx context.Context, fragment []byte, broadcast map[int][]*plan.Chunk, opt exec.RunOptions) (exec.Stream, error) {
	n, err := plan.DecodeFragment(fragment)
	if err != nil {
		return nil, err
	}
	return s.RunNode(ctx, n, broadcast, opt)
}

// RunNode is Run of a fragment that was not encoded.
func (s *localSite) RunNode(ctx context.Context, fragment plan.Node, broadcast map[int][]*plan.Chunk, opt exec.RunOptions) (exec.Stream, error) {
	views, err := s.views(ctx)
	if err == nil && len(opt.Tables) > 1 {
		views, err = s.others(ctx, opt.Tables, views)
	}
	if err != nil {
		return nil, err
	}
	st, err := exec.RunNode(ctx, fragment, broadcast, views, s.env)
	if err != nil {
		closeViews(views)
		return nil, err
	}
	return &viewStream{st, views}, nil
}

func (s *localSite) view(ctx context.Context, id uint32, pin *store.SharedView) (*store.View, error) {
	v, err := s.open(ctx, id, pin)
	if err == nil {
		v.Shard = id
		s.seen.answered(id, v.Applied)
	}
	return v, err
}

func (s *localSite) open(ctx context.Context, id uint32, pin *store.SharedView) (*store.View, error) {
	if seen := s.want[id]; seen > 0 {
		if err := s.n.cluster.Wait(ctx, cluster.GroupID(id), seen); err != nil {
			return nil, err
		}
	}
	if pin != nil {
		return pin.View()
	}
	sh, err := s.n.shard(id)
	if err != nil {
		return nil, err
	}
	v, err := sh.ViewAbove(ctx, s.table, s.from)
	if !fault.Is(err, fault.NotFound) {
		return v, err
	}
	// The table was just made and its fence is not in this shard's log yet.
	t := s.n.Catalog().ByID(s.table)
	if t == nil {
		return nil, err
	}
	if err := s.n.everyShard(ctx, []uint32{id}, store.EncodeDefine(t)); err != nil {
		return nil, err
	}
	return sh.ViewAbove(ctx, s.table, s.from)
}

// viewStream closes its views after the stream that reads them.
type viewStream struct {
	exec.Stream
	views []*store.View
}

// Report says what the fragment did, where that was asked for.
func (s *viewStream) Report() *exec.Report {
	if a, ok := s.Stream.(exec.Analyzer); ok {
		return a.Report()
	}
	return nil
}

func (s *viewStream) Close() error {
	err := s.Stream.Close()
	closeViews(s.views)
	s.views = nil
	return err
}

func closeViews(views []*store.View) {
	for _, v := range views {
		v.Close()
	}
}

// Barrier makes sure that reads after it see every write acknowledged before
// it, by any client: consistency "strong".
func (n *Node) Barrier(ctx context.Context) error {
	var errs []error
	for _, id := range n.shardIDs() {
		_, err := n.cluster.Barrier(ctx, cluster.GroupID(id))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
