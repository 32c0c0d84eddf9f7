package record

import (
	"math"
	"testing"

	"github.com/quindex/quindex/fault"
)

// parses checks that text reads as a value that prints as want; refuses that
// it does not read, with the SQLSTATE.
func parsing(t *testing.T, typ Type) (parses func(text, want string), refuses func(text string, code fault.Code)) {
	parses = func(text, want string) {
		t.Helper()
		v, err := ParseText(typ, text)
		if err != nil || !v.Valid || v.Type != typ || v.Text() != want {
			t.Errorf("%s %q reads as %q %+v, %v, want %q", typ, text, v.Text(), v, err, want)
		}
	}
	refuses = func(text string, code fault.Code) {
		t.Helper()
		v, err := ParseText(typ, text)
		if err == nil || v.Valid || fault.CodeOf(err) != code || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s %q reads as %q, %s %v, want code %s", typ, text, v.Text(), fault.CodeOf(err), err, code)
		}
	}
	return parses, refuses
}

func TestParseBool(t *testing.T) {
	parses, refuses := parsing(t, T(Bool))
	for _, s := range []string{"t", "TRUE", "yes", "on", "1", " y "} {
		parses(s, "true")
	}
	for _, s := range []string{"f", "False", "no", "off", "0", "n"} {
		parses(s, "false")
	}
	refuses("", "22P02")
	refuses("o", "22P02")
	refuses("2", "22P02")
}

func TestParseNumbers(t *testing.T) {
	parses, refuses := parsing(t, T(Int64))
	parses("0", "0")
	parses(" -12 ", "-12")
	parses("+7", "7")
	parses("9223372036854775807", "9223372036854775807")
	parses("-9223372036854775808", "-9223372036854775808")
	refuses("9223372036854775808", "22003")
	refuses("1.0", "22P02")
	refuses("", "22P02")
	refuses("1_000", "22P02")

	parses, refuses = parsing(t, T(Float64))
	parses("1", "1")
	parses("-0.0", "-0")
	parses("1e15", "1e+15")
	parses("123456789012345", "123456789012345")
	parses("0.0001", "0.0001")
	parses("0.00001", "1e-05")
	parses("nan", "NaN")
	parses("Infinity", "Infinity")
	parses("-inf", "-Infinity")
	parses("0.1", "0.1")
	refuses("1e400", "22003")
	refuses("0x10", "22P02")
	refuses("1_0", "22P02")
	refuses("one", "22P02")
}

func TestParseDecimal(t *testing.T) {
	parses, refuses := parsing(t, DecimalType(4, 2))
	parses("1", "1.00")
	parses("-.5", "-0.50")
	parses("+1.005", "1.01")
	parses("-1.005", "-1.01")
	parses("1.0049999999999999999999999", "1.00")
	parses("0.005", "0.01")
	parses("0.0049", "0.00")
	parses("-0.001", "0.00")
	parses("99.99", "99.99")
	parses("0000000000000000000000000012.3", "12.30")
	parses("1234e-2", "12.34")
	parses("0.0000000000000000001e20", "10.00")
	parses("0e999999999999", "0.00")
	parses("5e-99999999999999999999", "0.00")
	refuses("99.995", "22003")
	refuses("100", "22003")
	refuses("1e999999999999999999999", "22003")
	refuses("99999999999999999999999999", "22003")
	for _, s := range []string{"", ".", "-", "1.2.3", "e5", "1e", "1e+", "NaN", "1 2", "0x1"} {
		refuses(s, "22P02")
	}
	parses, refuses = parsing(t, DecimalType(18, 0))
	parses("999999999999999999", "999999999999999999")
	parses("-999999999999999999", "-999999999999999999")
	refuses("999999999999999999.5", "22003")
}

