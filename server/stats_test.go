package server

import (
	"encoding/json"
	"testing"
	"time"
)

// TestStats: what is written by hand is what encoding/json would write.
func TestStats(t *testing.T) {
	for _, st := range []stats{{}, {Tag: "SELECT", Rows: 3, Millis: 0.123, Query: "a\"b\n"}, {Tag: "INSERT 0 5", Affected: 5, Millis: 12345.678, Query: "é"},
		{Rows: -1, Affected: -2, Millis: millis(time.Now().Add(-time.Hour))}} {
		want, err := json.Marshal(st)
		if err != nil {
			t.Fatal(err)
		}
		if have := st.append(nil); string(have) != string(want) {
			t.Errorf("%s, want %s", have, want)
		}
	}
}

// TestDeadline: a limit is moved on when part of it is over, and lifted once.
func TestDeadline(t *testing.T) {
	var set []time.Time
	d := deadline{limit: time.Hour, set: func(at time.Time) error { set = append(set, at); return nil }}
	d.lift()
	d.move()
	d.move()
	if len(set) != 1 || time.Until(set[0]) < 50*time.Minute {
		t.Fatalf("set to %v, want once, in an hour", set)
	}
	d.at = d.at.Add(-time.Hour / 8)
	d.move()
	d.lift()
	d.lift()
	if len(set) != 3 || !set[1].After(set[0]) || !set[2].IsZero() {
		t.Errorf("set to %v, want moved on and lifted", set)
	}
}
