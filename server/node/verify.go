package node

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
	"github.com/quindex/quindex/store"
)

// Verified is what Verify has looked at, and what it found wrong.
type Verified struct {
	Shards   int       `json:"shards"`
	Tables   int       `json:"tables"`
	Segments int       `json:"segments"` // and open rows, each a part of a table in a shard
	Rows     int64     `json:"rows"`
	Bytes    int64     `json:"bytes"`  // whose checksums were compared
	Checks   int       `json:"checks"` // conditions asked of an index and of the columns
	Findings []Finding `json:"findings"`
}

// Finding is one thing that is not as it should be.
type Finding struct {
	Shard   uint32 `json:"shard"`
	Table   string `json:"table,omitempty"`
	Segment string `json:"segment,omitempty"`
	Index   string `json:"index,omitempty"`
	What    string `json:"what"`
}

// Sizes of a cross-check. The slow truth decides about a million rows a second.
const (
	verifyValues = 4    // values of a field that conditions are made of, a segment
	verifyRows   = 2048 // rows that every condition is decided on, besides those of the values
)

// Verify reads all segments of all shards against their checksums, the rows of
// every table against their numbers, and every index against the columns: on
// values that are there, and a sample of rows. It goes on after what it finds,
// and what can be healed is, in the background; an error means that it could
// not look.
func (n *Node) Verify(ctx context.Context, tell func(string)) (*Verified, error) {
	v := &verifier{node: n, out: &Verified{Findings: []Finding{}}, rand: rand.New(rand.NewPCG(rand.Uint64(), 0))}
	for _, id := range n.shardIDs() {
		s, err := n.shard(id)
		if err != nil {
			return v.out, err
		}
		tell(fmt.Sprintf("shard %d: checksums", id))
		if err := v.shard(ctx, id, s, tell); err != nil {
			return v.out, err
		}
	}
	v.out.Tables = len(n.Catalog().Tables())
	if err := n.meta.Verify(); err != nil {
		v.found(Finding{}, err)
		n.healCatalog(err)
	}
	return v.out, nil
}

type verifier struct {
	node *Node
	out  *Verified
	rand *rand.Rand
}

func (v *verifier) found(f Finding, err error) {
	f.What = strings.ReplaceAll(err.Error(), "\n", " ")
	v.out.Findings = append(v.out.Findings, f)
}

func (v *verifier) shard(ctx context.Context, id uint32, s *store.Shard, tell func(string)) error {
	v.out.Shards++
	if err := s.Broken(); err != nil {
		v.found(Finding{Shard: id}, err)
	}
	if err := s.Verify(ctx); err != nil {
		if ctx.Err() != nil {
			return err
		}
		v.found(Finding{Shard: id}, err)
	}
	for _, t := range s.Tables() {
		tell(fmt.Sprintf("shard %d: table %s", id, t.Name))
		if err := v.table(ctx, id, s, t); err != nil {
			return err
		}
	}
	if err := v.agree(ctx, id, s); err != nil {
		return err
	}
	for _, seg := range s.Segments() {
		v.out.Bytes += seg.Bytes
	}
	return nil
}

// agreeTime is how long a shard and the catalog may know different tables: a
// change is decided in the catalog, and the shards follow.
const agreeTime = 10 * time.Second

