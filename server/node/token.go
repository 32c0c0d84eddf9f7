package node

import (
	"slices"
	"strconv"
	"strings"

	"github.com/quindex/quindex/fault"
)

// Token says how much a client has seen: shard -> log index. A read that
// carries it sees at least that much. Its text form is "1:120,4:98".
type Token map[uint32]uint64

// Add raises the token to index in shard.
func (t Token) Add(shard uint32, index uint64) { t[shard] = max(t[shard], index) }

func (t Token) String() string {
	var shards []uint32
	for s := range t {
		shards = append(shards, s)
	}
	slices.Sort(shards)
	var b []byte
	for _, s := range shards {
		b = appendSeen(b, s, t[s])
	}
	return string(b)
}

// appendSeen appends one shard of a token.
func appendSeen(b []byte, shard uint32, index uint64) []byte {
	if len(b) > 0 {
		b = append(b, ',')
	}
	b = strconv.AppendUint(b, uint64(shard), 10)
	b = append(b, ':')
	return strconv.AppendUint(b, index, 10)
}

// ParseToken reads what String wrote; "" is the empty token, nil.
func ParseToken(s string) (Token, error) {
	if s == "" {
		return nil, nil
	}
	t := Token{}
	for part := range strings.SplitSeq(s, ",") {
		shard, index, ok := strings.Cut(part, ":")
		sh, err1 := strconv.ParseUint(shard, 10, 32)
		ix, err2 := strconv.ParseUint(index, 10, 64)
		if !ok || err1 != nil || err2 != nil {
			return nil, fault.Errorf("node: parse token", fault.Invalid, "%q is not shard:index", part)
		}
		t.Add(uint32(sh), ix)
	}
	return t, nil
}
