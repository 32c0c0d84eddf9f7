package segment

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/quindex/quindex/fault"
)

// Guard runs f and turns a memory fault in a mapped section - the file was cut
// short, or the disk cannot read the page - into a fault.Corrupt error. It
// covers f's own goroutine alone: whoever starts goroutines that read segments
// wraps each of them. Other panics pass.
func Guard(f func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		r := recover()
		if r == nil {
			return
		}
		at, isFault := r.(interface {
			runtime.Error
			Addr() uintptr
		})
		if !isFault {
			panic(r)
		}
		err = fault.E("segment: read", fault.Corrupt,
			fault.Hint("a segment file was cut short or its disk cannot be read: check the disk, then restore this shard from a replica or a backup"),
			fmt.Errorf("memory fault at %#x in a mapped file", at.Addr()))
	}()
	return f()
}
