package scalar

import (
	"math"

	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/record"
)

// places are the functions of points and shapes.
var places = map[string]function{
	"st_distance": func(a Values, _ record.Type) (record.Value, error) {
		return float(sphere.Distance(a[0].F, a[0].Lat, a[1].F, a[1].Lat))
	},
	"st_makeenvelope": func(a Values, _ record.Type) (record.Value, error) {
		if len(a) > 4 && !wgs84(a[4].I) {
			return invalid("only longitude and latitude in WGS84 are known: SRID 4326, or 0")
		}
		return shape(sphere.Envelope(a[0].F, a[1].F, a[2].F, a[3].F))
	},
	"st_geomfromtext": func(a Values, _ record.Type) (record.Value, error) {
		if len(a) > 1 && !wgs84(a[1].I) {
			return invalid("only longitude and latitude in WGS84 are known: SRID 4326, or 0")
		}
		return shape(sphere.FromWKT(a[0].S))
	},
	"st_geomfromgeojson": func(a Values, _ record.Type) (record.Value, error) { return shape(sphere.FromGeoJSON(a[0].S)) },
	"st_geomfromwkb": func(a Values, _ record.Type) (record.Value, error) {
		if len(a) > 1 && !wgs84(a[1].I) {
			return invalid("only longitude and latitude in WGS84 are known: SRID 4326, or 0")
		}
		return shape(sphere.FromWKB(a[0].S))
	},
	"st_setsrid": func(a Values, _ record.Type) (record.Value, error) {
		if !wgs84(a[1].I) {
			return invalid("only longitude and latitude in WGS84 are known: SRID 4326, or 0")
		}
		return a[0], nil
	},
	"st_astext": func(a Values, _ record.Type) (record.Value, error) {
		return written(a[0], sphere.WKT)
	},
	"st_asgeojson": func(a Values, _ record.Type) (record.Value, error) { return written(a[0], sphere.GeoJSON) },
	"st_asbinary": func(a Values, _ record.Type) (record.Value, error) {
		v, err := written(a[0], sphere.FromWKB)
		v.Type = record.T(record.Bytes)
		return v, err
	},
	"st_geohash": func(a Values, _ record.Type) (record.Value, error) {
		n := int64(sphere.MaxGeohash)
		if len(a) > 1 {
			n = a[1].I
		}
		if n < 1 || n > sphere.MaxGeohash {
			return invalid("a geohash has 1 to 20 characters")
		}
		return text(sphere.Geohash(a[0].F, a[0].Lat, int(n)))
	},
	"st_s2cell": func(a Values, _ record.Type) (record.Value, error) {
		if a[1].I < 0 || a[1].I > 30 {
			return invalid("levels of S2 cells are 0 to 30")
		}
		return integer(int64(sphere.Cell(a[0].F, a[0].Lat).Parent(int(a[1].I))))
	},
}

// Place computes the function name of points and shapes, and reports false if
// it is none of them.
func Place(name string, args Values, result record.Type) (record.Value, bool, error) {
	f, ok := places[name]
	if !ok {
		return record.Value{}, false, nil
	}
	for i := range args {
		if args[i].Type.Kind == record.Point && (math.IsNaN(args[i].F) || math.IsNaN(args[i].Lat)) {
			return record.NullOf(result), true, nil
		}
	}
	v, err := typed(f(args, result))(result)
	return v, true, err
}

func wgs84(srid int64) bool { return srid == 4326 || srid == 0 }

func shape(wkb string, err error) (record.Value, error) {
	return record.Value{Type: record.T(record.Geometry), Valid: err == nil, S: wkb}, err
}

// written writes a shape, or a point as one.
func written(v record.Value, write func(wkb string) (string, error)) (record.Value, error) {
	wkb := v.S
	if v.Type.Kind == record.Point {
		var err error
		if wkb, err = sphere.FromPoint(v.F, v.Lat); err != nil {
			return record.Value{}, err
		}
	}
	s, err := write(wkb)
	if err != nil {
		return record.Value{}, err
	}
	return text(s)
}
