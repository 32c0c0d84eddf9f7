package plan

import (
	"math"
	"slices"
	"strings"

	"github.com/quindex/quindex/record"
)

// placeIndexed turns conditions on what is computed from a place into the
// condition on the place that the geo engine answers, where the table has such
// an index of the column:
//
//	st_distance(loc, p) <= r       st_dwithin(loc, p, r)
//	st_geohash(loc, n) = 'u4pru'   st_geohash_prefix(loc, 'u4pru'), if it has n characters
//	st_geohash(loc, n) LIKE 'u4%'  st_geohash_prefix(loc, 'u4')
//	st_s2cell(loc, 12) = id        st_s2cell_in(loc, id), if id is of that level
//
// Both have the same truth on every row, NULL included; what cannot keep that
// stays as it is, and so does an AND, OR or NOT that no index answers whole or
// in parts.
func placeIndexed(s *Scan, e Expr) Expr {
	c, ok := e.(Call)
	if !ok {
		return e
	}
	switch c.Func {
	case "and", "or", "not":
		args := slices.Clone(c.Args)
		for i := range args {
			args[i] = placeIndexed(s, args[i])
		}
		c.Args = args
		if _, ok := fieldsOf(s).condition(c); !ok {
			return e // it is computed anyway
		}
		return c
	}
	if is := placeLeaf(s, c); is != nil {
		return is
	}
	return e
}

// placeLeaf is what a condition becomes, or nil where it stays as it is.
func placeLeaf(s *Scan, c Call) Expr {
	switch c.Func {
	case "in":
		return placeIn(s, c)
	case "like", "starts_with":
		return placeLike(s, c)
	}
	return placeCompare(s, c)
}

// placeOf returns the column that call name is about, if it is indexed, and
// the call's constant, NULL if it has none.
func placeOf(s *Scan, e Expr, name string) (Col, record.Value, bool) {
	c, ok := e.(Call)
	if !ok || c.Func != name {
		return Col{}, record.Value{}, false
	}
	args := c.Args
	if _, first := args[0].(Const); first && len(args) == 2 {
		args = []Expr{args[1], args[0]} // the distance is the same both ways
	}
	col, ok := args[0].(Col)
	if !ok || !geoIndexed(s, col) {
		return Col{}, record.Value{}, false
	}
	if len(args) == 1 {
		return col, record.Value{}, true
	}
	k, ok := args[1].(Const)
	return col, k.Value, ok && k.Value.Valid
}

func geoIndexed(s *Scan, c Col) bool {
	for _, ix := range s.Table.Indexes {
		if ix.Engine == "geo" && slices.Contains(ix.Columns, s.Columns[c.Index]) {
			return true
		}
	}
	return false
}

func placeCompare(s *Scan, c Call) Expr {
	op := c.Func
	if len(c.Args) != 2 {
		return nil
	}
	l, r := c.Args[0], c.Args[1]
	if _, swapped := l.(Const); swapped {
		l, r = r, l
		if turned, ok := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]; ok {
			op = turned
		}
	}
	k, ok := r.(Const)
	if !ok || !k.Value.Valid {
		return nil
	}
	var is Expr
	if op == "=" || op == "<>" {
		is = placeIs(s, l, k.Value)
	} else if col, p, ok := placeOf(s, l, "st_distance"); ok && k.Value.Type.IsNumeric() {
		is = placeNear(col, p, op, k.Value.Float())
	}
	if is != nil && (op == "<>" || op == ">" || op == ">=") {
		return Call{Func: "not", Args: []Expr{is}, T: boolType}
	}
	return is
}

// placeNear is distance <= metres, or < for op < and >=. A distance that is
// never reached is nothing an engine is asked for.
func placeNear(col Col, p record.Value, op string, metres float64) Expr {
	switch op {
	case "<", ">=":
		metres = math.Nextafter(metres, math.Inf(-1))
	case "<=", ">":
	default:
		return nil
	}
	if !(metres >= 0) {
		return nil
	}
	return EngineCall{Function: "st_dwithin", Fields: []Expr{col}, Args: []record.Value{p, record.FloatValue(metres)}}
}

// placeIs is st_geohash or st_s2cell = v.
func placeIs(s *Scan, e Expr, v record.Value) Expr {
	if col, n, ok := placeOf(s, e, "st_geohash"); ok && v.Type.IsString() {
		want := int64(20)
		if n.Valid {
			want = n.I
		}
		if int64(len(v.S)) == want && want <= 20 {
			return EngineCall{Function: "st_geohash_prefix", Fields: []Expr{col}, Args: []record.Value{record.KeywordValue(v.S)}}
		}
	}
	if col, level, ok := placeOf(s, e, "st_s2cell"); ok && v.Type.Kind == record.Int64 && level.Valid && cellLevel(v.I) == level.I {
		return EngineCall{Function: "st_s2cell_in", Fields: []Expr{col}, Args: []record.Value{v}}
	}
	return nil
}

// cellLevel returns the level of an S2 cell's id, or -1 if it is none. An id is
// three bits of face, two a level, a 1 and zeros.
func cellLevel(id int64) int64 {
	u := uint64(id)
	if u>>61 > 5 {
		return -1
	}
	for level := range int64(31) {
		if end := uint64(1) << (60 - 2*level); u&(end-1) == 0 && u&end != 0 {
			return level
		}
	}
	return -1
}

// placeIn is IN as an OR of what each member becomes.
func placeIn(s *Scan, c Call) Expr {
	var of []Expr
	for _, a := range c.Args[1:] {
		k, ok := a.(Const)
		if !ok || !k.Value.Valid {
			return nil
		}
		is := placeIs(s, c.Args[0], k.Value)
		if is == nil {
			return nil
		}
		of = append(of, is)
	}
	switch len(of) {
	case 0:
		return nil
	case 1:
		return of[0]
	}
	return Call{Func: "or", Args: of, T: boolType}
}

// placeLike is st_geohash LIKE 'prefix%'.
func placeLike(s *Scan, c Call) Expr {
	col, n, ok := placeOf(s, c.Args[0], "st_geohash")
	if !ok || len(c.Args) != 2 {
		return nil
	}
	k, ok := c.Args[1].(Const)
	if !ok || !k.Value.Valid {
		return nil
	}
	prefix, want := k.Value.S, int64(20)
	if c.Func == "like" {
		if prefix, ok = strings.CutSuffix(prefix, "%"); !ok || strings.ContainsAny(prefix, `%_\`) {
			return nil
		}
	}
	if n.Valid {
		want = n.I
	}
	if int64(len(prefix)) > want || want > 20 {
		return nil
	}
	return EngineCall{Function: "st_geohash_prefix", Fields: []Expr{col}, Args: []record.Value{record.KeywordValue(prefix)}}
}
