package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/quindex/quindex/fault"
)

// TestScripts runs testdata/*: the command "plan" prints the plan of a
// statement, "json" the same as JSON, "bind" that before any rewriting, "types"
// the columns.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.Contains(path, "fuzz") {
			t.Skip()
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			q, err := parseQuery(t, d.Input)
			if err != nil {
				return errorText(err)
			}
			o := testOptions(t, d.Input)
			var p *Plan
			switch d.Cmd {
			case "plan", "types", "json":
				p, err = Query(q, o)
			case "bind":
				p, err = Bind(q, o)
			default:
				d.Fatalf(t, "no such command: %s", d.Cmd)
			}
			if err != nil {
				return errorText(err)
			}
			if d.Cmd == "types" {
				return typesText(p)
			}
			if d.Cmd == "json" {
				text, err := p.ExplainJSON()
				if err != nil {
					d.Fatalf(t, "%v", err)
				}
				return string(text)
			}
			return p.Explain()
		})
	})
}

func typesText(p *Plan) string {
	var b strings.Builder
	for _, c := range p.Columns {
		fmt.Fprintf(&b, "%s %s\n", c.Name, c.Type)
	}
	for i, t := range p.ParamTypes {
		fmt.Fprintf(&b, "$%d %s\n", i+1, t)
	}
	return b.String()
}

func errorText(err error) string {
	out := fmt.Sprintf("%s %s\n", fault.CodeOf(err), err)
	if h := fault.HintOf(err); h != "" {
		out += "hint: " + h + "\n"
	}
	return out
}
