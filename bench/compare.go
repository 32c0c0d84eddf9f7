package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cell is one value of an answer, in a form that all systems share.
type cell struct {
	kind cellKind
	text string // what is printed; integers and texts are compared by it
	num  float64
}

type cellKind int

const (
	nullCell cellKind = iota
	integerCell
	floatCell
	textCell // times and days too
)

func (c cell) String() string { return c.text }

// differ says how two answers differ, or "". Integers and texts must be the
// same, floats agree to nine digits; the order of rows counts only if ordered.
func differ(a, b [][]any, ordered bool) string {
	if len(a) != len(b) {
		return fmt.Sprintf("%d rows against %d", len(a), len(b))
	}
	x, y := canonical(a, ordered), canonical(b, ordered)
	for i := range x {
		if !slices.EqualFunc(x[i], y[i], same) {
			return fmt.Sprintf("row %v against %v", x[i], y[i])
		}
	}
	return ""
}

// canonical makes cells of rows, sorted unless their order is part of the answer.
func canonical(rows [][]any, ordered bool) [][]cell {
	out := make([][]cell, len(rows))
	for i, r := range rows {
		for _, v := range r {
			out[i] = append(out[i], cellOf(v))
		}
	}
	if !ordered {
		slices.SortFunc(out, func(a, b []cell) int { return slices.CompareFunc(a, b, compareCells) })
	}
	return out
}

func cellOf(v any) cell {
	switch v := v.(type) {
	case nil:
		return cell{text: "NULL"}
	case float64:
		return float(v)
	case float32:
		return float(float64(v))
	case json.Number:
		if n, ok := new(big.Int).SetString(v.String(), 10); ok {
			return integer(n)
		}
		if f, err := v.Float64(); err == nil {
			return float(f)
		}
		return cell{kind: textCell, text: v.String()}
	case int64:
		return integer(big.NewInt(v))
	case int32:
		return integer(big.NewInt(int64(v)))
	case *big.Int:
		return integer(v)
	case time.Time:
		return cell{kind: textCell, text: v.UTC().Format("2006-01-02T15:04:05.999999999Z")}
	case string:
		for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
			if t, err := time.Parse(layout, v); err == nil {
				return cellOf(t)
			}
		}
		return cell{kind: textCell, text: v}
	}
	return cell{kind: textCell, text: fmt.Sprint(v)}
}

func integer(n *big.Int) cell {
	f, _ := n.Float64()
	return cell{integerCell, n.String(), f}
}

func float(f float64) cell { return cell{floatCell, strconv.FormatFloat(f, 'g', -1, 64), f} }

// same compares two cells. A float may meet an integer: some systems print a
// mean that is whole without a point.
func same(a, b cell) bool {
	if a.kind == floatCell && b.number() || b.kind == floatCell && a.number() {
		return math.Abs(a.num-b.num) <= 1e-9*max(math.Abs(a.num), math.Abs(b.num))
	}
	return a.kind == b.kind && a.text == b.text
}

func (c cell) number() bool { return c.kind == integerCell || c.kind == floatCell }

// compareCells sorts rows. Floats that are the same are equal here too, so
// that a last digit does not pair the wrong rows.
func compareCells(a, b cell) int {
	if a.number() && b.number() {
		if same(a, b) {
			return 0
		}
		if c := cmp.Compare(a.num, b.num); c != 0 {
			return c
		}
	}
	if a.number() != b.number() {
		return cmp.Compare(a.kind, b.kind)
	}
	return strings.Compare(a.text, b.text)
}
