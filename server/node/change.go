package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// UPDATE and DELETE read a view of the table, as a query that names its rows,
// and propose to each shard which rows die and which come in their place. A
// proposal that names a row which another statement changed meanwhile is
// refused whole; the statement then reads again and goes on with what is left.

const (
	changeRows  = 16 << 10 // rows of one proposal: what is changed at once
	changeTries = 200
)

// changer runs one UPDATE or DELETE.
type changer struct {
	node  *Node
	r     Request
	op    string
	table *catalog.Table
	query *sql.Query
	into  []record.Field
	reset []int // fields that get their default, whatever the query says
	posts bool  // the query gives whole new rows after the names

	token Token
	count int64
	mine  map[uint32][]store.ChangeResult // what this statement has written
	again bool                            // a proposal was refused
	next  *catalog.Table                  // what the table has become; the names that were read are of the former one
}

// target is the table of a statement as its query sees it: with the names of
// its rows, under a name that no table has.
func (c *changer) target() *catalog.Table {
	t := *c.table
	t.Name += "$rows"
	t.Schema.Fields = slices.Concat(t.Schema.Fields, []record.Field{
		{ID: store.ShardColumn, Name: "$shard", Type: record.T(record.Int64)},
		{ID: store.RowColumn, Name: "$row", Type: record.T(record.Int64)}})
	return &t
}

// newChanger makes the query of a statement over a table, called alias in it.
func (n *Node) newChanger(r Request, op string, name *sql.Name, alias sql.Ident, where sql.Expr) (*changer, string, error) {
	t, err := n.Catalog().Table(name.Last())
	if err != nil {
		return nil, "", fault.E("sql: "+op, fault.At(r.SQL, name.Pos()), err)
	}
	c := &changer{node: n, r: r, op: op, table: t, token: Token{}, mine: map[uint32][]store.ChangeResult{}}
	as := alias.Name
	if as == "" {
		as = t.Name
	}
	at := sql.At(name.Pos())
	body := &sql.Select{At: at, Where: where, From: []sql.TableRef{&sql.Table{At: at,
		Name: &sql.Name{At: at, Parts: []string{t.Name + "$rows"}}, Alias: sql.Alias{At: at, Name: as}}}}
	c.query = &sql.Query{Body: body}
	for _, f := range c.target().Schema.Fields[len(t.Schema.Fields):] {
		c.item(&sql.Name{At: at, Parts: []string{as, f.Name}}, f)
	}
	return c, as, nil
}

// item adds one column to the query.
func (c *changer) item(e sql.Expr, f record.Field) {
	body := c.query.Body.(*sql.Select)
	body.Items = append(body.Items, sql.SelectItem{Expr: e})
	c.into = append(c.into, f)
}

func (n *Node) delete(ctx context.Context, s *sql.Delete, r Request) (*Result, error) {
	c, _, err := n.newChanger(r, "delete", s.Table, s.Alias, s.Where)
	if err != nil {
		return nil, err
	}
	as := c.query.Body.(*sql.Select).From[0].(*sql.Table).Alias.Name
	for _, id := range c.table.Key { // the log is to say whose rows went
		f := c.table.Schema.Fields[c.table.Schema.ByID(id)]
		c.item(&sql.Name{At: sql.At(s.Table.Pos()), Parts: []string{as, f.Name}}, f)
	}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	return &Result{Tag: fmt.Sprintf("DELETE %d", c.count), Affected: c.count, Token: c.token}, nil
}

func (n *Node) update(ctx context.Context, s *sql.Update, r Request) (*Result, error) {
	c, as, err := n.newChanger(r, "update", s.Table, s.Alias, s.Where)
	if err != nil {
		return nil, err
	}
	c.posts = true
	set, err := c.assigned(s)
	if err != nil {
		return nil, err
	}
	for i, f := range c.table.Schema.Fields {
		e := sql.Expr(&sql.Name{At: sql.At(s.Table.Pos()), Parts: []string{as, f.Name}})
		if v, ok := set[i]; ok {
			if _, isDefault := v.(*sql.Default); isDefault {
				c.reset = append(c.reset, i)
			} else {
				e = v
			}
		}
		c.item(e, f)
	}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	return &Result{Tag: fmt.Sprintf("UPDATE %d", c.count), Affected: c.count, Token: c.token}, nil
}

// assigned returns the new value of each field that an UPDATE sets. What says
// where a row lives cannot be set: the row would have to move to another shard.
func (c *changer) assigned(s *sql.Update) (map[int]sql.Expr, error) {
	set := map[int]sql.Expr{}
	for _, a := range s.Set {
		i := c.table.Schema.Field(a.Column.Name)
		if i < 0 {
			return nil, noColumn("sql: update", c.r.SQL, a.Column.Pos(), a.Column.Name, c.table)
		}
		if _, twice := set[i]; twice {
			return nil, fault.E("sql: update", fault.Invalid, fault.Code("42701"), fault.At(c.r.SQL, a.Column.Pos()), "column "+a.Column.Name+" is set twice")
		}
		id := c.table.Schema.Fields[i].ID
		if slices.Contains(c.table.Key, id) || slices.Contains(c.table.Sharding.By, id) {
			return nil, fault.E("sql: update", fault.Unsupported, fault.At(c.r.SQL, a.Column.Pos()),
				fault.Hint("INSERT the row with its new key, then DELETE the old one"),
				"column "+a.Column.Name+" is part of the primary key or the shard key, which say where a row lives")
		}
		set[i] = a.Value
	}
	return set, nil
}

