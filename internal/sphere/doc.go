// Package sphere is the geometry of longitude and latitude: distances in
// metres on one sphere, what lies inside a shape, geohashes, and shapes as WKB,
// WKT and GeoJSON. It is the one place that says what these mean; the geo
// engine, the kernels and the binder's folding all ask here.
//
// Degrees are WGS84, longitude first. Edges of polygons and lines are the
// shorter way along a great circle. An envelope is another thing: its sides are
// meridians and parallels, and it knows its west from its east (see Envelope).
package sphere
