package ingest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// lines splits a stream into lines of bounded size. A line over the bound is
// read past without being kept, so that memory stays bounded whatever comes.
type lines struct {
	r       *bufio.Reader
	maxRow  int
	number  int64  // of the next line
	size    int    // bytes of the line that next gave, its end included
	end     string // "\n", "\r\n" or, of a last line, ""
	partial []byte
}

// tooLong tells of a row over the bound; reading may go on behind it. It does
// not tell how long the row is: whoever cut the file into pieces may have
// dropped what was over the bound.
type tooLong struct{ limit int }

func (e *tooLong) Error() string {
	return fmt.Sprintf("the line is longer than %d bytes, the most that a row may have", e.limit)
}

func newLines(r io.Reader, o Options) *lines {
	l := &lines{r: bufio.NewReaderSize(r, 256<<10), maxRow: o.MaxRow, number: max(1, o.FirstLine)}
	if l.maxRow <= 0 {
		l.maxRow = MaxRow
	}
	if mark, _ := l.r.Peek(len(bom)); l.number == 1 && string(mark) == bom {
		l.r.Discard(len(bom))
	}
	return l
}

// bom is the mark that some programs begin a file with.
const bom = "\uFEFF"

// next returns the next line without its end, valid until the next call.
// With a *tooLong it returns the line's beginning.
func (l *lines) next() ([]byte, error) {
	l.partial, l.size = l.partial[:0], 0
	for {
		piece, err := l.r.ReadSlice('\n')
		l.size += len(piece)
		if err != nil && err != bufio.ErrBufferFull && (err != io.EOF || l.size == 0) {
			return nil, err
		}
		if whole := err != bufio.ErrBufferFull; whole && l.size == len(piece) {
			return l.line(piece)
		} else if room := l.maxRow + 1 - len(l.partial); room > 0 {
			l.partial = append(l.partial, piece[:min(room, len(piece))]...)
			if !whole {
				continue
			}
		} else if !whole {
			continue
		}
		return l.line(l.partial)
	}
}

// line takes the end off a line that was read whole.
func (l *lines) line(text []byte) ([]byte, error) {
	l.number++
	if l.size > l.maxRow {
		return text, &tooLong{l.maxRow}
	}
	bare := bytes.TrimSuffix(bytes.TrimSuffix(text, []byte{'\n'}), []byte{'\r'})
	switch len(text) - len(bare) {
	case 0:
		l.end = ""
	case 1:
		l.end = "\n"
	default:
		l.end = "\r\n"
	}
	return bare, nil
}
