// Package demo holds the data set skies: four files of real data, the tables
// they become, and statements over them with their answers.
package demo

import (
	"embed"
	"io/fs"
)

//go:embed data
var files embed.FS

// Table is one table of the demo and the file its rows come from.
type Table struct {
	Name  string
	DDL   string
	File  string
	Rows  int64
	Map   map[string]string // column -> field of the file
	Units map[string]string // TIMESTAMP column -> unit of its numbers
}

// Open opens a table's file.
func (t Table) Open() (fs.File, error) { return files.Open("data/" + t.File) }

// Tables returns the tables of the demo in the order in which they are loaded.
func Tables() []Table {
	return []Table{
		{
			Name: "airports", File: "airports.ndjson.zst", Rows: 5210,
			DDL: `CREATE TABLE airports (
  ident KEYWORD PRIMARY KEY, type KEYWORD, name TEXT, loc POINT, elev_ft BIGINT,
  country KEYWORD NOT NULL DEFAULT '', region KEYWORD, city TEXT, scheduled BOOLEAN, iata KEYWORD, keywords TEXT)`,
			Map: map[string]string{"loc": "longitude_deg,latitude_deg", "elev_ft": "elevation_ft", "country": "iso_country",
				"region": "iso_region", "city": "municipality", "scheduled": "scheduled_service", "iata": "iata_code"},
		},
		{
			Name: "flights", File: "flights.parquet", Rows: 228738,
			DDL: `CREATE TABLE flights (
  dep TIMESTAMP NOT NULL, delay BIGINT, dist BIGINT, origin KEYWORD NOT NULL, dest KEYWORD NOT NULL)
  WITH (time = 'dep', series = 'origin,dest', chunk = '30 days', shard_by = 'origin')`,
			Map:   map[string]string{"dep": "date", "dist": "distance", "dest": "destination"},
			Units: map[string]string{"dep": "us"},
		},
		{
			Name: "strikes", File: "strikes.csv.zst", Rows: 10000,
			DDL: `CREATE TABLE strikes (
  airport KEYWORD, aircraft KEYWORD, damage KEYWORD, date DATE, operator KEYWORD, state KEYWORD, phase KEYWORD,
  size KEYWORD, species KEYWORD, time_of_day KEYWORD, cost_other BIGINT, cost_repair BIGINT, cost_total BIGINT, speed_kt BIGINT)`,
			Map: map[string]string{"airport": "Airport Name", "aircraft": "Aircraft Make Model", "damage": "Effect Amount of damage",
				"date": "Flight Date", "operator": "Aircraft Airline Operator", "state": "Origin State", "phase": "Phase of flight",
				"size": "Wildlife Size", "species": "Wildlife Species", "time_of_day": "Time of day", "cost_other": "Cost Other",
				"cost_repair": "Cost Repair", "cost_total": "Cost Total $", "speed_kt": "Speed IAS in knots"},
		},
		{
			Name: "quakes", File: "quakes.ndjson.zst", Rows: 1707,
			DDL: `CREATE TABLE quakes (
  id KEYWORD PRIMARY KEY, at TIMESTAMP NOT NULL, loc POINT, depth_km DOUBLE, mag DECIMAL(4,2), kind KEYWORD, place TEXT)`,
			Map:   map[string]string{"at": "time", "loc": "lon,lat", "depth_km": "depth", "kind": "type"},
			Units: map[string]string{"at": "ms"},
		},
	}
}
