package engines

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
)

// Span is bytes [Start, End) of a text.
type Span struct{ Start, End int }

// Highlighter is an engine that can show where in a text its conditions hold.
type Highlighter interface {
	Engine
	// Highlight returns the places of text that make c, a bound call, true:
	// ascending and apart, none where it is not true.
	Highlight(c predicate.Call, text string) ([]Span, error)
}

// Highlight returns text with before and after put around what makes any of calls true.
func (r *Registry) Highlight(calls []predicate.Call, text, before, after string) (string, error) {
	var spans []Span
	for _, c := range calls {
		h, ok := r.byName[r.functions[c.Function].engine].(Highlighter)
		if !ok {
			return "", fault.E("engines: highlight", fault.Unsupported, fault.Item(c.Function), "nobody can show where it holds")
		}
		some, err := h.Highlight(c, text)
		if err != nil {
			return "", err
		}
		spans = append(spans, some...)
	}
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	var b strings.Builder
	at := 0
	for i := 0; i < len(spans); {
		s := spans[i]
		for i++; i < len(spans) && spans[i].Start < s.End; i++ {
			s.End = max(s.End, spans[i].End)
		}
		b.WriteString(text[at:s.Start] + before + text[s.Start:s.End] + after)
		at = s.End
	}
	b.WriteString(text[at:])
	return b.String(), nil
}
