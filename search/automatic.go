package search

import "github.com/quindex/quindex/record"

// Automatic gives every TEXT field an index, with the field's own analyzer.
func (*Engine) Automatic(f record.Field) (map[string]string, bool) {
	return nil, f.Type.Kind == record.Text
}
