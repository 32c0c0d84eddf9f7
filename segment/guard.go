package segment

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"unsafe"

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
			memoryFault{at.Addr()})
	}()
	return f()
}

// memoryFault is a page of a mapping that could not be read.
type memoryFault struct{ addr uintptr }

func (m memoryFault) Error() string {
	return fmt.Sprintf("memory fault at %#x in a mapped file", m.addr)
}

// faultIn finds the memory fault that err comes from.
func faultIn(err error) (at memoryFault, is bool) {
	is = errors.As(err, &at)
	return at, is
}

// within is where in b the fault lies.
func (m memoryFault) within(b []byte) int64 {
	return int64(m.addr - uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}
