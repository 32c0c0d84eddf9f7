package plan

// geoLines is the part of the table of functions that is about places. A
// GEOMETRY is WKB; what the functions mean is in package sphere.
const geoLines = `
st_makeenvelope(float float float float [int]) geom
st_geomfromtext(text [int]) geom
st_geomfromgeojson(text) geom
st_geomfromgeojson(json) geom
st_geomfromwkb(bytes [int]) geom
st_setsrid(point int) point
st_setsrid(geom int) geom
st_astext(point) text
st_astext(geom) text
st_asgeojson(point) text
st_asgeojson(geom) text
st_asbinary(point) bytes
st_asbinary(geom) bytes
st_geohash(point [int]) text
st_s2cell(point int) int
`
