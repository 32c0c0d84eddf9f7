package bench

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// differ says how two answers differ, or "". Rows are compared without
// regard to order, floats to nine digits.
func differ(a, b [][]any) string {
	if len(a) != len(b) {
		return fmt.Sprintf("%d rows against %d", len(a), len(b))
	}
	x, y := canonical(a), canonical(b)
	for i := range x {
		for k := range x[i] {
			if k >= len(y[i]) || !same(x[i][k], y[i][k]) {
				return fmt.Sprintf("row %v against %v", x[i], y[i])
			}
		}
	}
	return ""
}

// canonical brings rows into a form and an order that all systems share.
func canonical(rows [][]any) [][]string {
	out := make([][]string, len(rows))
	for i, r := range rows {
		for _, v := range r {
			out[i] = append(out[i], cell(v))
		}
	}
	slices.SortFunc(out, func(a, b []string) int { return slices.CompareFunc(a, b, compareCells) })
	return out
}

// cell prints a value so that the same value of any system prints alike.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case float64:
		return number(v)
	case float32:
		return number(float64(v))
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		if _, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return v.String()
		}
		return number(f)
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.999999999Z")
	case string:
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return cell(t)
		}
		return v
	}
	return fmt.Sprint(v)
}

func number(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// same compares two printed cells: numbers to nine digits.
func same(a, b string) bool {
	if a == b {
		return true
	}
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && math.Abs(x-y) <= 1e-9*max(math.Abs(x), math.Abs(y))
}

// compareCells orders numbers by value, roughly, so that a last digit that
// differs does not change the order of rows.
func compareCells(a, b string) int {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err1 == nil && err2 == nil {
		if same(a, b) {
			return 0
		}
		if x < y {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}
