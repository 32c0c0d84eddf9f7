package node

import (
	"context"
	"fmt"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/exec"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// Request is one statement and how it is to be run.
type Request struct {
	SQL      string
	Params   []record.Value // $1 is Params[0]; strings take the type the statement wants
	ReadOnly bool           // refuse anything that is not a query
	Timeout  time.Duration  // 0: the node's default
	Strong   bool           // see every write acknowledged before
	Token    Token          // see at least this much
	Key      store.IdempotencyKey
	ID       string // of the query, for cancelling; "" picks one

	query *running // set by Run
}

// Result is the answer to a statement. If Rows is not nil it must be closed,
// once, whatever happened.
type Result struct {
	ID       string
	Columns  []plan.Column
	Rows     exec.Stream // nil for statements without rows
	Tag      string      // PostgreSQL's command tag: "CREATE TABLE", "INSERT 0 3"
	Affected int64
	Token    Token // of a write
	Seen     *Seen // of a read; nil for others
}

// Run parses, plans and starts one statement. The context must outlive the
// rows: the statement stops when it is done.
func (n *Node) Run(ctx context.Context, r Request) (*Result, error) {
	q, ctx, err := n.queries.start(ctx, r, n.opts.Timeout)
	if err != nil {
		return nil, err
	}
	r.query = q
	streams := false
	defer func() { // also where a panic passes, which the server outlives
		if !streams {
			q.finish()
		}
	}()
	res, err := n.run(ctx, r)
	if err != nil {
		return nil, q.explain(err)
	}
	res.ID = q.ID
	if res.Rows == nil {
		return res, nil
	}
	res.Rows, streams = &countedStream{Stream: res.Rows, query: q}, true
	return res, nil
}

func (n *Node) run(ctx context.Context, r Request) (*Result, error) {
	if p, ok := n.known(r); ok {
		return n.answer(ctx, p, r, time.Now().UTC())
	}
	stmt, err := sql.Parse(r.SQL)
	if err != nil {
		return nil, err
	}
	if _, query := stmt.(*sql.Query); r.ReadOnly && !query && !harmless(stmt) {
		return nil, fault.E("node: run", fault.Permission, fault.Code("25006"),
			fault.Hint("send it with POST"), "this request may only read")
	}
	switch s := stmt.(type) {
	case *sql.Query:
		return n.query(ctx, s, r)
	case *sql.Explain:
		return n.explain(ctx, s, r)
	case *sql.Insert:
		return n.insert(ctx, s, r)
	case *sql.Update:
		return n.update(ctx, s, r)
	case *sql.Delete:
		return n.delete(ctx, s, r)
	case *sql.AlterTable:
		return n.alterTable(ctx, s, r)
	case *sql.Truncate:
		return n.truncate(ctx, s, r)
	case *sql.CreateTable:
		return n.createTable(ctx, s, r)
	case *sql.CreateIndex:
		return n.createIndex(ctx, s, r)
	case *sql.CreateGraph:
		return n.createGraph(ctx, s, r)
	case *sql.Drop:
		return n.drop(ctx, s, r)
	case *sql.Show:
		return n.show(ctx, s, r)
	case *sql.Describe:
		return n.describe(s, r)
	}
	return nil, notYet(stmt, r.SQL)
}

func harmless(stmt sql.Stmt) bool {
	switch s := stmt.(type) {
	case *sql.Show, *sql.Describe:
		return true
	case *sql.Explain:
		_, query := s.Stmt.(*sql.Query)
		return query
	}
	return false
}

// notYet refuses a statement that parses but has no meaning here yet.
func notYet(stmt sql.Stmt, text string) error {
	start, _ := stmt.Span()
	what := map[string]string{
		"*sql.CreateRollup": "CREATE ROLLUP",
	}[fmt.Sprintf("%T", stmt)]
	return fault.E("sql: run", fault.Unsupported, fault.At(text, start), what+" is not there yet; rows can be added and tables dropped")
}

func (n *Node) planOptions(r Request) plan.Options {
	return plan.Options{Catalog: n.Catalog(), Registry: n.opts.Registry, Text: r.SQL, Params: r.Params,
		Now: time.Now().UTC(), Stats: sizes{n}, Naive: n.opts.Naive, NoIndex: n.opts.NoIndex}
}

// sizes tells the planner how large tables are, without opening a view.
type sizes struct{ n *Node }

func (s sizes) Rows(table record.TableID) (rows int64, known bool) {
	for _, sh := range s.n.shards {
		rows += sh.RowsOf(table)
	}
	return rows, true
}

func (n *Node) env(now time.Time) exec.Env {
	return exec.Env{Registry: n.opts.Registry, Memory: exec.NewAccount(n.memory, n.opts.QueryMemory), Turn: n.long.Statement(),
		Workers: n.opts.Workers, MaxRows: n.opts.MaxRows, Now: now, NoIndex: n.opts.NoIndex, Log: n.opts.Logger, Nodes: n.directory}
}

// query plans and starts a SELECT.
func (n *Node) query(ctx context.Context, s *sql.Query, r Request) (*Result, error) {
	o := n.planOptions(r)
	sizes := &told{Stats: o.Stats}
	o.Stats = sizes
	p, err := plan.Query(s, o)
	if err != nil {
		return nil, err
	}
	if k, ok := keyOfPlan(r); ok {
		n.plans.keep(o.Catalog, k, p, sizes.sizes)
	}
	return n.answer(ctx, p, r, o.Now)
}

// known returns the plan of a query that was planned before.
func (n *Node) known(r Request) (*plan.Plan, bool) {
	k, ok := keyOfPlan(r)
	if !ok {
		return nil, false
	}
	return n.plans.find(n.Catalog(), k, sizes{n})
}

// answer starts a query that is planned.
func (n *Node) answer(ctx context.Context, p *plan.Plan, r Request, now time.Time) (*Result, error) {
	rows, seen, err := n.start(ctx, p, r, n.env(now))
	if err != nil {
		return nil, err
	}
	return &Result{Columns: p.Columns, Rows: rows, Tag: "SELECT", Seen: seen}, nil
}

func (n *Node) start(ctx context.Context, p *plan.Plan, r Request, env exec.Env) (exec.Stream, *Seen, error) {
	if r.Strong {
		if err := n.Barrier(ctx); err != nil {
			return nil, nil, err
		}
	}
	r.query.uses(env)
	seen := newSeen(r.Token)
	rows, err := exec.Run(ctx, p, r.Params, &source{n: n, env: env, want: r.Token, seen: seen}, env)
	return rows, seen, err
}

// createTable turns CREATE TABLE into a catalog change.
func (n *Node) createTable(ctx context.Context, s *sql.CreateTable, r Request) (*Result, error) {
	d := n.creator(s, r)
	def, shards, err := d.table(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := n.CreateTable(ctx, *def, shards, s.IfNotExists); err != nil {
		return nil, fault.E("sql: create table", fault.At(r.SQL, s.Name.Pos()), err)
	}
	return &Result{Tag: "CREATE TABLE"}, nil
}

func (n *Node) drop(ctx context.Context, s *sql.Drop, r Request) (*Result, error) {
	switch s.Kind {
	case sql.IndexObject:
		return n.dropIndexes(ctx, s, r)
	case sql.GraphObject:
		return n.dropGraphs(ctx, s, r)
	}
	if s.Kind != sql.TableObject {
		return nil, fault.E("sql: drop", fault.Unsupported, fault.At(r.SQL, s.Pos()), "DROP "+s.Kind.String()+" is not there yet")
	}
	for _, name := range s.Names {
		if _, err := n.DropTable(ctx, name.Last(), s.IfExists); err != nil {
			return nil, fault.E("sql: drop table", fault.At(r.SQL, name.Pos()), err)
		}
	}
	return &Result{Tag: "DROP TABLE"}, nil
}

// explain answers with the plan as lines of text, or one JSON document.
func (n *Node) explain(ctx context.Context, s *sql.Explain, r Request) (*Result, error) {
	q, ok := s.Stmt.(*sql.Query)
	if !ok {
		return nil, fault.E("sql: explain", fault.Unsupported, fault.At(r.SQL, s.Stmt.Pos()), "only queries can be explained")
	}
	o, begun := n.planOptions(r), time.Now()
	p, err := plan.Query(q, o)
	if err != nil {
		return nil, err
	}
	text := p.Explain()
	switch {
	case s.Analyze:
		m := measured{planning: time.Since(begun)}
		if err = n.measure(ctx, p, r, o, &m); err == nil && s.Format == "json" {
			text, err = m.json()
		} else if err == nil {
			text = m.text()
		}
	case s.Format == "json":
		var doc []byte
		doc, err = p.ExplainJSON()
		text = string(doc)
	}
	if err != nil {
		return nil, err
	}
	return textResult("QUERY PLAN", text), nil
}

// insert runs the source of an INSERT, fits its rows to the table and writes them.
func (n *Node) insert(ctx context.Context, s *sql.Insert, r Request) (*Result, error) {
	t, err := n.Catalog().Table(s.Table.Last())
	if err != nil {
		return nil, fault.E("sql: insert", fault.At(r.SQL, s.Table.Pos()), err)
	}
	if err := conflictKey(t, s, r.SQL); err != nil {
		return nil, err
	}
	ins, err := newInserter(t, s, r.SQL)
	if err != nil {
		return nil, err
	}
	batch, err := ins.collect(ctx, n, r)
	if err != nil {
		return nil, err
	}
	if s.DoNothing {
		if err := n.raiseToHorizon(ctx, t); err != nil {
			return nil, err
		}
	}
	w, err := n.write(ctx, t, batch, r.Key, s.DoNothing)
	if err != nil {
		return nil, err
	}
	added := batch.N - w.Kept
	return &Result{Tag: fmt.Sprintf("INSERT 0 %d", added), Affected: int64(added), Token: w.Token}, nil
}
