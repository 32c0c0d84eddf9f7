package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// sender adds rows to q under idempotency keys, and sends again what was not
// answered, or was: each row is there once.
type sender struct {
	id   int64
	sent []int // rows of each batch, by sequence number from 1
	open bool  // the last was not answered
}

func newSender(id int64) *sender { return &sender{id: id} }

func (s *sender) act(l *life, rng *rand.Rand) error {
	switch at := rng.IntN(6); {
	case at < 3:
		s.sent, s.open = append(s.sent, 1+rng.IntN(30)), true
		l.trial.count(func(t *tally) { t.Rows += s.sent[len(s.sent)-1] })
		return s.send(l, len(s.sent))
	case at < 4 && len(s.sent) > 0:
		return s.send(l, max(1, len(s.sent)-rng.IntN(8)))
	}
	return s.look(l)
}

func (s *sender) settle(l *life) error {
	if s.open {
		if err := s.send(l, len(s.sent)); err != nil {
			return err
		}
	}
	return s.look(l)
}

func (s *sender) send(l *life, seq int) error {
	var rows []string
	for i := range s.sent[seq-1] {
		rows = append(rows, fmt.Sprintf("(%d, %d, %d)", s.id, seq, i))
	}
	r := node.Request{SQL: "INSERT INTO q VALUES " + strings.Join(rows, ", "), Key: store.IdempotencyKey{Client: [16]byte{byte(s.id), 9}, Seq: uint64(seq)}}
	if _, _, err := l.ask(r); err != nil || l.over() {
		return orNil(err, l, r.SQL)
	}
	if seq == len(s.sent) {
		s.open = false
	}
	return nil
}

// look counts the rows of each batch.
func (s *sender) look(l *life) error {
	if s.open {
		return nil
	}
	sql := fmt.Sprintf("SELECT seq, count(*), count(DISTINCT i) FROM q WHERE owner = %d GROUP BY seq", s.id)
	rows, _, err := l.ask(node.Request{SQL: sql, Strong: true})
	if err != nil || l.over() {
		return orNil(err, l, sql)
	}
	for _, row := range rows {
		if seq := number(row[0]); row[1] != row[2] || number(row[1]) != int64(s.sent[seq-1]) {
			return violated("of batch %d of sender %d there are %s rows, %s of them different; it has %d", seq, s.id, row[1], row[2], s.sent[seq-1])
		}
	}
	if len(rows) != len(s.sent) {
		return violated("sender %d finds %d batches, and sent %d", s.id, len(rows), len(s.sent))
	}
	return nil
}
