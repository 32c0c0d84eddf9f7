package segment

import (
	"testing"

	"github.com/quindex/quindex/engines"
)

// FuzzMeta reads any bytes as a meta, bare and in a frame; what can be read
// can be written and read again.
func FuzzMeta(f *testing.F) {
	m := &Meta{Table: 1, Version: 1, Rows: 5, Names: NewNames(IDs{}.Append(3, 2).Append(9, 3)),
		Sections: []SectionMeta{{Def: engines.IndexDef{Name: "columns", Engine: "columnar"}, File: packName, Size: 10}}}
	data, err := m.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[frameHead : len(data)-frameTail])
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range [][]byte{data, Frame(metaMagic, metaVersion, data)} {
			m, err := decodeMeta("meta", d)
			if err != nil {
				continue
			}
			again, err := m.encode()
			if err != nil {
				t.Fatal(err)
			}
			n, err := decodeMeta("meta", again)
			if err != nil || !n.Names.equal(m.Names) || len(n.Sections) != len(m.Sections) {
				t.Fatalf("read again: %v", err)
			}
		}
	})
}

// FuzzIDs reads any bytes as row ids.
func FuzzIDs(f *testing.F) {
	f.Add(IDs{}.Append(3, 2).Append(9, 3).encode(), 5)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		names, err := openNames(data, n)
		if err != nil {
			return
		}
		if ids := names.IDs(); ids.Rows() != n || !names.equal(NewNames(ids)) {
			t.Fatalf("%d rows, want %d", ids.Rows(), n)
		}
	})
}
