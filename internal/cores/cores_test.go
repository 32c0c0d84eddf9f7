package cores

import (
	"runtime"
	"testing"
)

func TestSpare(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	before := runtime.GOMAXPROCS(0)
	for _, c := range []struct{ want, compute, least int }{{0, before, before + 3}, {2, 2, 5}, {16, 16, 26}, {1, 1, 4}} {
		compute, stop := Spare(c.want)
		if compute != c.compute || runtime.GOMAXPROCS(0) < c.least {
			t.Errorf("Spare(%d): %d compute on %d Ps, want %d on at least %d", c.want, compute, runtime.GOMAXPROCS(0), c.compute, c.least)
		}
		stop()
		if now := runtime.GOMAXPROCS(0); now != before {
			t.Fatalf("Spare(%d) left %d Ps, before it were %d", c.want, now, before)
		}
	}
}

func TestSpareObeys(t *testing.T) {
	t.Setenv("GOMAXPROCS", "2")
	before := runtime.GOMAXPROCS(0)
	compute, stop := Spare(0)
	defer stop()
	if compute != before || runtime.GOMAXPROCS(0) != before {
		t.Errorf("%d compute on %d Ps, want %d on as many: the environment says how many", compute, runtime.GOMAXPROCS(0), before)
	}
}
