package plan

import (
	"encoding/binary"
	"math"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// The end of a scan's wire form:
//
//	flags   u8: 1 no index, 2 a score, 4 a top
//	score   calls: each its length and what package predicate writes | statistics, none or one a call: each its length and bytes
//	top     by u8 | k | ties u8 | index | the call, if by place; the key, if by groups
const (
	flagNoIndex = 1 << iota
	flagScore
	flagTop
)

func (n *Scan) appendRank(b []byte) []byte {
	flags := byte(record.BoolValue(n.NoIndex).I)
	if n.Score != nil {
		flags |= flagScore
	}
	if n.Top != nil {
		flags |= flagTop
	}
	b = append(b, flags)
	if n.Score != nil {
		b = appendList(b, n.Score.Calls, appendCall)
		b = appendList(b, n.Score.Stats, func(b []byte, s engines.TermStats) []byte { return appendString(b, string(s.AppendWire(nil))) })
	}
	if t := n.Top; t != nil {
		b = binary.AppendVarint(append(b, byte(t.By)), t.K)
		b = appendString(append(b, byte(record.BoolValue(t.Ties).I)), t.Index)
		switch t.By {
		case TopNearest:
			b = appendCall(b, t.Call)
		case TopGroups:
			b = appendKey(b, t.Key)
		}
	}
	return b
}

func appendCall(b []byte, c predicate.Call) []byte {
	return appendString(b, string(predicate.AppendWire(nil, c)))
}

// rankedBy lists the columns that scores and tops look at.
func (n *Scan) rankedBy() (ids []record.ColumnID) {
	add := func(c predicate.Call) {
		for _, f := range c.Fields {
			ids = append(ids, f.ID)
		}
	}
	if n.Score != nil {
		for _, c := range n.Score.Calls {
			add(c)
		}
	}
	if n.Top != nil {
		add(n.Top.Call)
	}
	return ids
}

// rank takes the end of a scan.
func (d *decoder) rank(n *Scan) {
	flags := d.flags(flagNoIndex | flagScore | flagTop)
	n.NoIndex = flags&flagNoIndex != 0
	call := func() predicate.Call {
		p := d.condition(&n.Table.Schema)
		c, ok := p.(predicate.Call)
		if d.err == nil && (!ok || len(c.Fields) != 1) {
			d.fail("a rank by %v, want a call on one column", p)
		}
		return c
	}
	if flags&flagScore != 0 {
		n.Score = &Score{Calls: decodeList(d, call), Stats: decodeList(d, d.termStats)}
		if d.err == nil && (len(n.Score.Calls) == 0 || len(n.Score.Stats) > 0 && len(n.Score.Stats) != len(n.Score.Calls)) {
			d.fail("statistics of %d calls, want %d", len(n.Score.Stats), len(n.Score.Calls))
		}
	}
	if flags&flagTop == 0 {
		return
	}
	t := &Top{By: TopBy(d.flags(byte(TopGroups))), K: d.varint(), Ties: d.bool(), Index: d.string()}
	if t.By == TopNearest {
		t.Call = call()
	}
	if t.By == TopGroups {
		t.Key = d.key()
		d.checkKeys(n, []SortKey{t.Key})
	}
	if d.err == nil && (t.K < 1 || t.K > math.MaxInt32 || t.By == TopScore && !n.GivesScores()) {
		d.fail("a top of %d by %d, which the scan does not give", t.K, t.By)
	}
	n.Top = t
}

func (d *decoder) termStats() engines.TermStats {
	data := d.take(int(d.uvarint(uint64(len(d.data)))))
	if d.err != nil {
		return engines.TermStats{}
	}
	s, err := engines.DecodeTermStats(data)
	d.err = err
	return s
}

func (d *decoder) survey() Node {
	n := &Survey{Scan: d.scan()}
	if d.err == nil && n.Scan.Score == nil {
		d.fail("a survey without calls")
	}
	if d.err != nil {
		return nil
	}
	return n
}
