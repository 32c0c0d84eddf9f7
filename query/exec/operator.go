package exec

import (
	"github.com/quindex/quindex/query/plan"
)

// operator is a node at work. Its tasks are independent: any workers may run
// them, at the same time, each once.
type operator interface {
	// prepare runs all that must end before the first task, inputs first. It is called once.
	prepare() error
	// tasks is the number of tasks, and weight about how many rows they read. Both
	// are known after prepare. Rows of an operator with one task come in order.
	tasks() int
	weight() int64
	// run gives the rows of one task to emit, and returns its error as it is.
	run(w *worker, task int, emit emitFunc) error
}

// emitFunc takes a chunk, which it may keep; errStop means enough.
type emitFunc func(c *plan.Chunk) error

// drain runs all tasks of op into emit, which is told the worker it runs on.
func (q *query) drain(op operator, emit func(w *worker, c *plan.Chunk) error) error {
	return q.each(op.tasks(), op.weight(), func(w *worker, task int) error {
		return op.run(w, task, func(c *plan.Chunk) error { return emit(w, c) })
	})
}
