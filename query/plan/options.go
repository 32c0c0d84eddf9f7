package plan

import (
	"errors"
	"slices"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// Options are what planning a statement needs beside the statement. Catalog
// is required, the rest has a zero value that works.
type Options struct {
	Catalog  *catalog.Catalog
	Registry *engines.Registry // nil: no engine functions
	Text     string            // the statement's text, for the lines and columns of errors
	Now      time.Time         // what now() is; zero: now() stays a call

	// Params are the values of $1, $2, ...: they become constants, a string an
	// open literal that takes the type its place asks for. nil: $n stays a Param.
	Params []record.Value

	// Into gives the columns that a query's rows are for, as in INSERT: open
	// literals take their types, other values are cast as an assignment does, and
	// DEFAULT in VALUES means the field's. nil: a plain query.
	Into []record.Field

	Stats   Stats // nil: nothing is known of the tables' sizes
	Naive   bool  // no rewriting: conditions and joins run where they were written
	NoIndex bool  // scans answer their conditions by Eval alone
}

// Stats knows the sizes of tables. It may be used by any number of goroutines.
type Stats interface {
	// Rows returns about how many live rows the table has in all shards.
	Rows(table record.TableID) (int64, bool)
}

// Query binds a query against the catalog, rewrites it and cuts it into
// fragments. Errors carry a SQLSTATE and the position of the name that is
// wrong.
func Query(q *sql.Query, o Options) (*Plan, error) {
	p, err := Bind(q, o)
	if err != nil {
		return nil, err
	}
	if o.Naive {
		p = lowered(p)
	} else {
		p = Optimize(p, o)
	}
	return Distribute(p, o), nil
}

// Bind gives every name of q a meaning and every expression a type. The plan
// it returns is logical: it has no Gather, and conditions stand where they
// were written.
func Bind(q *sql.Query, o Options) (p *Plan, err error) {
	defer catch(&err)
	b := &binder{o: o}
	if o.Params != nil {
		b.params = make([]record.Type, len(o.Params))
	}
	root := b.into(q)
	p = &Plan{Root: root, Subqueries: b.subqueries, Params: len(b.params), ParamTypes: b.params, Columns: root.Output(), Timed: b.timed}
	for i, t := range p.ParamTypes {
		if t.Kind == record.Invalid {
			p.ParamTypes[i] = record.T(record.Keyword)
		}
	}
	return p, nil
}

// bailout carries an error from deep in the binder to its entry, by panic.
type bailout struct{ err error }

// catch turns a bailout into an error; other panics go on.
func catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case bailout:
		*err = r.err
	default:
		panic(r)
	}
}

// binder holds what one statement collects while its names get a meaning.
type binder struct {
	o          Options
	subqueries []Node
	params     []record.Type // of $1, $2, ...; the zero Type: not known yet
	ctes       []namedQuery  // in sight, the innermost last
	tables     int           // named in FROM so far, those of CTEs each time
	scoring    bool          // the tables of the FROM being bound give scores
	way        *way          // of the GRAPH_TABLE whose expressions are bound, or nil
	trials     int           // subqueries bound to see whether they are correlated
	timed      bool          // now() has become a constant
}

// fail gives up at a byte offset of the statement. What is not supported is
// named alone, and the words for that are put before it.
func (b *binder) fail(pos int, args ...any) {
	if slices.Contains(args, any(fault.Unsupported)) {
		for i, a := range args {
			if what, ok := a.(string); ok {
				args[i] = "not supported yet: " + what
			}
		}
	}
	panic(bailout{fault.E("plan: bind", append(args, b.at(pos))...)})
}

// at returns the place of a byte offset.
func (b *binder) at(pos int) fault.Pos {
	if b.o.Text == "" {
		return fault.Pos{Offset: pos, Line: 1, Column: pos + 1}
	}
	return fault.At(b.o.Text, pos)
}

// check gives up at pos if err is not nil, unless err has a place of its own.
func (b *binder) check(pos int, err error) {
	if err == nil {
		return
	}
	var e *fault.Error
	if !errors.As(err, &e) {
		b.fail(pos, err)
	}
	if !e.Pos.IsZero() {
		panic(bailout{err})
	}
	out := *e
	out.Op, out.Pos = "plan: bind", b.at(pos)
	panic(bailout{&out})
}

func (b *binder) unsupported(pos int, what string) { b.fail(pos, fault.Unsupported, what) }

func (b *binder) tooComplex(pos int, why string) {
	b.fail(pos, fault.Limit, fault.Code("54001"), "statement too complex: "+why)
}

func (b *binder) mismatch(pos int, what string) {
	b.fail(pos, fault.Invalid, fault.Code("42804"), what)
}
