package eval

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// patternFunc computes LIKE, ILIKE and regular expressions. A constant
// pattern is compiled once.
func patternFunc(s *site) (rowFunc, bool, error) {
	switch s.name {
	case "like", "ilike":
		return likeFunc(s)
	case "regexp", "regexp_fold", "regexp_like", "regexp_substr", "regexp_replace":
		return regexpFunc(s)
	}
	return rowFunc{}, false, nil
}

func likeFunc(s *site) (rowFunc, bool, error) {
	fold := s.name == "ilike"
	escape, escapeKnown := record.KeywordValue(`\`), true
	if len(s.args) > 2 {
		escape, escapeKnown = s.konst(2)
	}
	if pattern, ok := s.konst(1); ok && escapeKnown {
		match, err := compileLike(pattern.S, escape.S, fold)
		if err != nil {
			return rowFunc{}, false, err
		}
		return constMatch(s, match), true, nil
	}
	return matchFunc(s, func(r *row, text string) (bool, error) {
		esc := `\`
		if r.has(2) {
			esc = r.text(2)
		}
		match, err := compileLike(r.text(1), esc, fold)
		if err != nil {
			return false, err
		}
		return match(text), nil
	}, false), true, nil
}

// constMatch is matchFunc with a pattern known now.
func constMatch(s *site, match func(string) bool) rowFunc {
	if !s.types[0].IsArray() {
		return rowFunc{match: match}
	}
	return matchFunc(s, func(_ *row, text string) (bool, error) { return match(text), nil }, true)
}

// matchFunc applies match to a string, or to an array's elements until one matches.
func matchFunc(s *site, match func(r *row, text string) (bool, error), sure bool) rowFunc {
	if !s.types[0].IsArray() {
		return rowFunc{sure: sure, int: func(r *row) (int64, error) {
			ok, err := match(r, r.text(0))
			return boolInt(ok), err
		}}
	}
	return rowFunc{sure: sure, int: func(r *row) (int64, error) {
		elem, lo, hi := r.elems(0)
		for i := lo; i < hi; i++ {
			if ok, err := match(r, elem.Strs.At(i)); ok || err != nil {
				return boolInt(ok), err
			}
		}
		return 0, nil
	}}
}

// compileLike returns the matcher of a pattern, with the meaning that package
// predicate gives it; the common shapes x, x%, %x and %x% are one call of
// package strings.
func compileLike(pattern, escape string, fold bool) (func(string) bool, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return nil, invalid("22025", "escape %q is longer than one character", escape)
	}
	like := predicate.Like{Kind: predicate.Glob, Pattern: pattern, Escape: escape, Fold: fold}
	tokens, err := like.Tokens()
	if err != nil {
		return nil, err
	}
	if match := simpleLike(tokens); match != nil && !fold {
		return match, nil
	}
	return like.Matcher()
}

// simpleLike is the matcher of a pattern with a % at most at its ends, or nil.
func simpleLike(tokens []predicate.Token) func(string) bool {
	before, after := 0, len(tokens)
	for before < after && tokens[before].Kind == predicate.TokenMany {
		before++
	}
	for after > before && tokens[after-1].Kind == predicate.TokenMany {
		after--
	}
	var text strings.Builder
	for _, t := range tokens[before:after] {
		if t.Kind != predicate.TokenChar {
			return nil
		}
		text.WriteString(t.Char)
	}
	x := text.String()
	switch open, end := before > 0, after < len(tokens); {
	case open && x == "":
		return func(string) bool { return true }
	case open && end:
		return func(s string) bool { return strings.Contains(s, x) }
	case open:
		return func(s string) bool { return strings.HasSuffix(s, x) }
	case end:
		return func(s string) bool { return strings.HasPrefix(s, x) }
	}
	return func(s string) bool { return s == x }
}

func regexpFunc(s *site) (rowFunc, bool, error) {
	flags := func(r *row) string {
		switch {
		case s.name == "regexp_fold":
			return "i"
		case s.name == "regexp_like" && r.has(2):
			return r.text(2)
		case s.name == "regexp_replace" && r.has(3):
			return r.text(3)
		}
		return ""
	}
	pattern := func(r *row) (*regexp.Regexp, error) { return compileRegexp(r.text(1), flags(r)) }
	_, known := s.konst(1)
	flagArg := map[string]int{"regexp_like": 2, "regexp_replace": 3}[s.name]
	if flagArg > 0 && flagArg < len(s.args) {
		_, ok := s.konst(flagArg)
		known = known && ok
	}
	if known {
		r := &row{cols: make([]*record.Column, len(s.args))}
		for k, a := range s.args {
			if c, ok := a.(*konst); ok {
				r.cols[k] = c.col
			}
		}
		re, err := pattern(r)
		if err != nil {
			return rowFunc{}, false, err
		}
		pattern = func(*row) (*regexp.Regexp, error) { return re, nil }
	}
	switch s.name {
	case "regexp_substr":
		return rowFunc{text: func(dst []byte, r *row) ([]byte, error) {
			re, err := pattern(r)
			if err != nil {
				return nil, err
			}
			at := re.FindStringIndex(r.text(0))
			if at == nil {
				return nil, errNull
			}
			return append(dst, r.text(0)[at[0]:at[1]]...), nil
		}}, true, nil
	case "regexp_replace":
		return rowFunc{text: func(dst []byte, r *row) ([]byte, error) {
			re, err := pattern(r)
			if err != nil {
				return nil, err
			}
			return replaceRegexp(dst, re, r.text(0), r.text(2), strings.Contains(flags(r), "g")), nil
		}}, true, nil
	}
	if known {
		re, err := pattern(nil)
		if err != nil {
			return rowFunc{}, false, err
		}
		return constMatch(s, re.MatchString), true, nil
	}
	return matchFunc(s, func(r *row, text string) (bool, error) {
		re, err := pattern(r)
		if err != nil {
			return false, err
		}
		return re.MatchString(text), nil
	}, false), true, nil
}

// compileRegexp compiles RE2 syntax. Flags: i (fold case), s, n, m as in
// PostgreSQL, g is for the caller.
func compileRegexp(pattern, flags string) (*regexp.Regexp, error) {
	re2 := "s" // in PostgreSQL a dot matches a newline
	for _, f := range flags {
		switch f {
		case 'i':
			re2 += "i"
		case 'n', 'm':
			re2 = "m" + strings.ReplaceAll(re2, "s", "")
		case 'g', 's', 'c':
		default:
			return nil, invalid("22023", "regular expression option %q is not one of gimnsc", f)
		}
	}
	if re2 != "" {
		pattern = "(?" + re2 + ")" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, invalid("2201B", "%v", err)
	}
	return re, nil
}

// replaceRegexp replaces the first match, or all; \1 to \9 and \& in with
// stand for the groups and the whole match.
func replaceRegexp(dst []byte, re *regexp.Regexp, s, with string, all bool) []byte {
	n := 1
	if all {
		n = -1
	}
	end := 0
	for _, at := range re.FindAllStringSubmatchIndex(s, n) {
		dst = append(dst, s[end:at[0]]...)
		for i := 0; i < len(with); i++ {
			c := with[i]
			if c != '\\' || i+1 == len(with) {
				dst = append(dst, c)
				continue
			}
			i++
			g := int(with[i] - '0')
			if with[i] == '&' {
				g = 0
			}
			switch {
			case with[i] == '&' || g >= 1 && g <= 9:
				if 2*g+1 < len(at) && at[2*g] >= 0 {
					dst = append(dst, s[at[2*g]:at[2*g+1]]...)
				}
			default:
				dst = append(dst, with[i])
			}
		}
		end = at[1]
	}
	return append(dst, s[end:]...)
}
