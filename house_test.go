package quindex

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// module is the import path of this repository.
const module = "github.com/quindex/quindex"

// maxLines is the length at which a file must be cut at a seam.
const maxLines = 700

// floors is the plan of the house: one line a room, and the rooms whose
// doors open to it. A room may import only what its line names (and itself).
// It is a statement of policy: change it in a commit of its own, with the reason.
const floors = `
fault        :
rows         : fault
record       : fault
predicate    : fault rows record
catalog      : fault record predicate
codec        : fault rows record
engines      : fault rows record predicate codec
engines/enginetest : fault rows record predicate codec engines
search       : fault rows record predicate codec engines
timeseries   : fault rows record predicate codec engines
graph        : fault rows record predicate codec engines
geo          : fault rows record predicate codec engines
columnar     : fault rows record predicate codec engines
keys         : fault rows record predicate codec engines
engines/all  : engines search timeseries graph geo columnar keys
segment      : fault rows record predicate codec engines
store        : fault rows record predicate catalog codec engines segment
cluster      : fault
query/sql    : fault
query/plan   : fault rows record predicate catalog engines query/sql
query/exec   : fault rows record predicate catalog codec engines segment store query/plan
client       : fault record
demo         :
server       : fault rows record predicate catalog codec engines segment store cluster query/sql query/plan query/exec client
bench        : fault record client server engines engines/all query/plan demo
torture      : fault rows record predicate catalog codec engines engines/all segment store cluster server
cmd/quindex  : fault rows record predicate catalog codec engines engines/all segment store cluster query/sql query/plan query/exec client server demo bench
`

// tests may open these doors too: the kit every engine runs, and the list of engines.
const testDoors = "engines/enginetest engines/all columnar keys"

// parsed is one Go file of the house and the room it stands in.
type parsed struct {
	name, room string
	file       *ast.File
	lines      int
}

// house parses every Go file below the root. Files are read here and not
// listed with "go list", so that go test sees what the test read and never
// repeats a stale "ok".
func house(t *testing.T, rooms map[string]map[string]bool) []parsed {
	t.Helper()
	var all []parsed
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if hasOwnModule(name) || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && name != "." {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || path.Dir(name) == "." {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, name, text, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, parsed{name, roomOf(rooms, path.Dir(name)), f, bytes.Count(text, []byte("\n"))})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func hasOwnModule(dir string) bool {
	if dir == "." {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// plan reads floors; a door to a room not yet named above is an error, so the
// order of the lines is the order of the floors.
func plan(t *testing.T) map[string]map[string]bool {
	t.Helper()
	allowed := map[string]map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(floors)) {
		room, doors, _ := strings.Cut(line, ":")
		room = strings.TrimSpace(room)
		allowed[room] = map[string]bool{room: true}
		for _, d := range strings.Fields(doors) {
			if allowed[d] == nil {
				t.Fatalf("%s: door to %s, which is not on a lower floor", room, d)
			}
			allowed[room][d] = true
		}
	}
	return allowed
}

// roomOf returns the room that holds the folder: the longest listed prefix.
func roomOf(rooms map[string]map[string]bool, dir string) string {
	for ; dir != "."; dir = path.Dir(dir) {
		if rooms[dir] != nil {
			return dir
		}
	}
	return ""
}

func TestFloors(t *testing.T) {
	rooms := plan(t)
	for _, p := range house(t, rooms) {
		if strings.HasPrefix(p.name, "internal/") {
			continue
		}
		if p.room == "" {
			t.Errorf("%s is in no room: add it to floors", p.name)
			continue
		}
		for _, spec := range p.file.Imports {
			imp, _ := strconv.Unquote(spec.Path.Value)
			rel, ours := strings.CutPrefix(imp, module+"/")
			if !ours || strings.HasPrefix(rel, "internal/") {
				continue
			}
			to := roomOf(rooms, rel)
			inTest := strings.HasSuffix(p.name, "_test.go") && strings.Contains(" "+testDoors+" ", " "+to+" ")
			if !rooms[p.room][to] && !inTest {
				t.Errorf("%s: %s may not import %s", p.name, p.room, imp)
			}
		}
	}
}

func TestFileLength(t *testing.T) {
	for _, p := range house(t, plan(t)) {
		if p.lines > maxLines && !strings.HasSuffix(p.name, "_gen.go") {
			t.Errorf("%s has %d lines, more than %d: look for the seam", p.name, p.lines, maxLines)
		}
	}
}

func TestPackageComments(t *testing.T) {
	documented := map[string]bool{}
	folders := map[string]string{}
	for _, p := range house(t, plan(t)) {
		if strings.HasSuffix(p.name, "_test.go") {
			continue
		}
		dir := path.Dir(p.name)
		folders[dir] = p.file.Name.Name
		if doc := p.file.Doc.Text(); strings.HasPrefix(doc, "Package "+p.file.Name.Name+" ") || strings.HasPrefix(doc, "Command ") {
			documented[dir] = true
		}
	}
	for dir, name := range folders {
		if !documented[dir] {
			t.Errorf("%s: no package comment that opens with %q", dir, "Package "+name+" ")
		}
	}
}
