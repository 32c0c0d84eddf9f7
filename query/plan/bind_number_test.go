package plan

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quindex/quindex/record"
)

// TestNumbersCompared checks that BIGINT and DECIMAL values compare with numbers
// of any digits as what is written does, near their bounds and elsewhere.
func TestNumbersCompared(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	o := testOptions(t, "")
	near := func() *big.Int {
		base := []string{"0", "9223372036854775807", "-9223372036854775808", "922337203685477580", "999999999999999999", "-999999999999999999"}[r.IntN(6)]
		n, _ := new(big.Int).SetString(base, 10)
		return n.Add(n, big.NewInt(int64(r.IntN(7)-3)))
	}
	for range 4000 {
		scale, x := r.IntN(3), near()
		for !x.IsInt64() || scale > 0 && len(new(big.Int).Abs(x).String()) > record.MaxDigits {
			x = near()
		}
		value := new(big.Rat).SetFrac(x, big.NewInt(record.Pow10(scale)))
		a := x.String()
		if scale > 0 {
			a = fmt.Sprintf("'%s'::DECIMAL(18, %d)", value.FloatString(scale), scale)
		}
		b := near().String()
		if r.IntN(2) == 0 {
			b += "." + []string{"0", "5", "25", "000000000000000000000", "000000000000000000001"}[r.IntN(5)]
		}
		cmp := value.Cmp(ratOf(b))
		if r.IntN(2) == 0 {
			a, b, cmp = b, a, -cmp
		}
		for op, want := range map[string]bool{"=": cmp == 0, "<>": cmp != 0, "<": cmp < 0, "<=": cmp <= 0, ">": cmp > 0, ">=": cmp >= 0,
			"IS DISTINCT FROM": cmp != 0, "IS NOT DISTINCT FROM": cmp == 0} {
			text := fmt.Sprintf("SELECT %s %s %s", a, op, b)
			q, err := parseQuery(t, text)
			if err != nil {
				t.Fatal(err)
			}
			p, err := Query(q, o)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if got := p.Root.(*Project).Exprs[0]; got.String() != (Const{record.BoolValue(want)}).String() {
				t.Errorf("%s: %s, want %v", text, got, want)
			}
		}
	}
}
