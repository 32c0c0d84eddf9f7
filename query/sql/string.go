package sql

import (
	"strings"
	"unicode/utf8"
)

// stringText returns what a string token says.
func (p *parser) stringText(t token) string {
	s := p.text[t.start:t.end]
	switch t.kind {
	case tString:
		return unquote(s, `'`)
	case tEString:
		return p.unescape(s[2:len(s)-1], int(t.start)+2)
	}
	tag := strings.IndexByte(s[1:], '$') + 2 // tDollar
	return s[tag : len(s)-tag]
}

// identText returns the name a word or a quoted identifier says.
func (p *parser) identText(t token) string {
	s := p.text[t.start:t.end]
	if t.kind == tQuoted {
		return unquote(s, `"`)
	}
	return fold(s)
}

// unquote takes the quotes off and halves the doubled ones inside.
func unquote(s, quote string) string {
	s = s[1 : len(s)-1]
	if strings.Contains(s, quote) {
		s = strings.ReplaceAll(s, quote+quote, quote)
	}
	return s
}

// unescape resolves the escapes of E'...'; at is the offset of s in the text.
func (p *parser) unescape(s string, at int) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\'':
			b.WriteByte(c)
			i += 2
		case c != '\\' || i+1 == len(s):
			b.WriteByte(c)
			i++
		default:
			i += p.escape(&b, s[i:], at+i)
		}
	}
	out := b.String()
	if !utf8.ValidString(out) || strings.IndexByte(out, 0) >= 0 {
		p.failAt(at-2, "escapes in the string give bytes that are not UTF-8 text")
	}
	return out
}

// escape writes what the escape at the start of s stands for and returns its length.
func (p *parser) escape(b *strings.Builder, s string, at int) int {
	const letters, values = "bfnrtv", "\b\f\n\r\t\v"
	c := s[1]
	if i := strings.IndexByte(letters, c); i >= 0 {
		b.WriteByte(values[i])
		return 2
	}
	switch {
	case '0' <= c && c <= '7':
		v, n := digitsIn(s[1:], 8, 3)
		b.WriteByte(byte(v))
		return 1 + n
	case c == 'x':
		v, n := digitsIn(s[2:], 16, 2)
		if n > 0 {
			b.WriteByte(byte(v))
			return 2 + n
		}
	case c == 'u' || c == 'U':
		want := 4
		if c == 'U' {
			want = 8
		}
		v, n := digitsIn(s[2:], 16, want)
		if n < want || !utf8.ValidRune(rune(v)) || v > utf8.MaxRune {
			p.failAt(at, "escape \\%c needs %d hexadecimal digits of a character", c, want)
		}
		b.WriteRune(rune(v))
		return 2 + n
	}
	_, n := utf8.DecodeRuneInString(s[1:])
	b.WriteString(s[1 : 1+n])
	return 1 + n
}

// digitsIn reads at most most digits of the base and returns their value and number.
func digitsIn(s string, base, most int) (v uint32, n int) {
	for n < len(s) && n < most {
		d := strings.IndexByte("0123456789abcdef", lower(s[n]))
		if d < 0 || d >= base {
			break
		}
		v = v*uint32(base) + uint32(d)
		n++
	}
	return v, n
}
