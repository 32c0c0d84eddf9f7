package plan

import (
	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/record"
)

// ParseText reads text as a value of t, as record.ParseText does; a GEOMETRY may
// be written as WKT and GeoJSON too.
func ParseText(t record.Type, text string) (record.Value, error) {
	v, err := record.ParseText(t, text)
	if err == nil || t.Kind != record.Geometry {
		return v, err
	}
	wkb, err := sphere.TextToWKB(text)
	if err != nil {
		return record.Value{}, err
	}
	return record.Value{Type: t, Valid: true, S: wkb}, nil
}
