package wire

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// heads are beginnings of requests, and what they are.
var heads = []struct {
	text string
	want verdict
}{
	{"", more},
	{"P", more},
	{"POST /v1/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nSELECT", more},
	{"POST /v1/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nSELECT 1", plain},
	{"POST /v1/sql?format=csv&timeout=1s HTTP/1.1\r\nhost: [::1]:80\r\ncontent-length:0\r\nX-A:  b c \r\nx-a: d\r\n\r\n", plain},
	{"GET /v1/sql?q=SELECT%201 HTTP/1.1\r\nHost: x\r\nConnection: Keep-Alive\r\n\r\nGET /", plain},
	{"GET / HTTP/1.1\r\nHost: x\r\nAccept:\r\n\r\n", plain},
	{"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"PUT /", other},
	{"get / HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"GET / HTTP/1.0\r\nHost: x\r\n\r\n", other},
	{"GET / HTTP/1.1\nHost: x\n\n" + "\r\n\r\n", other},
	{"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"GET //x/ HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"GET /%2e HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"GET /? HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"GET /?a#b HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"GET / HTTP/1.1\r\n\r\n", other},
	{"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", other},
	{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", other},
	{"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", other},
	{"GET / HTTP/1.1\r\nHost : x\r\n\r\n", other},
	{"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n", other},
	{"GET / HTTP/1.1\r\nHost: x\r\nA: b\nc\r\n\r\n", other},
	{"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", other},
	{"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", other},
	{"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n", other},
	{"POST / HTTP/1.1\r\nHost: x\r\n\r\n", other},
	{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", other},
	{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", other},
	{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na", other},
	{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na", other},
	{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n", other},
	{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8192\r\n\r\n", other},
	{"GET / HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", most), other},
}

func TestParse(t *testing.T) {
	for _, h := range heads {
		if _, got := parse(&http.Request{}, []byte(h.text)); got != h.want {
			t.Errorf("%.200q is %d, want %d", h.text, got, h.want)
		}
	}
}

// FuzzParse holds what is taken for plain against what net/http reads.
func FuzzParse(f *testing.F) {
	for _, h := range heads {
		f.Add([]byte(h.text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got := &http.Request{}
		n, v := parse(got, b)
		if v != plain {
			return
		}
		in := bufio.NewReader(bytes.NewReader(b))
		want, err := http.ReadRequest(in)
		if err != nil {
			t.Fatalf("%q is taken for plain: %v", b, err)
		}
		body, err := io.ReadAll(want.Body)
		if left, _ := io.ReadAll(in); err != nil || len(b)-n != len(left) || !bytes.Equal(body, b[n-int(got.ContentLength):n]) {
			t.Fatalf("%q has %d bytes, body %q, want %q, %v", b, n, b[n-int(got.ContentLength):n], body, err)
		}
		want.Body = nil
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is\n%+v, want\n%+v", b, got, want)
		}
	})
}
