package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/quindex/quindex/fault"
)

// ledger is a small Machine: it keeps every entry it was given, in order. Its
// state is a file state-INDEX, made durable by Snapshot alone; CURRENT names it.
type ledger struct {
	dir string

	mu      sync.Mutex
	applied uint64
	lines   []line
	batches int                 // calls of Apply
	fail    func(e Entry) error // of Apply; may be nil
	forget  bool                // keep no lines
	ready   []bool              // calls of Ready
}

type line struct {
	Index uint64
	Data  string
}

func openLedger(dir string) (*ledger, error) {
	l := &ledger{dir: dir}
	name, err := os.ReadFile(filepath.Join(dir, "CURRENT"))
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	if err := l.load(filepath.Join(dir, string(name))); err != nil {
		return nil, fault.E("ledger: open", fault.Corrupt, err)
	}
	return l, nil
}

// Damaged makes the ledger a Doctor: the file DAMAGED says that it is, SICK
// that a restored one will be.
func (l *ledger) Damaged() error { return l.complaint("DAMAGED") }

func (l *ledger) Verify(context.Context) error { return l.complaint("../SICK") }

func (l *ledger) complaint(name string) error {
	if _, err := os.Stat(filepath.Join(l.dir, name)); err != nil {
		return nil
	}
	return fault.Errorf("ledger: look", fault.Corrupt, "%s is there", name)
}

func (l *ledger) load(name string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var lines []line
	if err := json.Unmarshal(b, &lines); err != nil {
		return err
	}
	var applied uint64
	if _, err := fmt.Sscanf(filepath.Base(name), "state-%d", &applied); err != nil {
		return err
	}
	l.lines, l.applied = lines, applied
	return nil
}

func (l *ledger) Apply(entries []Entry) ([]Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.batches++
	out := make([]Result, len(entries))
	for i, e := range entries {
		if e.Index <= l.applied {
			continue
		}
		if l.fail != nil {
			if err := l.fail(e); err != nil {
				return nil, err
			}
		}
		l.applied = e.Index
		if string(e.Data) == "refuse" {
			out[i].Err = errRefused
			continue
		}
		if l.forget {
			continue
		}
		l.lines = append(l.lines, line{e.Index, string(e.Data)})
		out[i].Value = len(l.lines)
	}
	return out, nil
}

var errRefused = errors.New("refused")

func (l *ledger) Applied() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.applied
}

func (l *ledger) Snapshot(dir string) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.applied, l.save(dir, l.lines, l.applied)
}

func (l *ledger) save(dir string, lines []line, applied uint64) error {
	b, err := json.Marshal(lines)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("state-%d", applied)
	if err := writeDurable(filepath.Join(l.dir, name), b); err != nil {
		return err
	}
	if err := writeDurable(filepath.Join(l.dir, "CURRENT"), []byte(name)); err != nil {
		return err
	}
	return os.Link(filepath.Join(l.dir, name), filepath.Join(dir, name))
}

func (l *ledger) Restore(dir string, index uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := fmt.Sprintf("state-%d", index)
	if err := os.Link(filepath.Join(dir, name), filepath.Join(l.dir, name)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := writeDurable(filepath.Join(l.dir, "CURRENT"), []byte(name)); err != nil {
		return err
	}
	return l.load(filepath.Join(l.dir, name))
}

func (l *ledger) Close() error { return nil }

// copyLines returns what was applied so far.
func (l *ledger) copyLines() []line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]line(nil), l.lines...)
}
