package bench

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Event is one row of the events table: a hit on a web shop. Pointers are
// columns with NULLs.
type Event struct {
	At       time.Time
	ReqID    string // 16 hex digits, unique
	UserID   int64
	URL      string
	Referer  *string
	Country  *string
	Device   string
	Browser  string
	Method   string
	Status   int64
	Region   int64
	Duration *int64
	Bytes    int64
	Score    *float64
}

// EventsDDL is the events table in quindex; peers use the same names.
const EventsDDL = `CREATE TABLE hits (ts TIMESTAMP NOT NULL, req_id KEYWORD NOT NULL, user_id BIGINT NOT NULL, url KEYWORD NOT NULL,
 referer KEYWORD, country KEYWORD, device KEYWORD NOT NULL, browser KEYWORD NOT NULL, method KEYWORD NOT NULL, status BIGINT NOT NULL,
 region BIGINT NOT NULL, duration BIGINT, bytes BIGINT NOT NULL, score DOUBLE) WITH (bloom = 'req_id')`

var (
	countries = []string{"US", "DE", "GB", "FR", "IN", "BR", "JP", "RU", "CN", "IT", "ES", "CA", "MX", "KR", "NL", "PL", "TR", "SE",
		"CH", "AU", "BE", "AT", "NO", "DK", "FI", "PT", "GR", "CZ", "HU", "RO", "IE", "IL", "ZA", "EG", "NG", "KE", "AR", "CL", "CO",
		"PE", "TH", "VN", "ID", "MY", "SG", "PH", "PK", "BD", "UA", "BG", "HR", "RS", "SK", "SI", "LT", "LV", "EE", "IS", "NZ", "SA"}
	devices  = []string{"mobile", "desktop", "tablet", "tv", "bot"}
	browsers = []string{"Chrome", "Safari", "Firefox", "Edge", "Opera", "Samsung", "UCBrowser", "Yandex", "Brave", "Vivaldi", "IE", "other"}
	methods  = []string{"GET", "POST", "PUT", "DELETE"}
	statuses = []int64{200, 200, 200, 200, 200, 200, 200, 200, 304, 301, 404, 500, 503, 403, 204, 302}
	sections = []string{"product", "category", "search", "article", "user", "cart", "api/v1/items", "blog"}
	words    = []string{"red", "blue", "green", "large", "small", "google"}
)

const (
	urlCount     = 200_000
	refererCount = 50_000
	eventsStart  = 1_700_000_000 // 2023-11-14, seconds since 1970
)

// Events makes n events, the same for the same seed; yield false stops it.
// The Event is valid only during the call.
func Events(seed uint64, n int, yield func(i int, e *Event) bool) {
	r := NewRand(seed)
	urls := make([]string, urlCount)
	for i := range urls {
		urls[i] = fmt.Sprintf("https://shop.example.com/%s/%d/%s-%x", sections[r.N(len(sections))], r.N(100_000), words[r.N(len(words))], i)
	}
	referers := make([]string, refererCount)
	for i := range referers {
		referers[i] = fmt.Sprintf("https://www.site%d.com/path/%x", r.N(3000), r.Uint64()>>40)
	}
	micros := int64(eventsStart) * 1e6
	var e Event
	var country, referer string
	var duration int64
	var score float64
	for i := range n {
		micros += int64(r.N(1_000_000)) // half a second a row
		e = Event{
			At:      time.UnixMicro(micros - int64(r.N(5_000_000))).UTC(),
			ReqID:   fmt.Sprintf("%016x", r.Uint64()),
			UserID:  int64(r.Skew(1_000_000, 2.5))*7919%100_000_007 + 1000,
			URL:     urls[r.Skew(urlCount, 3)],
			Device:  devices[r.Skew(len(devices), 2)],
			Browser: browsers[r.Skew(len(browsers), 2.2)],
			Method:  methods[r.Skew(len(methods), 4)],
			Status:  statuses[r.N(len(statuses))],
			Region:  int64(r.Skew(1000, 1.5)),
			Bytes:   int64(math.Min(5e7, math.Exp(8.5+1.8*r.Norm()))),
		}
		country, referer = countries[r.Skew(len(countries), 2.5)], referers[r.Skew(refererCount, 2)]
		duration, score = int64(math.Min(60_000, math.Exp(4.5+1.1*r.Norm()))), math.Round(r.Float()*1e4)/100
		if r.N(10) >= 6 {
			e.Referer = &referer
		}
		if r.N(50) > 0 { // 2 % unknown
			e.Country = &country
		}
		if r.N(20) > 0 { // 5 % were never measured
			e.Duration = &duration
		}
		if r.N(10) > 0 {
			e.Score = &score
		}
		if !yield(i, &e) {
			return
		}
	}
}

// AppendNDJSON adds the event as one line.
func (e *Event) AppendNDJSON(b []byte) []byte {
	key := func(name string) { b = append(append(append(b, `,"`...), name...), `":`...) }
	str := func(name, v string) {
		key(name)
		b = append(append(append(b, '"'), v...), '"')
	}
	num := func(name string, v int64) {
		key(name)
		b = strconv.AppendInt(b, v, 10)
	}
	b = append(b, `{"ts":"`...)
	b = e.At.AppendFormat(b, "2006-01-02T15:04:05.000000Z")
	b = append(b, '"')
	str("req_id", e.ReqID)
	num("user_id", e.UserID)
	str("url", e.URL)
	if e.Referer != nil {
		str("referer", *e.Referer)
	}
	if e.Country != nil {
		str("country", *e.Country)
	}
	str("device", e.Device)
	str("browser", e.Browser)
	str("method", e.Method)
	num("status", e.Status)
	num("region", e.Region)
	if e.Duration != nil {
		num("duration", *e.Duration)
	}
	num("bytes", e.Bytes)
	if e.Score != nil {
		key("score")
		b = strconv.AppendFloat(b, *e.Score, 'f', -1, 64)
	}
	return append(b, "}\n"...)
}
