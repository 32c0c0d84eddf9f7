package predicate

import (
	"regexp"
	"unicode"
	"unicode/utf8"

	"github.com/quindex/quindex/fault"
)

// Matcher returns how the pattern decides on one string, without regard to
// Negate. It fails if the pattern is malformed. The function may be used by
// any number of goroutines.
func (p Like) Matcher() (func(s string) bool, error) {
	if p.Kind == Regexp {
		return p.regexp()
	}
	tokens, err := p.Tokens()
	if err != nil {
		return nil, err
	}
	return func(s string) bool { return matchTokens(tokens, s, p.Fold) }, nil
}

// regexp compiles the pattern as PostgreSQL means it: a dot also matches a newline.
func (p Like) regexp() (func(string) bool, error) {
	flags := "(?s)"
	if p.Fold {
		flags = "(?si)"
	}
	re, err := regexp.Compile(flags + p.Pattern)
	if err != nil {
		return nil, fault.E("predicate: regular expression", fault.Invalid, fault.Code("2201B"), fault.Item(p.Pattern), err)
	}
	return re.MatchString, nil
}

// Token is one part of a LIKE pattern: a character, one of any (_), or any
// number of any (%).
type Token struct {
	Kind TokenKind
	Char string // TokenChar: one character, or one byte that is not UTF-8
}

// TokenKind is the kind of a Token.
type TokenKind uint8

const (
	TokenChar TokenKind = iota // this character
	TokenOne                   // _
	TokenMany                  // %
)

// Tokens returns the parts of a LIKE pattern, with escapes undone. It fails
// if the pattern ends with its escape character.
func (p Like) Tokens() ([]Token, error) {
	var tokens []Token
	for rest := p.Pattern; rest != ""; {
		c := firstChar(rest)
		rest = rest[len(c):]
		switch {
		case c == p.Escape && rest == "":
			return nil, fault.E("predicate: like", fault.Invalid, fault.Code("22025"), fault.Item(p.Pattern), "the pattern ends with its escape character")
		case c == p.Escape:
			c = firstChar(rest)
			rest = rest[len(c):]
			tokens = append(tokens, Token{Char: c})
		case c == "%":
			tokens = append(tokens, Token{Kind: TokenMany})
		case c == "_":
			tokens = append(tokens, Token{Kind: TokenOne})
		default:
			tokens = append(tokens, Token{Char: c})
		}
	}
	return tokens, nil
}

// firstChar returns the first character of s, or its first byte if that does
// not begin one; "" of "".
func firstChar(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// matchTokens goes back to the last % only: an earlier one could not do better.
func matchTokens(tokens []Token, s string, fold bool) bool {
	i, star, retry := 0, -1, ""
	for s != "" {
		c := firstChar(s)
		switch {
		case i < len(tokens) && tokens[i].Kind == TokenMany:
			star, retry = i, s
			i++
		case i < len(tokens) && tokens[i].takes(c, fold):
			i, s = i+1, s[len(c):]
		case star >= 0:
			retry = retry[len(firstChar(retry)):]
			i, s = star+1, retry
		default:
			return false
		}
	}
	for i < len(tokens) && tokens[i].Kind == TokenMany {
		i++
	}
	return i == len(tokens)
}

func (t Token) takes(c string, fold bool) bool {
	if t.Kind == TokenOne || t.Char == c {
		return true
	}
	return fold && t.Kind == TokenChar && sameLetter(t.Char, c)
}

// sameLetter compares two characters by Unicode's simple case folding.
func sameLetter(a, b string) bool {
	x, n := utf8.DecodeRuneInString(a)
	y, m := utf8.DecodeRuneInString(b)
	if x == utf8.RuneError && n == 1 || y == utf8.RuneError && m == 1 {
		return false
	}
	for r := unicode.SimpleFold(x); r != x; r = unicode.SimpleFold(r) {
		if r == y {
			return true
		}
	}
	return false
}
