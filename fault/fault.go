// Package fault holds the one error type of quindex: what was tried, on what,
// why it could not be done, where in the input, and what to do about it.
package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of thing went wrong. The server turns it into an HTTP
// status and a default SQLSTATE, in one table each.
type Kind uint8

const (
	Other       Kind = iota // no better word
	Syntax                  // the statement cannot be parsed
	Invalid                 // the statement or the data is wrong: type, range, constraint
	NotFound                // no such table, column, function, index
	Exists                  // it exists already
	Conflict                // lost a race with another writer, or an idempotency key was reused
	Unsupported             // correct, but not built yet
	TooLarge                // body, row, statement or result over its limit
	Limit                   // memory account, row limit, budget of a traversal
	Overload                // the server refuses work now; retry later
	Unavailable             // no leader, shard missing, node going away
	Timeout                 // the deadline passed
	Canceled                // the client went away or cancelled
	Permission              // not allowed
	IO                      // the disk or the network said no
	Corrupt                 // bytes are not what was written
	Internal                // our bug
)

// code is the default SQLSTATE of each kind; text is its name in messages.
var kinds = [...]struct{ text, code string }{
	Other:       {"error", "XX000"},
	Syntax:      {"syntax error", "42601"},
	Invalid:     {"invalid", "22000"},
	NotFound:    {"not found", "42P01"},
	Exists:      {"already exists", "42P07"},
	Conflict:    {"conflict", "40001"},
	Unsupported: {"not supported yet", "0A000"},
	TooLarge:    {"too large", "54000"},
	Limit:       {"limit exceeded", "53400"},
	Overload:    {"overloaded", "53300"},
	Unavailable: {"unavailable", "57P03"},
	Timeout:     {"timed out", "57014"},
	Canceled:    {"cancelled", "57014"},
	Permission:  {"not allowed", "42501"},
	IO:          {"I/O error", "58030"},
	Corrupt:     {"corrupt", "XX001"},
	Internal:    {"internal error", "XX000"},
}

func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k].text
	}
	return fmt.Sprintf("fault.Kind(%d)", uint8(k))
}

// Code is a five-character SQLSTATE, as in PostgreSQL's appendix A.
type Code string

// Hint is what the reader of the message can do.
type Hint string

// Pos is a place in a statement or a file. The zero Pos is no place.
type Pos struct {
	Offset int // bytes from the start, from 0
	Line   int // from 1
	Column int // in characters, from 1
}

// At returns the place of byte offset in text; an offset past the end is the end.
func At(text string, offset int) Pos {
	offset = min(max(offset, 0), len(text))
	line := 1 + strings.Count(text[:offset], "\n")
	start := strings.LastIndexByte(text[:offset], '\n') + 1
	return Pos{Offset: offset, Line: line, Column: 1 + len([]rune(text[start:offset]))}
}

// IsZero reports whether p is no place.
func (p Pos) IsZero() bool { return p.Line == 0 }

func (p Pos) String() string { return fmt.Sprintf("line %d, column %d", p.Line, p.Column) }

// Error is an error of quindex. Fields that do not apply are zero.
type Error struct {
	Op   string // what was tried, starting with the room: "segment: open"
	Kind Kind
	Item string // on what: a path, a table, a column
	Code Code   // SQLSTATE when the kind's default is too coarse
	Pos  Pos
	Hint Hint
	Err  error // the cause
}

// Item is the thing an operation was tried on, as an argument of E.
type Item string

// E builds an *Error. op comes first; the other arguments are told apart by
// type: Kind, Item, Code, Pos, Hint, error, and string for the cause's text.
// If no Kind is given, that of the cause is taken over, and so are its
// position, code and hint. Any other type of argument is a bug and panics.
func E(op string, args ...any) error {
	e := &Error{Op: op}
	for _, a := range args {
		switch a := a.(type) {
		case Kind:
			e.Kind = a
		case Item:
			e.Item = string(a)
		case Code:
			e.Code = a
		case Pos:
			e.Pos = a
		case Hint:
			e.Hint = a
		case string:
			e.Err = errors.New(a)
		case error:
			e.Err = a
		case nil:
		default:
			panic(fmt.Sprintf("BUG: fault.E(%q): argument of type %T", op, a))
		}
	}
	e.inherit()
	return e
}

// Errorf is E with a formatted cause, %w included.
func Errorf(op string, k Kind, format string, args ...any) error {
	return E(op, k, fmt.Errorf(format, args...))
}

func (e *Error) inherit() {
	if e.Err == nil {
		return
	}
	if e.Kind == Other {
		e.Kind = KindOf(e.Err)
	}
	var cause *Error
	if !errors.As(e.Err, &cause) {
		return
	}
	if e.Code == "" && e.Kind == cause.Kind {
		e.Code = cause.Code
	}
	if e.Pos.IsZero() {
		e.Pos = cause.Pos
	}
	if e.Hint == "" {
		e.Hint = cause.Hint
	}
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Item != "" {
		b.WriteString(" " + e.Item)
	}
	if !e.Pos.IsZero() {
		b.WriteString(" at " + e.Pos.String())
	}
	text := e.Kind.String()
	if e.Err != nil {
		text = e.Err.Error()
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(text)
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of err: that of the outermost *Error in its chain,
// or Timeout and Canceled for the errors of package context, else Other.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	case errors.Is(err, context.Canceled):
		return Canceled
	}
	return Other
}

// Is reports whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// CodeOf returns the SQLSTATE of err.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) && e.Code != "" {
		return e.Code
	}
	return Code(kinds[KindOf(err)].code)
}

// PosOf returns where in the input err arose, or the zero Pos.
func PosOf(err error) Pos {
	var e *Error
	if errors.As(err, &e) {
		return e.Pos
	}
	return Pos{}
}

// HintOf returns what can be done about err, or "".
func HintOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return string(e.Hint)
	}
	return ""
}

// Retryable reports whether the same request may succeed later unchanged.
func Retryable(err error) bool {
	switch KindOf(err) {
	case Conflict, Overload, Unavailable, Timeout:
		return true
	}
	return false
}
