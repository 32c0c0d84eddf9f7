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
// that. A node raises their watermarks in the logs of their shards from time
// to time; what is below is out of sight with the next statement.

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
		at, ok := mark(t, now)
		if !ok {
			continue
		}
		for _, id := range t.Sharding.Shards() {
			s, err := n.shard(id)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if have, some := s.Watermark(t.ID()); some && have >= at.UnixNano() || s.RowsOf(t.ID()) == 0 {
				continue
			}
			_, _, err = n.cluster.Propose(ctx, cluster.GroupID(id), store.EncodeExpire(t.ID(), at.UnixNano()))
			if !fault.Is(err, fault.NotFound) { // a shard that has not heard of the table has none of its rows
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
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
			if err := n.Expire(ctx, time.Now()); err != nil && ctx.Err() == nil {
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
