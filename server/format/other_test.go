package format

import (
	"bytes"
	"os/exec"
	"testing"
)

// readByNode prints each column of an Arrow stream on stdin as JSON, as
// Apache Arrow's own JavaScript library reads it.
const readByNode = `
const { tableFromIPC } = require('apache-arrow');
const chunks = [];
process.stdin.on('data', c => chunks.push(c));
process.stdin.on('end', () => {
  const table = tableFromIPC(Buffer.concat(chunks));
  const plain = v => v === null || v === undefined ? null : typeof v === 'bigint' ? v.toString() : v instanceof Uint8Array ? Buffer.from(v).toString('hex') :
    typeof v === 'object' && v.toJSON ? JSON.parse(JSON.stringify(v.toJSON(), (_, x) => typeof x === 'bigint' ? x.toString() : x)) : v;
  console.log('rows', table.numRows);
  for (const name of ['ok', 'n', 'x', 'key', 'a text', 'day', 'loc', 'doc', 'tags', 'nums']) {
    const column = table.getChild(name);
    console.log(name, JSON.stringify([0, 1, 2].map(i => plain(column.get(i)))));
  }
});`

// TestArrowByAnotherLibrary has Apache Arrow for JavaScript read the stream.
func TestArrowByAnotherLibrary(t *testing.T) {
	if err := exec.Command("node", "-e", "require('apache-arrow')").Run(); err != nil {
		t.Skip("needs node and its package apache-arrow: npm install apache-arrow, then NODE_PATH=.../node_modules go test ./server/format")
	}
	cmd := exec.Command("node", "-e", readByNode)
	cmd.Stdin = bytes.NewReader(write(t, "arrow", 1, false))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const want = `rows 3
ok [true,false,null]
n ["7","-9223372036854775808",null]
x [0.1,null,null]
key ["plain","comma, \"quote\"\nline",null]
a text ["Zürich 日本","",null]
day [981158400000,-11670998400000,null]
loc [{"lon":8.5,"lat":47.25},{"lon":-180,"lat":90},null]
doc ["{\"a\":[1,null]}","\"x\"",null]
tags [["a","b c"],[],null]
nums [["1","2"],["-3"],null]
`
	if string(out) != want {
		t.Errorf("apache-arrow reads\n%s\nwant\n%s", out, want)
	}
}
