package node

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// A changes token says how far a reader of a table's changes has come, in each
// shard. It is "1-" and, in base64url without padding,
//
//	| history u64 | table | shards | (step of the shard's id | after << 1 | scan | skip) ... | crc32c u32 |
//
// where what has no width is a varint. History is of the node whose logs the
// positions are of: a restored backup has other logs.
const tokenPrefix = "1-"

// changesToken is the text form, read.
type changesToken struct {
	history uint64
	table   record.TableID // the generation
	at      []changesAt    // ascending by shard
}

// changesAt is how far a reader has come in one shard.
type changesAt struct {
	shard uint32
	after uint64 // all entries up to this index are behind it
	skip  uint64 // and so many events of the next one that has any
	scan  bool   // it is to read all rows of the shard first
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (t *changesToken) String() string {
	b := make([]byte, 8, 64)
	binary.LittleEndian.PutUint64(b, t.history)
	b = binary.AppendUvarint(b, uint64(t.table))
	b = binary.AppendUvarint(b, uint64(len(t.at)))
	last := uint32(0)
	for _, a := range t.at {
		b = binary.AppendUvarint(b, uint64(a.shard-last))
		last = a.shard
		index := a.after << 1
		if a.scan {
			index = 1
		}
		b = binary.AppendUvarint(b, index)
		b = binary.AppendUvarint(b, a.skip)
	}
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
}

func badToken(text, why string, args ...any) error {
	if len(text) > 40 {
		text = text[:40] + "..."
	}
	return fault.E("node: read changes token", fault.Invalid, fault.Item(text),
		fault.Hint("a token is what an event or an X-Quindex-Token header had, whole and unchanged; or say now, start or snapshot"), fmt.Errorf(why, args...))
}

// parseChangesToken reads what String wrote.
func parseChangesToken(text string) (*changesToken, error) {
	body, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok {
		return nil, badToken(text, "it does not begin with %s", tokenPrefix)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil {
		return nil, badToken(text, "%w", err)
	}
	if len(b) < 14 {
		return nil, badToken(text, "%d bytes, want at least 14", len(b))
	}
	sum := binary.LittleEndian.Uint32(b[len(b)-4:])
	if b = b[:len(b)-4]; crc32.Checksum(b, castagnoli) != sum {
		return nil, badToken(text, "its checksum is wrong")
	}
	t := &changesToken{history: binary.LittleEndian.Uint64(b)}
	b, bad := b[8:], false
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			b, bad = nil, true
			return 0
		}
		b = b[n:]
		return v
	}
	t.table = record.TableID(next())
	shards, last := next(), uint64(0)
	if shards > uint64(len(b)) {
		return nil, badToken(text, "%d shards in %d bytes", shards, len(b))
	}
	for i := range shards {
		step, index, skip := next(), next(), next()
		last += step
		bad = bad || last > math.MaxUint32 || i > 0 && step == 0 || index&1 == 1 && index != 1
		t.at = append(t.at, changesAt{shard: uint32(last), after: index >> 1, skip: skip, scan: index&1 == 1})
	}
	if bad || len(b) > 0 {
		return nil, badToken(text, "it is not whole, or longer than it should be")
	}
	return t, nil
}

// history names the logs of this node among all that there are.
func (n *Node) history() uint64 { return xxhash.Sum64String(n.cluster.ID()) }

// fromSeen makes a changes token of what a statement has seen of a table.
func (n *Node) fromSeen(text string, id record.TableID, shards []uint32) (*changesToken, error) {
	seen, err := ParseToken(text)
	if err != nil {
		return nil, err
	}
	t := &changesToken{history: n.history(), table: id}
	for _, shard := range shards {
		index, ok := seen[shard]
		if !ok {
			return nil, fault.E("node: read token", fault.Invalid, fault.Item(text), fault.Hint("use the X-Quindex-Token of a SELECT over the whole table"),
				fmt.Errorf("it says nothing of shard %d, which has rows of the table", shard))
		}
		t.at = append(t.at, changesAt{shard: shard, after: index})
	}
	return t, nil
}
