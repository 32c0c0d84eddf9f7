package store

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		var out bytes.Buffer
		start := time.Now()
		w := &throttle{ctx: ctx, w: &out, rate: 1 << 20, since: start}
		for range 80 {
			if _, err := w.Write(make([]byte, 128<<10)); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 9*time.Second || took > 11*time.Second || out.Len() != 10<<20 {
			t.Errorf("%d bytes in %v, want 10 MiB in 10 s", out.Len(), took)
		}
		cancel()
		if _, err := w.Write(make([]byte, 1<<20)); !errors.Is(err, context.Canceled) {
			t.Errorf("after cancel: %v", err)
		}
	})
}
