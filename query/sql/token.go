package sql

import (
	"slices"
	"strings"
)

// kind tells tokens apart.
type kind uint8

const (
	tEOF     kind = iota
	tWord         // unquoted identifier or keyword
	tQuoted       // "identifier"
	tString       // 'text'
	tEString      // E'text'
	tDollar       // $$text$$ or $tag$text$tag$
	tInt          // digits
	tNumber       // digits with a point or an exponent
	tParam        // $1
	tLParen       // from here on: the text in kindText
	tRParen
	tLBracket
	tRBracket
	tLBrace
	tRBrace
	tComma
	tSemicolon
	tDot
	tColon
	tCast
	tAssign
	tEq
	tNe
	tNeBang
	tLt
	tLe
	tGt
	tGe
	tPlus
	tMinus
	tStar
	tSlash
	tPercent
	tCaret
	tBar
	tConcat
	tArrow
	tArrowText
	tTilde
	tTildeStar
	tNotTilde
	tNotTildeStar
	tDistance
	tContains
	tContained
	tOverlaps
	tQuestion
)

var kindText = [...]string{
	tLParen: "(", tRParen: ")", tLBracket: "[", tRBracket: "]", tLBrace: "{", tRBrace: "}",
	tComma: ",", tSemicolon: ";", tDot: ".", tColon: ":", tCast: "::", tAssign: "=>",
	tEq: "=", tNe: "<>", tNeBang: "!=", tLt: "<", tLe: "<=", tGt: ">", tGe: ">=",
	tPlus: "+", tMinus: "-", tStar: "*", tSlash: "/", tPercent: "%", tCaret: "^",
	tBar: "|", tConcat: "||", tArrow: "->", tArrowText: "->>",
	tTilde: "~", tTildeStar: "~*", tNotTilde: "!~", tNotTildeStar: "!~*",
	tDistance: "<->", tContains: "@>", tContained: "<@", tOverlaps: "&&", tQuestion: "?",
}

// operatorsByByte are the operators that begin with a byte, the longest first.
var operatorsByByte = func() (by [256][]kind) {
	for k, s := range kindText {
		if s != "" {
			by[s[0]] = append(by[s[0]], kind(k))
		}
	}
	for _, ks := range by {
		slices.SortFunc(ks, func(a, b kind) int { return len(kindText[b]) - len(kindText[a]) })
	}
	return by
}()

// token is a piece of the text, [start, end).
type token struct {
	kind       kind
	kw         keyword // of a tWord, or kwNone
	start, end int32
}

// operators maps tokens to the binary operators that need no look at their
// neighbours; Or is not among them, so it stands for none.
var operators = [tQuestion + 1]Op{
	tEq: Eq, tNe: Ne, tNeBang: Ne, tLt: Lt, tLe: Le, tGt: Gt, tGe: Ge,
	tPlus: Add, tMinus: Sub, tStar: Mul, tSlash: Div, tPercent: Mod, tCaret: Pow,
	tConcat: Concat, tArrow: Arrow, tArrowText: ArrowText,
	tTilde: Regex, tTildeStar: RegexFold, tNotTilde: NotRegex, tNotTildeStar: NotRegexFold,
	tDistance: Distance, tContains: Contains, tContained: Contained, tOverlaps: Overlaps,
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// fold returns s with ASCII letters in lower case, as PostgreSQL folds
// identifiers, without a copy where there is nothing to do.
func fold(s string) string {
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				b[i] = lower(b[i])
			}
			return string(b)
		}
	}
	return s
}

func upper(s string) string { return strings.ToUpper(s) }

func identStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func identPart(c byte) bool { return identStart(c) || digit(c) || c == '$' }

func digit(c byte) bool { return '0' <= c && c <= '9' }

func space(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v'
}
