package geo

import (
	"fmt"
	"strings"
	"sync"

	"github.com/golang/geo/s2"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// The engine's functions. Nearest is a condition that every place meets: what
// it is for is its order, see Index.Rank.
const (
	DWithin       = "st_dwithin"
	Within        = "st_within"
	CoveredBy     = "st_coveredby"
	Intersects    = "st_intersects"
	Contains      = "st_contains"
	Covers        = "st_covers"
	GeohashPrefix = "st_geohash_prefix"
	InS2Cell      = "st_s2cell_in"
	Nearest       = "st_nearest"
)

// Functions lists the conditions on places.
func (e Engine) Functions() []engines.Function {
	if e.shapes == nil {
		e.shapes = &shapes{}
	}
	shape := engines.Arg{Name: "shape", Kinds: []record.Kind{record.Geometry, record.Keyword, record.Text, record.Point}}
	number := func(name string, k record.Kind) engines.Arg {
		return engines.Arg{Name: name, Kinds: []record.Kind{k}}
	}
	var out []engines.Function
	add := func(name, doc string, fieldAt []int, args ...engines.Arg) {
		out = append(out, engines.Function{Name: name, Fields: []record.Kind{record.Point}, FieldAt: fieldAt, Args: args, Eval: e.eval(name), Doc: doc})
	}
	either, second := []int{0, 1}, []int{1}
	center := engines.Arg{Name: "point", Kinds: []record.Kind{record.Point, record.Geometry}}
	add(DWithin, "st_dwithin(field, point, metres): at most that far along the sphere", either, center, number("metres", record.Float64))
	add(Within, "st_within(field, shape): inside the shape, not on its boundary", nil, shape)
	add(CoveredBy, "st_coveredby(field, shape): inside the shape or on its boundary", nil, shape)
	add(Intersects, "st_intersects(field, shape): inside the shape or on its boundary", either, shape)
	add(Contains, "st_contains(shape, field): the shape has the place inside, not on its boundary", second, shape)
	add(Covers, "st_covers(shape, field): the shape has the place inside or on its boundary", second, shape)
	add(GeohashPrefix, "st_geohash_prefix(field, prefix): the place's geohash begins so", nil, number("prefix", record.Keyword))
	add(InS2Cell, "st_s2cell_in(field, cell): the place lies in the S2 cell of that id", nil, number("cell", record.Int64))
	add(Nearest, "st_nearest(field, point): there is a place; ordered by its distance", nil, center)
	return out
}

// condition is a Call made ready: a region, or for cells a range of leaves too.
type condition struct {
	region region
	closed bool // the boundary belongs to it
	any    bool // every place meets it

	// InS2Cell: the range of leaves, and region is a circle round it; 0, 0 otherwise.
	first, last uint64
	name        string // how it is found, for EXPLAIN
}

// holds decides one place, with the region that is left of the condition's.
func (c *condition) holds(r region, lon, lat float64) bool {
	if c.last != 0 {
		leaf := uint64(sphere.Cell(lon, lat))
		return leaf >= c.first && leaf <= c.last
	}
	at := r.locate(lon, lat)
	return at == sphere.Inside || c.closed && at == sphere.Boundary
}

// compile makes a call ready. Constants that make no sense are errors.
func (s *shapes) compile(function string, args []record.Value) (*condition, error) {
	for _, a := range args {
		if a.IsNull() {
			return nil, nil // Unknown for every row
		}
	}
	if want := map[string]int{DWithin: 2}[function]; len(args) != max(want, 1) {
		return nil, fault.Errorf("geo: "+function, fault.Invalid, "%d constants, want %d", len(args), max(want, 1))
	}
	if k := args[0]; k.Type.Kind == record.Point && !sphere.Valid(k.F, k.Lat) {
		return nil, bad(function, fmt.Sprintf("point (%v, %v), want a longitude in [-180, 180] and a latitude in [-90, 90]", k.F, k.Lat))
	}
	switch function {
	case DWithin:
		lon, lat, err := center(function, args[0])
		if err != nil {
			return nil, err
		}
		metres := args[1].Float()
		if !(metres >= 0) {
			return nil, bad(function, fmt.Sprintf("a distance of %v metres, want 0 or more", metres))
		}
		return &condition{region: newCircle(lon, lat, metres), name: "tree"}, nil
	case Nearest:
		_, _, err := center(function, args[0])
		return &condition{any: true, name: "nearest"}, err
	case GeohashPrefix:
		return geohash(args[0].S), nil
	case InS2Cell:
		return cell(s2.CellID(args[0].I))
	case Within, Contains:
		return s.shape(function, args[0], false)
	case CoveredBy, Covers, Intersects:
		return s.shape(function, args[0], true)
	}
	return nil, fault.E("geo: compile", fault.Unsupported, fault.Item(function), "no such function of the engine")
}

// center returns a constant point, which may be a shape that is one.
func center(function string, v record.Value) (lon, lat float64, err error) {
	if v.Type.Kind != record.Geometry {
		return v.F, v.Lat, nil
	}
	s, err := sphere.Parse(v.S)
	switch {
	case err != nil:
		return 0, 0, fault.E("geo: "+function, err)
	case len(s.Points) != 1 || len(s.Boxes)+len(s.Paths) > 0:
		return 0, 0, bad(function, "a shape that is not one point")
	}
	return s.Points[0][0], s.Points[0][1], nil
}

func bad(function, why string) error {
	return fault.E("geo: "+function, fault.Invalid, fault.Code("22023"), why)
}

// geohash is the places whose geohash begins with prefix; none if it is no geohash.
func geohash(prefix string) *condition {
	b, ok := sphere.GeohashBox(prefix)
	if !ok {
		return &condition{region: union{}, name: "geohash"}
	}
	return &condition{region: &hashed{*newEnvelope(b), prefix}, name: "geohash"}
}

// hashed is a geohash's cell: an envelope of which two sides belong to the
// neighbours.
type hashed struct {
	envelope
	prefix string
}

func (h *hashed) box(b *box) (verdict, region) {
	v, _ := h.envelope.box(b)
	return v, h
}

func (h *hashed) locate(lon, lat float64) sphere.Relation {
	if len(h.prefix) == 0 || sphere.Geohash(lon, lat, len(h.prefix)) == h.prefix {
		return sphere.Inside
	}
	return sphere.Outside
}

// cell is the places in one S2 cell.
func cell(id s2.CellID) (*condition, error) {
	if !id.IsValid() {
		return nil, bad(InS2Cell, fmt.Sprintf("%d is not the id of a cell", int64(id)))
	}
	around := newAround(s2.CellFromCellID(id).CapBound())
	c := &circle{q: around.center, in2: -1, out2: around.chord2}
	return &condition{region: c, first: uint64(id.RangeMin()), last: uint64(id.RangeMax()), name: "s2cell"}, nil
}

func (s *shapes) shape(function string, v record.Value, closed bool) (*condition, error) {
	r, err := s.get(v)
	if err != nil {
		return nil, fault.E("geo: "+function, err)
	}
	return &condition{region: r, closed: closed, name: "tree"}, nil
}

// regionOf turns a shape into regions.
func regionOf(sh *sphere.Shape) region {
	u := union{}
	for _, b := range sh.Boxes {
		u = append(u, newEnvelope(b))
	}
	for _, p := range sh.Paths {
		u = append(u, newPath(p))
	}
	for _, p := range sh.Points {
		u = append(u, newSpot(p[0], p[1]))
	}
	if len(u) == 1 {
		return u[0]
	}
	return u
}

// shapes keeps the last few shapes read: a condition is asked of many segments
// and, in open rows, of many rows. nil keeps none.
type shapes struct {
	mu   sync.Mutex
	last [4]kept
	next int // the one to be replaced
}

type kept struct {
	text   string
	kind   record.Kind
	region region
}

func (s *shapes) get(v record.Value) (region, error) {
	if v.Type.Kind == record.Point {
		return newSpot(v.F, v.Lat), nil
	}
	if s == nil {
		return readShape(v)
	}
	if r := s.find(v); r != nil {
		return r, nil
	}
	r, err := readShape(v)
	if err != nil {
		return nil, err
	}
	text := strings.Clone(v.S) // it may lie in a file that is mapped only as long as its segment lives
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last[s.next] = kept{text, v.Type.Kind, r}
	s.next = (s.next + 1) % len(s.last)
	return r, nil
}

func (s *shapes) find(v record.Value) region {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.last {
		if k.region != nil && k.kind == v.Type.Kind && k.text == v.S {
			return k.region
		}
	}
	return nil
}

func readShape(v record.Value) (region, error) {
	read := sphere.Parse
	if v.Type.IsString() {
		read = sphere.ParseText
	}
	sh, err := read(v.S)
	if err != nil {
		return nil, err
	}
	return regionOf(sh), nil
}

// eval is the slow truth of a function: the exact question about one place,
// asked of the whole shape.
func (e Engine) eval(name string) predicate.EvalFunc {
	return func(fields, args []record.Value) (predicate.Truth, error) {
		c, err := e.shapes.compile(name, args)
		switch {
		case err != nil:
			return predicate.Unknown, err
		case c == nil:
			return predicate.Unknown, nil
		case sphere.Valid(fields[0].F, fields[0].Lat) && (c.any || c.holds(c.region, fields[0].F, fields[0].Lat)):
			return predicate.True, nil
		}
		return predicate.False, nil
	}
}
