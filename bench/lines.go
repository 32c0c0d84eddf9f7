package bench

import (
	"strconv"
	"time"
)

// Line is one row of the lineitem table, in the shape of TPC-H's: made by
// rules of our own, not by dbgen. Money and rates are DOUBLE on both sides.
type Line struct {
	OrderKey, PartKey, SuppKey, Number int64
	Quantity, Price, Discount, Tax     float64
	Flag, Status                       string
	ShipDate                           time.Time
}

// LinesDDL is the lineitem table in quindex.
const LinesDDL = `CREATE TABLE lineitem (l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber BIGINT, l_quantity DOUBLE,
 l_extendedprice DOUBLE, l_discount DOUBLE, l_tax DOUBLE, l_returnflag KEYWORD, l_linestatus KEYWORD, l_shipdate DATE)`

const (
	firstDay   = 8035 // 1992-01-01, days since 1970
	currentDay = 9298 // 1995-06-17: TPC-H's CURRENTDATE
)

// Lines makes n line items, the same for the same seed.
func Lines(seed uint64, n int, yield func(i int, l *Line) bool) {
	r := NewRand(seed)
	var l Line
	order, left, day := int64(0), 0, 0
	number := int64(0)
	for i := range n {
		if left == 0 {
			order++
			if order%8 == 0 {
				order += 24 // keys are sparse, as in TPC-H
			}
			left, number, day = 1+r.N(7), 0, firstDay+r.N(2406)
		}
		left--
		number++
		part, quantity := 1+r.N(200_000), 1+r.N(50)
		ship := day + 1 + r.N(121)
		received := ship + 1 + r.N(30)
		l = Line{OrderKey: order, PartKey: int64(part), SuppKey: int64(1 + r.N(10_000)), Number: number,
			Quantity: float64(quantity), Price: float64(quantity*(90_000+(part/10)%20_001+100*(part%1000))) / 100,
			Discount: float64(r.N(11)) / 100, Tax: float64(r.N(9)) / 100,
			Flag: "N", Status: "F", ShipDate: time.Unix(int64(ship)*86_400, 0).UTC()}
		if received <= currentDay {
			l.Flag = []string{"R", "A"}[r.N(2)]
		}
		if ship > currentDay {
			l.Status = "O"
		}
		if !yield(i, &l) {
			return
		}
	}
}

// AppendNDJSON adds the line item as one line.
func (l *Line) AppendNDJSON(b []byte) []byte {
	num := func(name string, v int64) {
		b = append(append(b, name...), ':')
		b = append(strconv.AppendInt(b, v, 10), ',')
	}
	float := func(name string, v float64) {
		b = append(append(b, name...), ':')
		b = append(strconv.AppendFloat(b, v, 'f', -1, 64), ',')
	}
	b = append(b, '{')
	num(`"l_orderkey"`, l.OrderKey)
	num(`"l_partkey"`, l.PartKey)
	num(`"l_suppkey"`, l.SuppKey)
	num(`"l_linenumber"`, l.Number)
	float(`"l_quantity"`, l.Quantity)
	float(`"l_extendedprice"`, l.Price)
	float(`"l_discount"`, l.Discount)
	float(`"l_tax"`, l.Tax)
	b = append(append(append(b, `"l_returnflag":"`...), l.Flag...), `","l_linestatus":"`...)
	b = append(append(b, l.Status...), `","l_shipdate":"`...)
	return append(l.ShipDate.AppendFormat(b, "2006-01-02"), "\"}\n"...)
}
