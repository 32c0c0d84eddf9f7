package ingest

import (
	"unicode/utf16"
	"unicode/utf8"
)

// maxJSONDepth is the nesting a value may have.
const maxJSONDepth = 100

// scanner reads JSON text from left to right, without building anything. It
// takes exactly what RFC 8259 allows, which json.Valid and a fuzz test hold it
// to; it is our own because it tells where an error is, and reads a line of
// events in a quarter of the time (BenchmarkNDJSON).
type scanner struct {
	b   []byte
	i   int
	buf []byte // of strings with escapes
}

// syntax is what is wrong with a JSON text, and at which byte.
type syntax struct {
	at     int
	reason string
}

func (s *scanner) wrong(reason string) *syntax { return &syntax{s.i, reason} }

// found names what stands where something else was wanted.
func (s *scanner) found(want string) *syntax {
	if s.i >= len(s.b) {
		return s.wrong("not JSON: the line ends where " + want + " is expected")
	}
	c, _ := utf8.DecodeRune(s.b[s.i:])
	return s.wrong("not JSON: " + string([]rune{'\'', c, '\''}) + " where " + want + " is expected")
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// take goes past c, or says that want was expected.
func (s *scanner) take(c byte, want string) *syntax {
	if s.peek() != c || s.i >= len(s.b) {
		return s.found(want)
	}
	s.i++
	return nil
}

// plainByte marks the bytes that stand for themselves in a string.
var plainByte = func() (t [256]bool) {
	for c := 0x20; c < 256; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// str reads a string whose opening quote is next. The bytes are valid until
// the next call.
func (s *scanner) str() ([]byte, *syntax) {
	start := s.i + 1
	b := s.b
	i := start
	for i < len(b) && plainByte[b[i]] {
		i++
	}
	if i < len(b) && b[i] == '"' {
		s.i = i + 1
		return b[start:i], nil
	}
	s.i = i
	s.buf = append(s.buf[:0], b[start:i]...)
	return s.escaped(start - 1)
}

// escaped reads the rest of a string from its first unusual byte on.
func (s *scanner) escaped(open int) ([]byte, *syntax) {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.buf, nil
		case c == '\\':
			if bad := s.escape(); bad != nil {
				return nil, bad
			}
		case c < 0x20:
			return nil, s.wrong("not JSON: a control character in a string must be escaped")
		default:
			s.buf = append(s.buf, c)
			s.i++
		}
	}
	return nil, &syntax{open, "not JSON: the string is not closed"}
}

// escape reads \n, \u00e9 and their like; a half of a surrogate pair alone
// becomes U+FFFD, as in encoding/json.
func (s *scanner) escape() *syntax {
	s.i++
	c := s.peek()
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	for k := range len(from) {
		if c == from[k] && s.i < len(s.b) {
			s.buf = append(s.buf, to[k])
			s.i++
			return nil
		}
	}
	r, ok := s.unit()
	if !ok {
		return s.wrong(`not JSON: a backslash begins none of \" \\ \/ \b \f \n \r \t \u0000`)
	}
	s.i += 5
	if utf16.IsSurrogate(r) {
		first := r
		if r = utf8.RuneError; s.i+1 < len(s.b) && s.b[s.i] == '\\' {
			s.i++
			if second, ok := s.unit(); ok && utf16.DecodeRune(first, second) != utf8.RuneError {
				r = utf16.DecodeRune(first, second)
				s.i += 5
			} else {
				s.i--
			}
		}
	}
	s.buf = utf8.AppendRune(s.buf, r)
	return nil
}

// unit looks at u and four hexadecimal digits.
func (s *scanner) unit() (r rune, ok bool) {
	if s.i+5 > len(s.b) || s.b[s.i] != 'u' {
		return 0, false
	}
	for _, c := range s.b[s.i+1 : s.i+5] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// number reads a number and says whether it has neither point nor exponent.
func (s *scanner) number() (text []byte, whole bool, bad *syntax) {
	start := s.i
	if s.peek() == '-' {
		s.i++
	}
	switch c := s.peek(); {
	case c == '0':
		s.i++
	case c >= '1' && c <= '9':
		s.digits()
	default:
		return nil, false, s.found("a digit")
	}
	whole = true
	if s.peek() == '.' {
		whole = false
		s.i++
		if !s.digits() {
			return nil, false, s.found("a digit")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		whole = false
		s.i++
		if c := s.peek(); c == '+' || c == '-' {
			s.i++
		}
		if !s.digits() {
			return nil, false, s.found("a digit")
		}
	}
	return s.b[start:s.i], whole, nil
}

// digits goes past digits and says whether there was one.
func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i]-'0' <= 9 {
		s.i++
	}
	return s.i > start
}

// word goes past true, false or null.
func (s *scanner) word(w string) *syntax {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return s.found("a value")
	}
	s.i += len(w)
	return nil
}

// skip goes past any value; depth is how deep it may nest.
func (s *scanner) skip(depth int) *syntax {
	switch c := s.peek(); {
	case c == '"':
		_, bad := s.str()
		return bad
	case c == '{' || c == '[':
		if depth == 0 {
			return s.wrong("nested too deep")
		}
		return s.list(depth-1, c == '{')
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	case c == '-' || c >= '0' && c <= '9':
		_, _, bad := s.number()
		return bad
	}
	return s.found("a value")
}

// list goes past an array or an object.
func (s *scanner) list(depth int, object bool) *syntax {
	end := byte(']')
	if object {
		end = '}'
	}
	s.i++
	if s.space(); s.peek() == end {
		s.i++
		return nil
	}
	for {
		if object {
			if bad := s.key(); bad != nil {
				return bad
			}
		}
		if bad := s.skip(depth); bad != nil {
			return bad
		}
		if s.space(); s.peek() == end {
			s.i++
			return nil
		}
		if bad := s.take(',', "a comma or the closing bracket"); bad != nil {
			return bad
		}
		s.space()
	}
}

// key goes past a key, its colon and the space around it.
func (s *scanner) key() *syntax {
	if s.peek() != '"' {
		return s.found("a key in quotes")
	}
	if _, bad := s.str(); bad != nil {
		return bad
	}
	return s.colon()
}

func (s *scanner) colon() *syntax {
	s.space()
	bad := s.take(':', "a colon")
	s.space()
	return bad
}