func TestParseTimestamp(t *testing.T) {
	parses, refuses := parsing(t, T(Timestamp))
	parses("2001-02-03", "2001-02-03 00:00:00")
	parses("2001-02-03 04:05:06.5", "2001-02-03 04:05:06.5")
	parses("2001-2-3 4:05", "2001-02-03 04:05:00")
	parses("2001/02/03 04:05", "2001-02-03 04:05:00")
	parses("2001-02-03T04:05:06Z", "2001-02-03 04:05:06")
	parses("2001-02-03T04:05:06.123456789z", "2001-02-03 04:05:06.123456789")
	parses("2001-02-03T04:05:06.1234567895", "2001-02-03 04:05:06.12345679")
	parses("2001-02-03 04:05:06,25 UTC", "2001-02-03 04:05:06.25")
	parses("2001-02-03 04:05:06+02", "2001-02-03 02:05:06")
	parses("2001-02-03 23:05:06 -05:30", "2001-02-04 04:35:06")
	parses("2001-02-03 04:05:06+0530", "2001-02-02 22:35:06")
	parses("20010203T040506Z", "2001-02-03 04:05:06")
	parses("2000-02-29 24:00:00", "2000-03-01 00:00:00")
	parses("1969-12-31 23:59:59.999999999", "1969-12-31 23:59:59.999999999")
	parses("1677-09-21 00:12:43.145224192", "1677-09-21 00:12:43.145224192")
	parses("2262-04-11 23:47:16.854775807", "2262-04-11 23:47:16.854775807")
	refuses("1677-09-21 00:12:43.145224191", "22008")
	refuses("2262-04-11 23:47:16.854775808", "22008")
	refuses("9999-01-01", "22008")
	refuses("2001-02-29", "22008")
	refuses("2001-13-01", "22008")
	refuses("2001-00-01", "22008")
	refuses("2001-01-01 25:00:00", "22008")
	refuses("2001-01-01 12:60:00", "22008")
	for _, s := range []string{"", "yesterday", "2001", "2001-02", "2001-02-03T", "2001-02-03 04", "2001-02-03 04:05:06+", "2001-02-03 04:05:06 PM", "2001-02-03x", "2001-02-031", "01-02-2003"} {
		refuses(s, "22007")
	}
}

func TestParseDate(t *testing.T) {
	parses, refuses := parsing(t, T(Date))
	parses("2001-02-03", "2001-02-03")
	parses("2001-02-03 23:59:59-08", "2001-02-03")
	parses("0044-03-15 BC", "0044-03-15 BC")
	parses("0001-01-01", "0001-01-01")
	parses("5874897-12-31", "5874897-12-31")
	refuses("5874898-01-01", "22008")
	refuses("1900-02-29", "22008")
	refuses("today", "22007")
}

func TestParseInterval(t *testing.T) {
	parses, refuses := parsing(t, T(Interval))
	parses("1 day 2 hours", "1 day 02:00:00")
	parses("1 mon", "1 mon")
	parses("-3 days", "-3 days")
	parses("P1DT2H", "1 day 02:00:00")
	parses("1:02:03", "01:02:03")
	parses("-1:02:03.5", "-01:02:03.5")
	parses("1 year 14 mons", "2 years 2 mons")
	parses("1 day -2 hours", "1 day -02:00:00")
	parses("-1 day 2 hours", "-1 days +02:00:00")
	parses("-1 mon +2 days", "-1 mons +2 days")
	parses("@ 5 minutes ago", "-00:05:00")
	parses("1.5 days", "1 day 12:00:00")
	parses("1.5 months", "1 mon 15 days")
	parses("1.5 years", "1 year 6 mons")
	parses("1.5 hours", "01:30:00")
	parses("2 weeks", "14 days")
	parses("100h", "100:00:00")
	parses("1500 ms", "00:00:01.5")
	parses("7 ns", "00:00:00.000000007")
	parses("3us", "00:00:00.000003")
	parses("90", "00:01:30")
	parses("0", "00:00:00")
	parses("P1Y2M3W4DT5H6M7.5S", "1 year 2 mons 25 days 05:06:07.5")
	parses("P-1D", "-1 days")
	parses("PT-0.5S", "-00:00:00.5")
	parses("2 decades", "20 years")
	for _, s := range []string{"", "day", "1 fortnight", "1-2", "P", "PT", "P1H", "ago", "1:2:3:4", "1:99", "--1 day", "9223372036854775807 hours", "99999999999999999999 s"} {
		refuses(s, "22007")
	}
}

