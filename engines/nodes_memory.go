package engines

import "sync"

// slotBytes is the size of a slot.
const slotBytes = 8

// Memory counts bytes that are held. Any number of goroutines use it.
type Memory interface {
	// Grow adds n bytes on behalf of who, or says why that is too much.
	Grow(who string, n int64) error
	// Shrink gives n bytes back.
	Shrink(n int64)
}

// nodesMemory is what a Nodes holds: its keys, and what others keep with it.
type nodesMemory struct {
	bytesMu sync.Mutex
	memory  Memory // nil: nobody counts
	held    int64

	keptMu sync.Mutex
	kept   map[any]*kept
}

// kept is one thing that is kept with a Nodes.
type kept struct {
	mu    sync.Mutex // held while it is made
	v     any
	bytes int64
}

// Charge counts in m, from now on until Close, what n holds. It is called
// before anything else.
func (n *Nodes) Charge(m Memory) error {
	n.bytesMu.Lock()
	defer n.bytesMu.Unlock()
	if err := m.Grow("graph", n.held); err != nil {
		return err
	}
	n.memory = m
	return nil
}

// Close gives back what Charge counted: nobody will find n any more. A
// statement that has it may use it to its end.
func (n *Nodes) Close() {
	n.bytesMu.Lock()
	defer n.bytesMu.Unlock()
	if n.memory != nil {
		n.memory.Shrink(n.held)
		n.memory = nil
	}
}

// Bytes returns the memory that n and what is kept with it take.
func (n *Nodes) Bytes() int64 {
	n.bytesMu.Lock()
	defer n.bytesMu.Unlock()
	return n.held
}

func (n *Nodes) hold(bytes int64) error {
	n.bytesMu.Lock()
	defer n.bytesMu.Unlock()
	if n.memory != nil {
		if err := n.memory.Grow("graph", bytes); err != nil {
			return err
		}
	}
	n.held += bytes
	return nil
}

func (n *Nodes) release(bytes int64) {
	n.bytesMu.Lock()
	defer n.bytesMu.Unlock()
	n.held -= bytes
	if n.memory != nil {
		n.memory.Shrink(bytes)
	}
}

// Keep returns what make once returned for owner, and how many bytes that has.
// It lives as long as n, or until Drop: an index keeps its numbers of n's keys
// in this way, so that they go with either. owner can be compared. make runs
// once at a time for an owner.
func (n *Nodes) Keep(owner any, make func() (v any, bytes int64, err error)) (any, error) {
	n.keptMu.Lock()
	k := n.kept[owner]
	if k == nil {
		if n.kept == nil {
			n.kept = map[any]*kept{}
		}
		k = &kept{}
		n.kept[owner] = k
	}
	n.keptMu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.v != nil {
		return k.v, nil
	}
	v, bytes, err := make()
	if err == nil {
		err = n.hold(bytes)
	}
	if err != nil {
		return nil, err
	}
	k.v, k.bytes = v, bytes
	return v, nil
}

// Drop lets go of what Keep keeps for owner. Nobody asks for it meanwhile.
func (n *Nodes) Drop(owner any) {
	n.keptMu.Lock()
	k := n.kept[owner]
	delete(n.kept, owner)
	n.keptMu.Unlock()
	if k != nil {
		n.release(k.bytes)
	}
}
