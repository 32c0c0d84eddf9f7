package client

import (
	"sync/atomic"
)

// Reject is one row that was refused.
type Reject struct {
	Line   int64  `json:"line"`
	Column string `json:"column,omitempty"`
	At     int    `json:"at,omitempty"`
	Reason string `json:"reason"`
	Text   string `json:"text,omitempty"`
}

// Progress counts while a load runs; read it with Snapshot from any goroutine.
type Progress struct {
	rows, rejected, bytes, heldRows, heldBytes, waitingRows atomic.Int64
	trouble                                                 atomic.Pointer[string]
}

// Trouble is why what failed last is tried again, or "" while nothing fails.
func (p *Progress) Trouble() string {
	if t := p.trouble.Load(); t != nil {
		return *t
	}
	return ""
}

// Loaded is what became of a load.
type Loaded struct {
	Rows, Rejected int64
	Bytes          int64 // of the files, uncompressed, those below included
	HeldRows       int64 // were there from an earlier load, and were not sent
	HeldBytes      int64
	WaitingRows    int64 // of a staged load that was interrupted: in the server, in no table; not among Rows
}

// Snapshot returns the counts so far.
func (p *Progress) Snapshot() Loaded {
	return Loaded{Rows: p.rows.Load(), Rejected: p.rejected.Load(), Bytes: p.bytes.Load(), HeldRows: p.heldRows.Load(), HeldBytes: p.heldBytes.Load(),
		WaitingRows: p.waitingRows.Load()}
}
