package quindex

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// -rewrite is datadriven's flag; it is looked up because that package owns it.
func rewriting() bool {
	f := flag.Lookup("rewrite")
	return f != nil && f.Value.String() == "true"
}

// formats lists the pages of docs/format and the files whose comments they
// are made of: a byte layout is described once, beside the code that writes it.
var formats = []struct {
	page, title string
	files       []string
}{
	{"batch", "Batches, schemas and values on the wire", []string{"record/format.go"}},
	{"log", "Log entries", []string{"store/entry.go", "store/change.go", "store/expire.go", "store/moving.go", "catalog/entry.go", "cluster/logformat.go"}},
	{"columnar", "The columns section", []string{"columnar/format.go", "codec/format.go", "codec/packed.go", "codec/dict.go"}},
	{"graph", "The sections of graphs", []string{"graph/format.go"}},
	{"timeseries", "The series section", []string{"timeseries/format.go"}},
	{"keys", "The keys section", []string{"keys/format.go"}},
	{"segment", "Segment folders", []string{"segment/frame.go", "segment/meta.go"}},
	{"shard", "A shard's manifest", []string{"store/manifest.go"}},
	{"fragment", "Plan fragments", []string{"query/plan/wire.go"}},
}

// TestFormatDocs holds docs/format to the comments; -rewrite makes the pages anew.
func TestFormatDocs(t *testing.T) {
	for _, f := range formats {
		want := "# " + f.title + "\n\nMade from the comments of the code by `go test -run TestFormatDocs . -rewrite`.\n"
		for _, file := range f.files {
			want += "\n## " + file + "\n\n" + describing(t, file)
		}
		path := filepath.Join("docs/format", f.page+".md")
		if rewriting() {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		} else if string(have) != want {
			t.Errorf("%s is behind the comments: go test -run TestFormatDocs . -rewrite", path)
		}
	}
}

// describing returns the comments of a file, outside of its functions, that
// hold a drawing or stand at its constants.
func describing(t *testing.T, file string) string {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	constants := map[*ast.CommentGroup]bool{}
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			constants[g.Doc] = true
		}
	}
	var parts []string
	for _, c := range f.Comments {
		text := c.Text()
		drawing := strings.Contains(text, "\n\t")
		if fset.Position(c.Pos()).Column != 1 || !drawing && !(constants[c] && strings.Count(text, "\n") > 1) {
			continue
		}
		parts = append(parts, strings.ReplaceAll(text, "\n\t", "\n    "))
	}
	if len(parts) == 0 {
		t.Errorf("%s describes no format", file)
	}
	return strings.Join(parts, "\n")
}
