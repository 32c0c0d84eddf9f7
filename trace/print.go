package trace

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// wire is the JSON form of a span.
type wire struct {
	Name     string           `json:"name"`
	Nanos    int64            `json:"nanos"`
	Counts   map[string]int64 `json:"counts,omitempty"`
	Keys     []string         `json:"order,omitempty"` // of Counts
	Children []*Span          `json:"children,omitempty"`
}

// view is a copy of s as it is now: a step that goes on has taken until now.
func (s *Span) view() wire {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := wire{Name: s.name, Nanos: int64(s.took), Counts: map[string]int64{}}
	if !s.ended {
		w.Nanos = int64(time.Since(s.start))
	}
	for _, k := range s.keys {
		w.Counts[k] = s.counts[k]
	}
	w.Keys = append(w.Keys, s.keys...)
	w.Children = append(w.Children, s.children...)
	return w
}

// MarshalJSON gives {name, nanos, counts, order, children}.
func (s *Span) MarshalJSON() ([]byte, error) { return json.Marshal(s.view()) }

// UnmarshalJSON reads what MarshalJSON wrote, as a span that has ended.
func (s *Span) UnmarshalJSON(b []byte) error {
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return fmt.Errorf("trace: decode: %w", err)
	}
	s.name, s.took, s.ended = w.Name, time.Duration(w.Nanos), true
	for _, c := range w.Children {
		s.Attach(c)
	}
	for _, k := range w.Keys {
		s.Add(k, w.Counts[k])
	}
	return nil
}

// String is the tree as text: a line a step, steps within it indented.
func (s *Span) String() string {
	if s == nil {
		return ""
	}
	var b strings.Builder
	s.write(&b, "")
	return b.String()
}

func (s *Span) write(b *strings.Builder, indent string) {
	w := s.view()
	fmt.Fprintf(b, "%s%s  %v", indent, w.Name, time.Duration(w.Nanos).Round(time.Microsecond))
	for _, k := range w.Keys {
		fmt.Fprintf(b, "  %s=%d", k, w.Counts[k])
	}
	b.WriteByte('\n')
	for _, c := range w.Children {
		c.write(b, indent+"  ")
	}
}

// ServerTiming is the steps directly within s as the value of that header, and s as total.
func (s *Span) ServerTiming() string {
	if s == nil {
		return ""
	}
	entry := func(name string, ns int64) string { return fmt.Sprintf("%s;dur=%.3f", token(name), float64(ns)/1e6) }
	w := s.view()
	var parts []string
	for _, c := range w.Children {
		parts = append(parts, entry(c.name, c.view().Nanos))
	}
	return strings.Join(append(parts, entry("total", w.Nanos)), ", ")
}

// token replaces what a header's token cannot hold.
func token(name string) string {
	return strings.Map(func(c rune) rune {
		if c == '-' || c == '.' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return '_'
	}, name)
}