func TestParsePoint(t *testing.T) {
	parses, refuses := parsing(t, T(Point))
	for _, s := range []string{"POINT(-87.9 41.98)", "point ( -87.9  41.98 )", "(-87.9,41.98)", "-87.9, 41.98", "[-87.9,41.98]"} {
		parses(s, "POINT(-87.9 41.98)")
	}
	parses("180,-90", "POINT(180 -90)")
	refuses("180.5,0", "22003")
	refuses("0,90.1", "22003")
	refuses("NaN,0", "22003")
	for _, s := range []string{"", "1", "1,2,3", "1,,2", "POINT", "POINT 1 2", "POINT EMPTY", "a,b", "(1,2"} {
		refuses(s, "22P02")
	}
}

func TestParseStrings(t *testing.T) {
	parses, refuses := parsing(t, T(Keyword))
	parses(" as it is ", " as it is ")
	parses("", "")
	refuses("\xff", "22021")
	parses, refuses = parsing(t, T(JSON))
	parses(`{"a": [1]}`, `{"a": [1]}`)
	refuses(`{"a": }`, "22P02")
	parses, refuses = parsing(t, T(Bytes))
	parses(`\x00fF`, `\x00ff`)
	parses(`a\\b\001`, `\x615c6201`)
	refuses(`\x0`, "22P02")
	refuses(`a\9`, "22P02")
	refuses(`a\12`, "22P02")
	refuses(`a\999`, "22P02")
	_, refuses = parsing(t, T(Null))
	refuses("", "22P02")
}

func TestParseArrays(t *testing.T) {
	parses, refuses := parsing(t, T(KeywordArray))
	parses("{}", "{}")
	parses("[]", "{}")
	parses("{a, b}", "{a,b}")
	parses(`{"a b","c,d","","\"q\\","null"}`, `{"a b","c,d","","\"q\\","null"}`)
	parses(`["a","b\"c", 3, true]`, `{a,"b\"c",3,true}`)
	for _, s := range []string{"", "a", "{a", "{a,}", "{,a}", "{a,NULL}", "{{a}}", `{"a}`, `{"a"b}`, "[null]", "[[1]]", `["a"] x`, "[a]"} {
		refuses(s, "22P02")
	}
	parses, refuses = parsing(t, T(Int64Array))
	parses("{1, -2}", "{1,-2}")
	parses("[1,2]", "{1,2}")
	refuses("{1.5}", "22P02")
	refuses("[9223372036854775808]", "22003")
	parses, _ = parsing(t, T(Float64Array))
	parses("{1,2.5,NaN}", "{1,2.5,NaN}")
}

// TestTextRoundTrip reads back what is printed, to the bit.
func TestTextRoundTrip(t *testing.T) {
	rnd := newRand(t)
	for range 20_000 {
		typ := allTypes[rnd.IntN(len(allTypes))]
		if typ.Kind == Geometry || typ.Kind == JSON || typ.IsString() || typ.Kind == KeywordArray {
			continue // not every string is one
		}
		v := randomValue(rnd, typ)
		if v.F != v.F {
			v.F = math.NaN() // one NaN is all that text can say
		}
		for i := range v.Elems {
			if v.Elems[i].F != v.Elems[i].F {
				v.Elems[i].F = math.NaN()
			}
		}
		got, err := ParseText(typ, v.Text())
		if err != nil || !same(got, v) {
			t.Fatalf("%s %+v prints as %q and reads as %+v, %v", typ, v, v.Text(), got, err)
		}
	}
}

func FuzzParseText(f *testing.F) {
	for i, typ := range allTypes {
		for _, s := range []string{"1", "-1.5e3", "2001-02-03T04:05:06.7+01", "1 day -02:03:04", "P1Y2M", "POINT(1 2)", `{a,"b"}`, "[1]", `\x00`, "true"} {
			f.Add(byte(i), s)
		}
		_ = typ
	}
	f.Fuzz(func(t *testing.T, i byte, s string) {
		typ := allTypes[int(i)%len(allTypes)]
		v, err := ParseText(typ, s)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%v is not invalid", err)
			}
			return
		}
		again, err := ParseText(typ, v.Text())
		if err != nil || again.Text() != v.Text() {
			t.Fatalf("%s %q prints as %q, which reads as %q, %v", typ, s, v.Text(), again.Text(), err)
		}
	})
}
