package demo

// Graphs returns the statements that make the demo's property graphs, which
// come after the tables.
func Graphs() []string {
	return []string{`CREATE PROPERTY GRAPH IF NOT EXISTS skies
  VERTEX TABLES (airports KEY (iata))
  EDGE TABLES (flights SOURCE KEY (origin) REFERENCES airports (iata) DESTINATION KEY (dest) REFERENCES airports (iata) LABEL flies)`}
}
