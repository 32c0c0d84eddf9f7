package node

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// seeded returns the random numbers of a test: those of QUINDEX_SEED, or others
// each time, with how to repeat them in the test's log.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("QUINDEX_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("QUINDEX_SEED: %v", err)
		}
	}
	t.Logf("repeat with: QUINDEX_SEED=%d go test ./server/node -run '^%s$'", seed, t.Name())
	return rand.New(rand.NewPCG(seed, 0))
}