// run tries until no proposal is refused.
func (c *changer) run(ctx context.Context) error {
	leave, err := c.node.rewrites.enterChange(ctx, c.table.ID())
	if err != nil {
		return err
	}
	defer func() { leave() }()
	for try := 1; ; try++ {
		if c.next != nil { // which may move, too
			leave()
			c.table, c.next = c.next, nil
			if leave, err = c.node.rewrites.enterChange(ctx, c.table.ID()); err != nil {
				leave = func() {}
				return err
			}
		}
		c.again = false
		if err := c.try(ctx); err != nil {
			return err
		}
		if !c.again {
			return nil
		}
		if try == changeTries {
			return fault.E("sql: "+c.op, fault.Conflict, fault.Code("40001"), fault.Item(c.table.Name), fault.Hint("try again"),
				fault.Errorf("", fault.Conflict, "other statements changed the same rows %d times; %d rows are done", try, c.count))
		}
		wait := time.NewTimer(time.Duration(rand.Int64N(int64(time.Millisecond) * int64(min(try, 30)))))
		select {
		case <-ctx.Done():
			wait.Stop()
			return fault.E("sql: "+c.op, ctx.Err())
		case <-wait.C:
		}
	}
}

// try reads the rows once and proposes what is to become of them.
func (c *changer) try(ctx context.Context) error {
	o := c.node.planOptions(c.r)
	o.Catalog, o.Into = o.Catalog.With(c.target()), c.into
	p, err := plan.Query(c.query, o)
	if err != nil {
		return err
	}
	env := c.node.env(o.Now)
	env.MaxRows = 0
	rows, _, err := c.node.start(ctx, p, c.r, env)
	if err != nil {
		return err
	}
	defer rows.Close()
	pending := map[uint32]*proposal{}
	for {
		chunk, err := rows.Next(ctx)
		if err == io.EOF {
			break
		}
		if err == nil {
			err = c.take(ctx, chunk, pending)
		}
		if err != nil {
			return err
		}
	}
	for _, shard := range slices.Sorted(maps.Keys(pending)) {
		if err := c.propose(ctx, shard, pending[shard]); err != nil {
			return err
		}
	}
	return nil
}

// proposal is what is to change in one shard at once.
type proposal struct {
	ids   []uint64
	posts *record.Batch // nil for DELETE
	keys  *record.Batch // for DELETE, of the rows called ids; nil: the table has none
}

// newProposal returns an empty one.
func (c *changer) newProposal() *proposal {
	p := &proposal{}
	switch {
	case c.posts:
		p.posts = record.NewBatch(&c.table.Schema, 0)
	case len(c.table.Key) > 0:
		p.keys = &record.Batch{Table: c.table.ID(), Version: c.table.Schema.Version, IDs: c.table.Key}
		for _, id := range c.table.Key {
			p.keys.Cols = append(p.keys.Cols, *record.NewColumn(c.table.Schema.Fields[c.table.Schema.ByID(id)].Type, 0))
		}
	}
	return p
}

// full reports whether p is to be sent before more rows come to it.
func (p *proposal) full() bool {
	if len(p.ids)%256 != 0 {
		return false
	}
	return len(p.ids) >= changeRows || p.posts != nil && p.posts.Bytes() >= entryBytes || p.keys != nil && p.keys.Bytes() >= entryBytes
}

// entry is p as the log has it.
func (c *changer) entry(p *proposal) []byte {
	if p.keys == nil {
		slices.Sort(p.ids)
		return store.EncodeChange(store.IdempotencyKey{}, c.table.ID(), p.ids, p.posts)
	}
	order := make([]uint32, len(p.ids))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(p.ids[a], p.ids[b]) })
	slices.Sort(p.ids)
	return store.EncodeDelete(c.table.ID(), p.ids, p.keys.Only(order))
}

// take sorts the rows of a chunk into proposals, and sends those that are full.
func (c *changer) take(ctx context.Context, chunk *plan.Chunk, pending map[uint32]*proposal) error {
	for i := range chunk.N {
		shard, id := uint32(chunk.Cols[0].Value(i).I), uint64(chunk.Cols[1].Value(i).I)
		if c.wrote(shard, id) {
			continue
		}
		p := pending[shard]
		if p == nil {
			p = c.newProposal()
			pending[shard] = p
		}
		if c.posts {
			if err := c.post(p.posts, chunk, i); err != nil {
				return err
			}
		}
		if p.keys != nil {
			key := make([]record.Value, len(p.keys.Cols))
			for k := range key {
				key[k] = chunk.Cols[2+k].Value(i)
			}
			p.keys.AppendRow(key...)
		}
		p.ids = append(p.ids, id)
		if !p.full() {
			continue
		}
		delete(pending, shard)
		if err := c.propose(ctx, shard, p); err != nil {
			return err
		}
	}
	return nil
}

