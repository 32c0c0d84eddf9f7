// Package sql turns the text of a statement into an abstract syntax tree, and
// the tree back into text. It knows the language of docs/sql.md and nothing of
// tables, types or functions: whether a name exists is the planner's question.
//
// # What holds for every tree
//
//  1. Every node has a position: Pos() is the byte offset in the parsed text of
//     the token that stands for it (its first token; for a binary operator, the
//     operator). A statement and a query also know their end (Extent).
//  2. Every statement and expression prints itself as canonical SQL:
//     Parse(n.String()) succeeds, is equal to n but for positions, and prints
//     the same text again (unless it was within a hair of a limit, and the
//     spaces and parentheses of its print carry it over).
//  3. Unquoted identifiers are folded to lower case by the parser; a name in the
//     tree is compared with ==.
//  4. Parentheses leave no trace but the shape of the tree.
//  5. Sugar is gone: NOT is a Unary, CAST(x AS t) and x::t are a Cast, EXTRACT,
//     POSITION, SUBSTRING ... FROM, TRIM and AT TIME ZONE are a Call (see Call).
//
// The parser is written by hand, one function a rule, with PostgreSQL's
// precedence of operators. It reads a statement in linear time, refuses one
// longer than MaxStatement bytes or nested deeper than MaxDepth levels, and
// stays calm on any input. What it understands but will not do (INTERSECT, row
// locks, RETURNING) is refused with fault.Unsupported, everything else it
// cannot read with fault.Syntax, the position and, if it can guess, a hint.
package sql
