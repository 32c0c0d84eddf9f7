package plan

import "encoding/json"

// jsonNode is one operator of EXPLAIN (FORMAT JSON).
type jsonNode struct {
	Operator string     `json:"operator"`          // as Label gives it
	Details  []string   `json:"details,omitempty"` // "where ...", "filter ...", "on ..."
	Columns  []string   `json:"columns"`
	Inputs   []jsonNode `json:"inputs,omitempty"`
}

func jsonOf(n Node) jsonNode {
	out := jsonNode{Operator: Label(n), Details: Details(n), Columns: names(n.Output())}
	for _, in := range n.Inputs() {
		out.Inputs = append(out.Inputs, jsonOf(in))
	}
	return out
}

// ExplainJSON returns what Explain does as JSON: {"plan": operator,
// "subqueries": [operator, ...]}.
func (p *Plan) ExplainJSON() ([]byte, error) {
	doc := struct {
		Plan       jsonNode   `json:"plan"`
		Subqueries []jsonNode `json:"subqueries,omitempty"`
	}{Plan: jsonOf(p.Root)}
	for _, n := range p.Subqueries {
		doc.Subqueries = append(doc.Subqueries, jsonOf(n))
	}
	return json.Marshal(doc)
}
