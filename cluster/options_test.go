package cluster

import (
	"strings"
	"testing"

	"github.com/quindex/quindex/fault"
)

func TestOptions(t *testing.T) {
	f := func(o Options, want fault.Kind) {
		t.Helper()
		o, err := o.withDefaults()
		if err == nil && want != fault.Other || err != nil && !fault.Is(err, want) {
			t.Errorf("%v: error %v, wanted %v", o, err, want)
		}
	}
	f(Options{Dir: "d"}, fault.Other)
	f(Options{Dir: "d", Listen: "localhost:0"}, fault.Other)
	f(Options{Dir: "d", Listen: "[::1]:0"}, fault.Other)
	f(Options{Dir: "d", Listen: "0.0.0.0:0", Insecure: true}, fault.Other)
	f(Options{}, fault.Invalid)
	f(Options{Dir: "d", Shards: -1}, fault.Invalid)
	f(Options{Dir: "d", Shards: maxShards + 1}, fault.Invalid)
	f(Options{Dir: "d", Listen: "no port"}, fault.Invalid)
	f(Options{Dir: "d", Listen: ":8482"}, fault.Permission)
	f(Options{Dir: "d", Listen: "192.0.2.1:8482"}, fault.Permission)
}

func TestIdentityIsKept(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	o.NodeID = "first"
	openRig(t, o).mustClose(t)

	o.NodeID, o.Shards = "", 0
	r := openRig(t, o)
	if r.ID() != "first" || len(r.Groups()) != 3 {
		t.Errorf("node %s with %d groups", r.ID(), len(r.Groups()))
	}
	r.mustClose(t)

	o.NodeID = "second"
	if _, err := tryOpen(t.Context(), o); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "first") {
		t.Errorf("error %v", err)
	}
	o.NodeID, o.Shards = "", 3
	if _, err := tryOpen(t.Context(), o); !fault.Is(err, fault.Unsupported) || fault.HintOf(err) == "" {
		t.Errorf("error %v", err)
	}
}