// post adds the new form of row i of the chunk.
func (c *changer) post(b *record.Batch, chunk *plan.Chunk, i int) error {
	row := make([]record.Value, len(c.table.Schema.Fields))
	for f, field := range c.table.Schema.Fields {
		v, err := record.Coerce(chunk.Cols[2+f].Value(i), field.Type)
		if slices.Contains(c.reset, f) {
			v = field.Default
		}
		if err == nil && !v.Valid && field.NotNull {
			err = fault.E("", fault.Invalid, fault.Code("23502"), "NULL, and the column is NOT NULL")
		}
		if err != nil {
			return fault.E("sql: update", fault.Invalid, fault.CodeOf(err), fault.Item(c.table.Name+"."+field.Name), err)
		}
		row[f] = v
	}
	b.AppendRow(row...)
	return nil
}

// wrote reports whether this statement has written the row: it is done.
func (c *changer) wrote(shard uint32, id uint64) bool {
	return slices.ContainsFunc(c.mine[shard], func(r store.ChangeResult) bool {
		return id >= r.FirstRow && id-r.FirstRow < uint64(r.Rows)
	})
}

// propose brings a proposal through its shard's log.
func (c *changer) propose(ctx context.Context, shard uint32, p *proposal) error {
	if c.next != nil {
		return nil
	}
	if err := c.node.room(ctx, shard); err != nil {
		return err
	}
	index, value, err := c.node.cluster.Propose(ctx, cluster.GroupID(shard), c.entry(p))
	if errors.Is(err, store.ErrBehind) && c.node.Catalog().ByID(c.table.ID()) != nil {
		c.again = true
		return c.node.everyShard(ctx, []uint32{shard}, store.EncodeDefine(c.table))
	}
	if errors.Is(err, store.ErrChanged) {
		c.again = true
		return nil
	}
	if err != nil && c.node.moved(c.table, err) {
		return c.follow(ctx)
	}
	if err != nil {
		return err
	}
	r := value.(store.ChangeResult)
	c.count += int64(r.Deleted)
	c.token.Add(shard, index)
	if r.Rows > 0 {
		c.mine[shard] = append(c.mine[shard], r)
	}
	return nil
}

// follow goes on where the table is now. Rows have other names there: what an
// UPDATE has written cannot be told from what it has not.
func (c *changer) follow(ctx context.Context) error {
	c.again = true
	t, err := c.node.follow(ctx, c.table)
	if err != nil || t.ID() == c.table.ID() {
		return err
	}
	if len(c.mine) > 0 || !slices.EqualFunc(t.Schema.Fields, c.table.Schema.Fields, func(a, b record.Field) bool { return a.ID == b.ID }) {
		return fault.E("sql: "+c.op, fault.Conflict, fault.Code("40001"), fault.Item(t.Name), fault.Hint("try again"),
			fault.Errorf("", fault.Conflict, "the table was rewritten meanwhile; %d rows are done", c.count))
	}
	c.next = t
	return nil
}

// truncate empties tables, each shard of each at once.
func (n *Node) truncate(ctx context.Context, s *sql.Truncate, r Request) (*Result, error) {
	var tables []*catalog.Table
	for _, name := range s.Tables {
		t, err := n.Catalog().Table(name.Last())
		if err != nil {
			return nil, fault.E("sql: truncate", fault.At(r.SQL, name.Pos()), err)
		}
		tables = append(tables, t)
	}
	token := Token{}
	for _, t := range tables {
		err := n.empty(ctx, t, token)
		for err != nil && n.moved(t, err) {
			if t, err = n.follow(ctx, t); err == nil {
				err = n.empty(ctx, t, token)
			}
		}
		if err != nil {
			return nil, fault.E("sql: truncate", err)
		}
	}
	return &Result{Tag: "TRUNCATE TABLE", Token: token}, nil
}

// empty truncates a table where it is, and forgets what was loaded into it
// where it was.
func (n *Node) empty(ctx context.Context, t *catalog.Table, token Token) error {
	for _, shard := range t.Sharding.Shards() {
		index, _, err := n.cluster.Propose(ctx, cluster.GroupID(shard), store.EncodeTruncate(t.ID()))
		if err == nil {
			token.Add(shard, index)
		} else if !fault.Is(err, fault.NotFound) || n.moved(t, err) { // a shard that has not heard of the table has none of its rows
			return err
		}
	}
	return n.forgetFormer(ctx, t)
}
