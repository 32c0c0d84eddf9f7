package node

import (
	"math"
	"reflect"
	"testing"
)

func TestChangesToken(t *testing.T) {
	for _, want := range []changesToken{
		{history: 7, table: 3, at: []changesAt{{shard: 1, after: 99}}},
		{history: math.MaxUint64, table: 1, at: []changesAt{{shard: 1, scan: true}, {shard: 2, after: 1 << 40, skip: 12}, {shard: math.MaxUint32, after: 1}}},
	} {
		got, err := parseChangesToken(want.String())
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
	text := (&changesToken{history: 7, table: 3, at: []changesAt{{shard: 1, after: 99}}}).String()
	for i := range len(text) {
		if got, err := parseChangesToken(text[:i]); err == nil {
			t.Errorf("the first %d bytes are taken for %+v", i, got)
		}
	}
}

// FuzzChangesToken: what is taken for a token is the token that it says.
func FuzzChangesToken(f *testing.F) {
	f.Add((&changesToken{history: 7, table: 3, at: []changesAt{{shard: 1, after: 99}, {shard: 9, scan: true}}}).String())
	f.Add("1-")
	f.Add("1-AAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseChangesToken(text)
		if err != nil {
			return
		}
		again, err := parseChangesToken(got.String())
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Errorf("%q is %+v, and then %+v, %v", text, got, again, err)
		}
	})
}
