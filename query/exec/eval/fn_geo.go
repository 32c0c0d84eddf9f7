package eval

import (
	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/query/plan/scalar"
	"github.com/quindex/quindex/record"
)

// geoFunc computes functions of points and shapes. Reading and writing shapes
// costs more than the values it is done on, so these share their meaning with
// the binder's folding; only the distance, which is asked of every row, has a
// kernel.
func geoFunc(s *site) (rowFunc, bool, error) {
	switch s.name {
	case "st_distance":
		return rowFunc{sure: true, float: func(r *row) (float64, error) {
			lon1, lat1 := r.point(0)
			lon2, lat2 := r.point(1)
			return sphere.Distance(lon1, lat1, lon2, lat2), nil
		}}, true, nil
	case "st_makeenvelope", "st_geomfromtext", "st_geomfromgeojson", "st_geomfromwkb", "st_setsrid",
		"st_astext", "st_asgeojson", "st_asbinary", "st_geohash", "st_s2cell":
		return rowFunc{value: func(r *row) (record.Value, error) {
			var buf [5]record.Value
			args := buf[:len(s.types)]
			for k := range args {
				args[k] = r.value(k)
			}
			v, _, err := scalar.Place(s.name, args, s.t)
			if err == nil && !v.Valid {
				err = errNull
			}
			return v, err
		}}, true, nil
	}
	return rowFunc{}, false, nil
}
