package main

import (
	"bufio"
	"io"
	"strings"
	"testing"
)

func TestCopyRows(t *testing.T) {
	fields := []field{{name: "id"}, {name: "name"}, {name: "loc"}, {name: "on"}}
	in := `{"id":7,"name":"a\tb\\c\nd","loc":[-1.5,2],"on":true}
{"loc":null,"id":-1,"name":""}
`
	got, err := io.ReadAll(&copyRows{lines: bufio.NewScanner(strings.NewReader(in)), fields: fields})
	want := "7\ta\\tb\\\\c\\nd\tSRID=4326;POINT(-1.5 2)\ttrue\n-1\t\t\\N\t\\N\n"
	if err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if _, err := io.ReadAll(&copyRows{lines: bufio.NewScanner(strings.NewReader("{]")), fields: fields}); err == nil {
		t.Error("a broken line was taken")
	}
}