// agree compares the tables that a shard knows with those of the catalog.
func (v *verifier) agree(ctx context.Context, id uint32, s *store.Shard) error {
	begun := time.Now()
	for {
		all := v.disputed(id, s)
		if len(all) == 0 || time.Since(begun) > agreeTime {
			for _, d := range all {
				v.found(Finding{Shard: id, Table: d.table}, fault.E("verify", fault.Corrupt, d.what))
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// dispute is a table that one of the two knows, and what is wrong with that.
type dispute struct{ table, what string }

// disputed lists the tables that a shard knows and the catalog does not, or the
// other way round.
func (v *verifier) disputed(id uint32, s *store.Shard) (out []dispute) {
	known := map[record.TableID]bool{}
	for _, t := range s.Tables() {
		known[t.ID()] = true
		if c := v.node.Catalog(); c.Successor(t.ID()) == nil && c.Load(t.ID()) == nil && !v.node.rewrites.fills(t.ID()) {
			out = append(out, dispute{t.Name, "the catalog does not know this table"})
		}
	}
	for _, t := range v.node.Catalog().Tables() {
		if slices.Contains(t.Sharding.Shards(), id) && !known[t.ID()] {
			out = append(out, dispute{t.Name, "the shard does not know this table"})
		}
	}
	return out
}

func (v *verifier) table(ctx context.Context, id uint32, s *store.Shard, t *catalog.Table) error {
	view, err := s.View(ctx, t.ID())
	if fault.Is(err, fault.NotFound) {
		return nil // dropped meanwhile
	}
	if err != nil {
		return err
	}
	defer view.Close()
	for i := range view.Parts {
		p := &view.Parts[i]
		v.out.Segments++
		v.out.Rows += int64(p.Live.Len())
		at := Finding{Shard: id, Table: t.Name, Segment: p.Name}
		if err := v.numbers(p); err != nil {
			v.found(at, err)
			continue
		}
		for _, ix := range p.Indexes {
			at.Index = ix.Def.Name
			err := segment.Guard(func() error { return v.index(ctx, p, ix, view.Table) })
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				v.found(at, err)
			}
		}
	}
	return nil
}

// numbers compares what a part says of its rows.
func (v *verifier) numbers(p *store.Part) error {
	if p.IDs().Rows() != p.Rows || p.Columns.Rows() != p.Rows {
		return fault.Errorf("verify", fault.Corrupt, "%d rows, with ids of %d and columns of %d", p.Rows, p.IDs().Rows(), p.Columns.Rows())
	}
	if last, some := p.Live.Max(); some && int(last) >= p.Rows {
		return fault.Errorf("verify", fault.Corrupt, "row %d is live, of %d", last, p.Rows)
	}
	return nil
}

// index asks an index for rows by values that are in the columns.
func (v *verifier) index(ctx context.Context, p *store.Part, ix store.OpenIndex, t *catalog.Table) error {
	if p.Rows == 0 {
		return nil
	}
	sample := v.sample(p)
	for _, f := range ix.Def.Fields {
		for range verifyValues {
			row := rows.Num(v.rand.IntN(p.Rows))
			value, err := p.Value(f, int(row))
			if err != nil {
				return err
			}
			value = owned(value)
			within := sample.Or(rows.Range(int(row), int(row)+1)).And(p.Live)
			for _, c := range conditions(f, value) {
				if err := v.same(ctx, p, ix, c, within); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// owned is a value that does not lie in the files of a segment: engines may
// keep what they were asked.
func owned(v record.Value) record.Value {
	v.S = strings.Clone(v.S)
	v.Elems = slices.Clone(v.Elems)
	for i := range v.Elems {
		v.Elems[i] = owned(v.Elems[i])
	}
	return v
}

// sample picks rows in runs, so that few blocks are read.
func (v *verifier) sample(p *store.Part) rows.Set {
	if p.Rows <= verifyRows {
		return rows.All(p.Rows)
	}
	const run = verifyRows / 8
	out := rows.Set{}
	for range 8 {
		lo := v.rand.IntN(p.Rows - run)
		out = out.Or(rows.Range(lo, lo+run))
	}
	return out
}

// conditions are those that a value of a field can be looked for with; what an
// index does not answer is passed over.
func conditions(f record.Field, value record.Value) []predicate.P {
	field := predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}
	out := []predicate.P{predicate.IsNull{Field: field}}
	if !value.Valid {
		return out
	}
	switch {
	case f.Type.Kind == record.Point:
		return append(out, predicate.Call{Function: "st_dwithin", Fields: []predicate.Field{field}, Args: []record.Value{value, record.FloatValue(5000)}})
	case len(value.Elems) > 0:
		return append(out, predicate.Compare{Field: field, Op: predicate.EQ, Value: value.Elems[0]})
	case f.Type.Kind == record.Text:
		if w := word(value.S); w != "" {
			out = append(out, predicate.Call{Function: "match", Fields: []predicate.Field{field}, Args: []record.Value{record.KeywordValue(w)}})
		}
	}
	for _, op := range []predicate.Op{predicate.EQ, predicate.LE, predicate.GT} {
		out = append(out, predicate.Compare{Field: field, Op: op, Value: value})
	}
	return out
}

// word is the first plain word of a text that can be asked for: the longest
// question is far longer.
func word(s string) string {
	const longest = 1000 // bytes
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(w) <= longest {
			return w
		}
	}
	return ""
}

// same compares an index's answer with the slow truth on the rows within.
func (v *verifier) same(ctx context.Context, p *store.Part, ix store.OpenIndex, c predicate.P, within rows.Set) error {
	if _, answers := ix.Index.Estimate(c); !answers {
		return nil
	}
	v.out.Checks++
	all, err := ix.Index.Match(ctx, c, p.Live)
	if err != nil {
		return err
	}
	row := &partRow{part: p}
	for r := range within.Each() {
		row.at = int(r)
		truth, err := predicate.Eval(c, row, v.node.opts.Registry)
		if err == nil {
			err = row.err
		}
		if err != nil {
			return err
		}
		if (truth == predicate.True) != all.Has(r) {
			return fault.E("verify", fault.Corrupt, fault.Hint("restore this shard from a backup, or drop the index and make it anew"),
				fmt.Errorf("%s: the index says %v of row %d, the columns say %v", short(c.String()), all.Has(r), r, truth == predicate.True))
		}
	}
	return nil
}

func short(s string) string {
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "..."
	}
	return s
}

// partRow is one row of a part for predicate.Eval.
type partRow struct {
	part *store.Part
	at   int
	err  error
}

func (r *partRow) Value(f predicate.Field) record.Value {
	v, err := r.part.Value(record.Field{ID: f.ID, Type: f.Type}, r.at)
	if err != nil {
		r.err = err
		return record.NullOf(f.Type)
	}
	return v
}
