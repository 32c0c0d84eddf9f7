package catalog

import (
	"os"
	"path/filepath"

	"github.com/quindex/quindex/fault"
)

// Verify reads the catalog's file, which a start would open. It may be older
// than Current: the log has the rest.
func (m *Machine) Verify() error {
	path := filepath.Join(m.dir, fileName)
	body, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil // nothing was flushed yet
	}
	if err != nil {
		return fault.E("catalog: verify", fault.IO, fault.Item(path), err)
	}
	if _, err := decodeState(body); err != nil {
		return fault.E("catalog: verify", fault.Item(path), err)
	}
	return nil
}
