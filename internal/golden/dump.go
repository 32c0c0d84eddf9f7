package golden

import (
	"bytes"
	"fmt"
	"strings"
)

// Dump prints bytes in order, each run of them with a comment. At is how many
// are printed.
type Dump struct {
	Bytes []byte
	At    int

	width int
	w     strings.Builder
}

// NewDump begins the dump of b, width bytes a line, below a heading.
func NewDump(b []byte, width int, heading string, args ...any) *Dump {
	d := &Dump{Bytes: b, width: width}
	fmt.Fprintf(&d.w, "# "+heading+"\n", args...)
	return d
}

// Title begins a part.
func (d *Dump) Title(format string, args ...any) { fmt.Fprintf(&d.w, "\n# "+format+"\n", args...) }

// Take prints the next n bytes and returns them; a long run of zeros is said in words.
func (d *Dump) Take(n int, format string, args ...any) []byte {
	b, text := d.Bytes[d.At:d.At+n], fmt.Sprintf(format, args...)
	if n > 8 && len(bytes.Trim(b, "\x00")) == 0 {
		d.line(d.At, fmt.Sprintf("00 x %d", n), text)
	} else {
		for i := 0; i < n; i += d.width {
			d.line(d.At+i, fmt.Sprintf("% x", b[i:min(n, i+d.width)]), text)
			text = ".."
		}
	}
	d.At += n
	return b
}

func (d *Dump) line(at int, what, text string) {
	fmt.Fprintf(&d.w, "%5d: %-*s  %s\n", at, 3*d.width, what, text)
}

// Pad prints what is left before byte to as padding.
func (d *Dump) Pad(to int) {
	if to > d.At {
		d.Take(to-d.At, "padding")
	}
}

// String is what was printed.
func (d *Dump) String() string { return d.w.String() }
