package segment

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// The meta file of a segment folder is a Frame with the magic below around
// the JSON of Meta. It is the table of contents: nothing else in the folder
// is believed unless it is named there.
//
// Version 1: first.
const (
	metaMagic   = "qxsegmet"
	metaVersion = 1
	metaName    = "meta"
	packName    = "segment.pack"
)

// tailBytes is how much of a section's end is checked when it is opened: the
// footer, of which the engine checks the rest of the section block by block.
const tailBytes = 4096

// Meta describes a segment.
type Meta struct {
	Table    record.TableID
	Version  uint32 // of the newest schema its rows were written under
	Rows     int
	Group    string `json:",omitempty"` // of the table's layout
	Created  int64  // nanoseconds since 1970 UTC
	Sections []SectionMeta

	Names   *Names `json:"-"`
	RunList []byte `json:"IDs"` // Names, encoded; only in the file
}

// SectionMeta is one index of a segment: where its bytes lie and what they sum
// to. The sums are no crc32c: a section that ends with the crc32c of itself has
// the same crc32c as any other such section of its length.
type SectionMeta struct {
	Def    engines.IndexDef
	File   string `json:",omitempty"` // in the segment's folder; "" in memory
	Offset int64  `json:",omitempty"`
	Size   int64
	Sum    uint64 // xxhash64 of the section
	Tail   uint64 // xxhash64 of its last 4096 bytes
}

// encode returns the content of the meta file.
func (m *Meta) encode() ([]byte, error) {
	c := *m // a meta is shared
	c.RunList = m.Names.encode()
	body, err := json.Marshal(&c)
	if err != nil {
		return nil, fault.E("segment: encode meta", fault.Internal, err)
	}
	return Frame(metaMagic, metaVersion, body), nil
}

// decodeMeta reads and checks the content of the meta file called path.
func decodeMeta(path string, data []byte) (*Meta, error) {
	_, body, err := Unframe(path, metaMagic, metaVersion, data)
	if err != nil {
		return nil, err
	}
	m := &Meta{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fault.E("segment: read meta", fault.Corrupt, fault.Item(path), err)
	}
	if err := m.check(); err != nil {
		return nil, fault.E("segment: read meta", fault.Corrupt, fault.Item(path), err)
	}
	if m.Names, err = openNames(m.RunList, m.Rows); err != nil {
		return nil, fault.E("segment: read meta", fault.Item(path), err)
	}
	m.RunList = nil
	return m, nil
}

func (m *Meta) check() error {
	if m.Rows < 1 || m.Rows > rows.MaxRows {
		return fmt.Errorf("%d rows, want 1 to %d", m.Rows, rows.MaxRows)
	}
	if len(m.Sections) == 0 {
		return fmt.Errorf("no sections")
	}
	seen := map[string]bool{}
	for _, s := range m.Sections {
		switch {
		case seen[s.Def.Name]:
			return fmt.Errorf("section %q twice", s.Def.Name)
		case s.File == "" || strings.ContainsAny(s.File, `/\`) || strings.HasPrefix(s.File, "."):
			return fmt.Errorf("section %q in file %q", s.Def.Name, s.File)
		case s.Offset < 0 || s.Size < 0 || s.Offset%codec.Align != 0:
			return fmt.Errorf("section %q of %d bytes at %d", s.Def.Name, s.Size, s.Offset)
		}
		seen[s.Def.Name] = true
	}
	return nil
}

// bare returns def as it is kept in a meta: without the defaults of its
// fields, which only matter while rows are written.
func bare(def engines.IndexDef) engines.IndexDef {
	def.Fields = slices.Clone(def.Fields)
	for i := range def.Fields {
		def.Fields[i].Default = record.Value{}
	}
	return def
}

// fileName is the name of the file of an index's section: the index's name
// where it is plain, and without doubt on any disk.
func fileName(index string) string {
	plain := index != "" && len(index) <= 64
	for _, c := range []byte(index) {
		plain = plain && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-')
	}
	if plain {
		return index + ".sec"
	}
	return fmt.Sprintf("x%x.sec", xxhash.Sum64String(index))
}
