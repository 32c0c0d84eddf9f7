package node

import (
	"context"
	"errors"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// Tables with ttl or retention lose the rows whose time is longer ago than
// that. Statements leave these out by themselves (horizon.go); from time to
// time a node raises the watermarks in the logs of the shards, by which keys
// become free and merges free the space.

// lifetime reads an option's value: an interval such as '20 years'.
func lifetime(text string) (record.Span, error) {
	v, err := record.ParseText(record.T(record.Interval), text)
	if err != nil {
		return record.Span{}, err
	}
	if s := v.Span; s.Months < 0 || s.Days < 0 || s.Nanos < 0 || s == (record.Span{}) {
		return s, fault.Errorf("", fault.Invalid, "%q is not a time to live, want an interval above zero", text)
	}
	return v.Span, nil
}

// mark is the time before which rows of t are to go, as of now.
func mark(t *catalog.Table, now time.Time) (time.Time, bool) {
	var out time.Time
	for _, name := range []string{"ttl", "retention"} {
		if t.Time == nil || t.Options[name] == "" {
			continue
		}
		s, err := lifetime(t.Options[name])
		if err != nil {
			continue // no table is made with such an option
		}
		if at := now.AddDate(0, -int(s.Months), -int(s.Days)).Add(-time.Duration(s.Nanos)); at.After(out) {
			out = at
		}
	}
	return out, !out.IsZero() && out.Year() > 1678 && out.Year() < 2262 // what a TIMESTAMP holds
}

// Expire raises the watermark of every table that rows expire from.
func (n *Node) Expire(ctx context.Context, now time.Time) error {
	var errs []error
	for _, t := range n.Catalog().Tables() {
		if at := n.horizons.mark(t, func() time.Time { return now }); at != store.NoMark {
			errs = append(errs, n.raise(ctx, t, at))
		}
	}
	return errors.Join(errs...)
}

// raise brings the watermark of a table in its shards' logs to at least at.
func (n *Node) raise(ctx context.Context, t *catalog.Table, at int64) error {
	var errs []error
	for _, id := range t.Sharding.Shards() {
		s, err := n.shard(id)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if have, some := s.Watermark(t.ID()); some && have >= at || s.RowsOf(t.ID()) == 0 {
			continue
		}
		_, _, err = n.cluster.Propose(ctx, cluster.GroupID(id), store.EncodeExpire(t.ID(), at))
		if !fault.Is(err, fault.NotFound) { // a shard that has not heard of the table has none of its rows
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// raiseToHorizon brings the watermark to where statements read from, for what
// goes by the watermark alone: whether a key is taken, and what stays hidden if
// the ttl is another.
func (n *Node) raiseToHorizon(ctx context.Context, t *catalog.Table) error {
	if at := n.horizons.mark(t, n.now); at != store.NoMark {
		return n.raise(ctx, t, at)
	}
	return nil
}

// lastExpire is Expire before the node closes, so that a start finds hidden what
// was hidden, even if the clock was set back in between.
func (n *Node) lastExpire() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := n.Expire(ctx, n.now()); err != nil {
		n.opts.Logger.Warn("watermarks are where they were a minute ago", "err", err)
	}
}

// expireLoop is Expire every so often, until Close.
func (n *Node) expireLoop(every time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	n.stopExpiring = func() {
		cancel()
		n.expiring.Wait()
	}
	n.expiring.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			if err := n.Expire(ctx, n.now()); err != nil && ctx.Err() == nil {
				n.opts.Logger.Warn("rows do not expire", "err", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
}
