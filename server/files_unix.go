//go:build linux || darwin

package server

import "syscall"

// raiseFiles raises the number of files that the process may have open to as
// many as it is allowed to, and returns it; 0: it is not known.
func raiseFiles() int64 {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 0
	}
	if l.Cur < l.Max {
		higher := syscall.Rlimit{Cur: l.Max, Max: l.Max}
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &higher) == nil {
			l.Cur = l.Max
		}
	}
	return int64(min(l.Cur, 1<<40))
}
