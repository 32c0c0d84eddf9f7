package exec

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/record"
)

// Many string groups are counted by their code first, part by part, in arrays;
// join then meets each distinct string of a part once, in a partition that
// fits in a cache, by the hash that the dictionary keeps.

// codeTable is the groups of one part by code; the last is NULL. Groups that
// no row fell into are there too: see aggState.present.
type codeTable struct {
	typ  record.Type
	dict *codec.Dict
}

// codesFrom is the size of a dictionary from which its codes are groups; below
// it, looking each code up once a part is as good.
const codesFrom = 2048

func (t *codeTable) len() int { return t.dict.Len() + 1 }

var nullKey = []byte{0}

func (t *codeTable) hashOf(n uint32) uint64 {
	if int(n) == t.dict.Len() {
		return hashKey(nullKey, true)
	}
	return t.dict.Hash[n]
}

// appendKey appends the key of group n as a bytesTable has it.
func (t *codeTable) appendKey(dst []byte, n uint32) []byte {
	if int(n) == t.dict.Len() {
		return append(dst, nullKey...)
	}
	return appendKeyString(append(dst, 1), t.dict.Strs.At(int(n)))
}

// touchRows is how many strings are fetched from memory at a time.
const touchRows = 64

// touch reads a byte of the strings of groups, and their hashes, so that they
// come from memory side by side and not one after the other: half the time of
// a join.
func (t *codeTable) touch(groups []uint32) (sum int) {
	off, data := t.dict.Strs.Off, t.dict.Strs.Data
	for _, g := range groups {
		if int(g) < t.dict.Len() && off[g] < off[g+1] {
			sum += int(data[off[g]]) + int(data[off[g+1]-1]) + int(t.dict.Hash[g])
		}
	}
	return sum
}

func (t *codeTable) take(groupTable, uint32) uint32 { panic("BUG: exec: a dictionary takes no groups") }
func (t *codeTable) empty() groupTable              { return newBytesTable([]record.Type{t.typ}) }
func (t *codeTable) bytes() int64                   { return 0 }
func (t *codeTable) columns(int, int) []*record.Column {
	panic("BUG: exec: a dictionary was not joined")
}

// byCodes returns the dictionary if the part's rows are to be grouped by code.
func (a *aggOp) byCodes(p *scanPart) *codec.Dict {
	keys := a.spec.keys
	if len(keys) != 1 || keys[0].col < 0 || keys[0].expr.Type().Storage() != record.Strs || p.columns[keys[0].col] == nil {
		return nil
	}
	dict, err := p.columns[keys[0].col].Dict()
	if err != nil || dict == nil || dict.Len() < codesFrom || p.set.Len() < dict.Len()/2 {
		return nil
	}
	return dict
}

// codeState is the state for a part that is grouped by code, or nil.
func (a *aggOp) codeState(w int, p *scanPart) *aggState {
	main := a.state(w)
	if main.codes[p] != nil {
		return main.codes[p]
	}
	dict := a.byCodes(p)
	if dict == nil {
		return nil
	}
	if main.codes == nil {
		main.codes = map[*scanPart]*aggState{}
	}
	st := a.spec.newState(&codeTable{a.spec.keys[0].expr.Type(), dict})
	main.codes[p] = st
	return st
}

// assignByCode makes the codes themselves the groups.
func (st *aggState) assignByCode(t *codeTable, v *blockView, lo, hi int) error {
	b, err := v.block(st.spec.keys[0].col)
	if err != nil {
		return err
	}
	c := codedKey{dict: t.dict, n: t.len()}
	c.read(st.gids, &st.keyer, b, v.picked().part(lo, hi))
	return nil
}

// present lists the groups that a row fell into.
func (st *aggState) present() []uint32 {
	if _, ok := st.table.(*codeTable); !ok {
		return numbers(st.table.len())
	}
	var out []uint32
	for g, n := range countsOf(st.accs[st.spec.rows]) {
		if n > 0 {
			out = append(out, uint32(g))
		}
	}
	return out
}

// runs lists the tasks of the scan that one worker should take together: all
// blocks of a part where parts are grouped by code and there are enough of
// them, else each block by itself.
func (a *aggOp) runs() [][2]int {
	morsels := a.scan.morsels
	var parts [][2]int
	largest, coded := int64(0), false
	for i := 0; i < len(morsels); {
		j := i
		for j < len(morsels) && morsels[j].part == morsels[i].part {
			j++
		}
		p := a.scan.parts[morsels[i].part]
		largest = max(largest, int64(p.set.Len()))
		coded = coded || a.byCodes(p) != nil
		parts = append(parts, [2]int{i, j})
		i = j
	}
	if coded && largest*int64(a.q.workers) <= a.scan.rows*5/4 {
		return parts
	}
	single := make([][2]int, len(morsels))
	for i := range single {
		single[i] = [2]int{i, i + 1}
	}
	return single
}
