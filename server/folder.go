package server

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/quindex/quindex/fault"
)

// checkFolder refuses a folder that holds something, but nothing of a server:
// whoever named it meant another, and would find a node's files among his own.
func checkFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it will be made
	}
	if err != nil {
		return fault.E("server: open the data folder", fault.IO, fault.Item(dir), err)
	}
	var others []string
	for _, e := range entries {
		switch name := e.Name(); {
		case slices.Contains([]string{"node.json", "LOCK"}, name):
			return nil // a start may have got no further than its lock
		case name != "lost+found" && !strings.HasPrefix(name, "."):
			others = append(others, name)
		}
	}
	if len(others) == 0 {
		return nil
	}
	return fault.E("server: open the data folder", fault.Invalid, fault.Item(dir), fault.Hint("name one with --data that is empty, or does not exist yet, or was a server's before"),
		fault.Errorf("", fault.Invalid, "it holds other things, %s among them, and nothing of a server", others[0]))
}
