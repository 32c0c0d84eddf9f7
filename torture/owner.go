package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	faults "github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server/node"
)

// owner writes rows of p that nobody else writes, in all shards, and reads its
// own writes.
type owner struct {
	t     *trial
	id    int64
	rows  map[int64]int64 // as they are: v by id
	maybe map[int64]int64 // as they are if the last statement has come to pass; nil: it was answered
	token node.Token
}

// ownerRows is how many rows an owner has at most.
const ownerRows = 40

func newOwner(t *trial, id int64) *owner {
	return &owner{t: t, id: id, rows: map[int64]int64{}, token: node.Token{}}
}

func (o *owner) act(l *life, rng *rand.Rand) error {
	switch at := rng.IntN(10); {
	case at < 4:
		return o.put(l, rng)
	case at < 6:
		return o.change(l, rng)
	case at < 7:
		return o.delete(l, rng)
	}
	return o.read(l, rng.IntN(2) == 0, rng.IntN(3))
}

// settle sees whether what was not answered is there: each row as it was, or as
// it was to be.
func (o *owner) settle(l *life) error {
	if o.maybe == nil {
		return o.read(l, false, 0)
	}
	have, err := o.look(l, true, 0)
	if have == nil || err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(union(o.rows, o.maybe, have))) {
		was, had := o.rows[id]
		to, has := o.maybe[id]
		is, there := have[id]
		if (is != was || there != had) && (is != to || there != has) {
			return violated("row %d of owner %d is %d (%v), and was %d (%v), or %d (%v) once a statement had come to pass", id, o.id, is, there, was, had, to, has)
		}
	}
	o.rows, o.maybe = have, nil
	return nil
}

func union(of ...map[int64]int64) map[int64]int64 {
	out := map[int64]int64{}
	for _, m := range of {
		maps.Copy(out, m)
	}
	return out
}

// waitedFor is for how long a rewrite waits for a statement that writes
// (docs/consistency.md). One that takes longer, as on a machine with much else
// to do, may be refused with some of its rows done.
const waitedFor = 10 * time.Second

// run runs a statement after which the rows are as maybe says.
func (o *owner) run(l *life, sql string, maybe map[int64]int64) error {
	o.maybe = maybe
	began := time.Now()
	_, token, err := l.ask(node.Request{SQL: sql})
	if faults.Is(err, faults.Conflict) && time.Since(began) > waitedFor && !l.over() {
		return o.settle(l)
	}
	if err != nil || l.over() {
		return orNil(err, l, sql)
	}
	for shard, index := range token {
		o.token.Add(shard, index)
	}
	o.rows, o.maybe = maybe, nil
	return nil
}

func orNil(err error, l *life, what string) error {
	if err == nil {
		return nil
	}
	return l.failed(what, err)
}

func (o *owner) put(l *life, rng *rand.Rand) error {
	to, rows := maps.Clone(o.rows), []string{}
	v := o.t.value.Add(1)
	for range 1 + rng.IntN(12) {
		id := o.id*1000 + rng.Int64N(ownerRows)
		if slices.ContainsFunc(rows, func(r string) bool { return strings.HasPrefix(r, fmt.Sprintf("(%d,", id)) }) {
			continue
		}
		to[id] = v
		rows = append(rows, fmt.Sprintf("(%d, %d, %d, 'mine %s')", id, o.id, v, word(o.id)))
	}
	o.t.count(func(s *tally) { s.Rows += len(rows) })
	return o.run(l, "INSERT INTO p VALUES "+strings.Join(rows, ", "), to)
}

// word is what the rows of an owner have in common, as a word.
func word(owner int64) string { return "owner" + string(rune('a'+owner)) }

func (o *owner) change(l *life, rng *rand.Rand) error {
	to, where := maps.Clone(o.rows), fmt.Sprintf("owner = %d", o.id)
	if rng.IntN(2) == 0 {
		only := o.id*1000 + rng.Int64N(ownerRows)
		where += fmt.Sprintf(" AND id >= %d", only)
		for id := range to {
			if id >= only {
				to[id]++
			}
		}
	} else {
		for id := range to {
			to[id]++
		}
	}
	return o.run(l, "UPDATE p SET v = v + 1 WHERE "+where, to)
}

func (o *owner) delete(l *life, rng *rand.Rand) error {
	to, only := maps.Clone(o.rows), o.id*1000+rng.Int64N(ownerRows)
	maps.DeleteFunc(to, func(id, _ int64) bool { return id <= only && id > only-4 })
	return o.run(l, fmt.Sprintf("DELETE FROM p WHERE owner = %d AND id <= %d AND id > %d", o.id, only, only-4), to)
}

// read compares all rows of the owner with what it knows.
func (o *owner) read(l *life, strong bool, how int) error {
	have, err := o.look(l, strong, how)
	if have == nil || err != nil || maps.Equal(have, o.rows) {
		return err
	}
	return violated("owner %d reads %v, and wrote %v", o.id, have, o.rows)
}

// look is what a statement shows of the owner's rows, or nil.
func (o *owner) look(l *life, strong bool, how int) (map[int64]int64, error) {
	where := []string{fmt.Sprintf("owner = %d", o.id), fmt.Sprintf("match(w, '%s')", word(o.id)), fmt.Sprintf("id >= %d AND id < %d", o.id*1000, o.id*1000+ownerRows)}[how]
	r := node.Request{SQL: "SELECT id, v FROM p WHERE " + where, Strong: strong}
	if !strong {
		r.Token = o.token
	}
	rows, _, err := l.ask(r)
	if err != nil || l.over() {
		return nil, orNil(err, l, r.SQL)
	}
	out := map[int64]int64{}
	for _, row := range rows {
		id, v := number(row[0]), number(row[1])
		if _, twice := out[id]; twice {
			return nil, violated("row %d is there twice", id)
		}
		out[id] = v
	}
	return out, nil
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err) // it is of a BIGINT
	}
	return n
}
