package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/cobra"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
	"github.com/quindex/quindex/store"
)

func inspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect PATH",
		Short: "Print what is in a data folder, a shard or a segment",
		Long: `Inspect reads what a server keeps on disk and prints it: of a data folder the node,
the tables, and every shard with its segments; of a shard or a segment its parts,
down to the blocks of each column. It needs no server, changes nothing, reads every
byte against its checksum, and goes on after damage; then it ends with an error.
What is still in the log alone, and in no segment, it does not show.`,
		Example: `  quindex inspect quindex-data
  quindex inspect quindex-data/groups/0001/machine
  quindex inspect quindex-data/groups/0001/machine/seg-000001`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			i := &inspection{w: cmd.OutOrStdout(), fs: vfs.Default, registry: all.Registry()}
			return i.path(args[0])
		},
	}
}

// inspection is one run of inspect.
type inspection struct {
	w        io.Writer
	fs       vfs.FS
	registry *engines.Registry
}

func (i *inspection) line(format string, args ...any) { fmt.Fprintf(i.w, format+"\n", args...) }

// wrong prints an error where it was met and returns it.
func (i *inspection) wrong(err error) error {
	if err != nil {
		i.line("  DAMAGED %s", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return err
}

// The files by which inspect tells what a folder is.
const (
	nodeFile    = "node.json"
	catalogFile = "CATALOG"
	metaFile    = "meta"
)

func (i *inspection) path(path string) error {
	st, err := os.Stat(path)
	if err != nil {
		return fault.E("inspect", fault.NotFound, err)
	}
	if !st.IsDir() {
		path = filepath.Dir(path)
	}
	has := func(name string) bool { _, err := os.Stat(filepath.Join(path, name)); return err == nil }
	switch {
	case has(nodeFile):
		return i.node(path)
	case has(store.ManifestName):
		return i.shard(path, true)
	case has(metaFile):
		return i.segment(path, true)
	case has(catalogFile):
		return i.catalog(path)
	}
	return fault.E("inspect", fault.Invalid, fault.Item(path),
		fault.Hint("name a data folder, groups/NNNN/machine in it, or a segment in that"), "neither a data folder, a shard nor a segment")
}

// node prints a whole data folder.
func (i *inspection) node(path string) error {
	id, err := os.ReadFile(filepath.Join(path, nodeFile))
	if err != nil {
		return fault.E("inspect", fault.IO, err)
	}
	i.line("node %s: %s", path, strings.TrimSpace(string(id)))
	groups, err := filepath.Glob(filepath.Join(path, "groups", "*", "machine"))
	if err != nil || len(groups) == 0 {
		return i.wrong(fault.E("inspect", fault.Corrupt, fault.Item(filepath.Join(path, "groups")), "no group in it"))
	}
	var found []error
	for _, dir := range groups {
		i.line("\ngroup %s", filepath.Base(filepath.Dir(dir)))
		switch names, _ := os.ReadDir(dir); {
		case len(names) == 0:
			i.line("  all of it is in the log")
		case exists(filepath.Join(dir, catalogFile)):
			found = append(found, i.catalog(dir))
		default:
			found = append(found, i.shard(dir, false))
		}
	}
	return errors.Join(found...)
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// catalog prints the tables of the meta group.
func (i *inspection) catalog(dir string) error {
	m, err := catalog.Open(dir)
	if err != nil {
		return i.wrong(err)
	}
	i.line("catalog %s: version %d, applied %d", dir, m.Current().Version(), m.Applied())
	for _, t := range m.Current().Tables() {
		i.line("  table %d %s, schema version %d, shards %v", t.ID(), t.Name, t.Schema.Version, t.Sharding.Shards())
		for _, f := range t.Schema.Fields {
			null := ""
			if f.NotNull {
				null = " NOT NULL"
			}
			i.line("    %d %s %s%s", f.ID, f.Name, f.Type, null)
		}
	}
	for _, g := range m.Current().Graphs() {
		i.line("  property graph %d %s", g.ID, g)
	}
	return nil
}

// shard prints a manifest and its segments, with the parts of each if deep.
func (i *inspection) shard(dir string, deep bool) error {
	m, err := store.ReadManifest(i.fs, dir)
	if err != nil {
		return i.wrong(err)
	}
	i.line("shard %s: applied %d, next row id %d, %d clients in the idempotency window", dir, m.Applied, m.NextRow, m.Clients)
	var found []error
	for _, t := range m.Tables {
		i.line("  table %d %s, schema version %d: %d segments", t.Table.ID(), t.Table.Name, t.Table.Schema.Version, len(t.Segments))
		for _, name := range t.Segments {
			found = append(found, i.segment(filepath.Join(dir, name), deep))
		}
	}
	return errors.Join(found...)
}

// segment prints a segment's meta and sections, and what is in each if deep.
func (i *inspection) segment(dir string, deep bool) error {
	m, err := segment.ReadMeta(i.fs, dir)
	if err != nil {
		return i.wrong(err)
	}
	first, last := m.Names.Span()
	bytes := int64(0)
	for _, s := range m.Sections {
		bytes += s.Size
	}
	i.line("  segment %s: table %d, %d rows, ids %d to %d, %d bytes, made %s", dir, m.Table, m.Rows, first, last, bytes,
		time.Unix(0, m.Created).UTC().Format(time.RFC3339))
	var found []error
	for _, s := range m.Sections {
		i.line("    section %s (%s): %d bytes in %s at %d", s.Def.Name, s.Def.Engine, s.Size, s.File, s.Offset)
		found = append(found, i.section(dir, s, deep))
	}
	return errors.Join(found...)
}

// section reads a section against its checksum and has its engine print it.
func (i *inspection) section(dir string, s segment.SectionMeta, deep bool) error {
	data, err := segment.ReadSection(i.fs, dir, s)
	i.wrong(err)
	if data == nil || err == nil && !deep {
		return err
	}
	e, lookup := i.registry.Lookup(s.Def.Engine)
	if lookup != nil {
		return errors.Join(err, i.wrong(lookup))
	}
	ins, ok := e.(engines.Inspector)
	if !ok {
		i.line("    (the engine %s cannot print its sections)", s.Def.Engine)
		return err
	}
	if bad := ins.Inspect(i.w, data); bad != nil {
		bad = fault.E("inspect", fault.Corrupt, fault.Item(fmt.Sprintf("%s, section %s at %d", filepath.Join(dir, s.File), s.Def.Name, s.Offset)), bad)
		return errors.Join(err, i.wrong(bad))
	}
	return err
}
