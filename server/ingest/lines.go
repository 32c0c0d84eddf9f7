package ingest

import (
	"bufio"
	"fmt"
	"io"
)

// lines splits a stream into lines of bounded size. A line over the bound is
// read past without being kept, so that memory stays bounded whatever comes.
type lines struct {
	r       *bufio.Reader
	maxRow  int
	number  int64 // of the next line
	partial []byte
}

// tooLong tells of a line over the bound; reading may go on behind it.
type tooLong struct{ bytes, limit int64 }

func (e *tooLong) Error() string {
	return fmt.Sprintf("the line has %d bytes; a row may have %d", e.bytes, e.limit)
}

func newLines(r io.Reader, o Options) *lines {
	l := &lines{r: bufio.NewReaderSize(r, 256<<10), maxRow: o.MaxRow, number: max(1, o.FirstLine)}
	if l.maxRow <= 0 {
		l.maxRow = defaultMaxRow
	}
	return l
}

// next returns the next line without its end, valid until the next call.
// With a *tooLong it returns the line's beginning.
func (l *lines) next() ([]byte, error) {
	l.partial = l.partial[:0]
	var size int64
	for {
		piece, err := l.r.ReadSlice('\n')
		size += int64(len(piece))
		whole := err == nil || err == io.EOF && size > 0
		if whole && size == int64(len(piece)) && len(piece) <= l.maxRow {
			l.number++
			return trimEnd(piece), nil
		}
		if room := l.maxRow - len(l.partial); room > 0 {
			l.partial = append(l.partial, piece[:min(room, len(piece))]...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if !whole {
			return nil, err
		}
		l.number++
		if size > int64(l.maxRow)+1 {
			return l.partial, &tooLong{size, int64(l.maxRow)}
		}
		return trimEnd(l.partial), nil
	}
}

func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}
