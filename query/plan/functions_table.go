package plan

import (
	"strings"
	"sync"
)

// lines is the table of ordinary functions and operators, one overload a line:
//
//	name(parameters) result flags
//
// Parameters are words of paramKinds; [x] may be left out, x... may be
// repeated. Flags: lax (gets its NULL arguments), stable (depends on the time
// the statement started). Among overloads that cost the same the first wins.
// Text results are KEYWORD. Meanings are PostgreSQL's where it has the name.
const lines = `
neg(int) int
neg(float) float
neg(dec) first
neg(span) span
^(float float) float
||(texts texts) texts
||(ints ints) ints
||(floats floats) floats
||(text text) text
||(text any) text
||(any text) text

not(bool) bool
is_null(any) bool lax
is_not_null(any) bool lax
is_true(bool) bool lax
is_not_true(bool) bool lax
is_false(bool) bool lax
is_not_false(bool) bool lax
is_unknown(bool) bool lax
is_not_unknown(bool) bool lax

like(text text [text]) bool
like(texts text [text]) bool
ilike(text text [text]) bool
ilike(texts text [text]) bool
regexp(text text) bool
regexp(texts text) bool
regexp_fold(text text) bool
regexp_fold(texts text) bool

abs(int) int
abs(float) float
abs(dec) first
ceil(float) float
ceil(dec) whole
floor(float) float
floor(dec) whole
round(float [int]) float
round(dec) whole
round(dec int) first
trunc(float [int]) float
trunc(dec) whole
trunc(dec int) first
sign(float) float
sign(dec) whole
sqrt(float) float
cbrt(float) float
power(float float) float
exp(float) float
ln(float) float
log(float [float]) float
log10(float) float
pi() float
degrees(float) float
radians(float) float
sin(float) float
cos(float) float
tan(float) float
cot(float) float
asin(float) float
acos(float) float
atan(float) float
atan2(float float) float
sinh(float) float
cosh(float) float
tanh(float) float
gcd(int int) int
width_bucket(float float float int) int

lower(text) text
upper(text) text
initcap(text) text
length(text) int
length(bytes) int
octet_length(text) int
octet_length(bytes) int
substring(text int [int]) text
left(text int) text
right(text int) text
btrim(text [text]) text
ltrim(text [text]) text
rtrim(text [text]) text
replace(text text text) text
translate(text text text) text
overlay(text text int [int]) text
strpos(text text) int
split_part(text text int) text
concat([any...]) text lax
concat_ws(text [any...]) text lax
starts_with(text text) bool
lpad(text int [text]) text
rpad(text int [text]) text
repeat(text int) text
reverse(text) text
ascii(text) int
chr(int) text
to_hex(int) text
md5(text) text
md5(bytes) text
regexp_replace(text text text [text]) text
regexp_like(text text [text]) bool
regexp_substr(text text) text
string_to_array(text text) texts
to_char(ts text) text
to_char(int text) text
to_char(float text) text
to_char(dec text) text
pg_typeof(any) text lax

now() ts stable
current_date() date stable
date_trunc(text ts [text]) ts
date_trunc(text span) span
date_part(text ts) float
date_part(text date) float
date_part(text span) float
age(ts ts) span
age(ts) span stable
make_date(int int int) date
make_timestamp(int int int int int float) ts
make_interval(int [int int int int int float]) span
to_timestamp(float) ts
to_timestamp(text text) ts
to_date(text text) date
timezone(text ts) ts
time_bucket(span ts) ts
time_bucket(span ts text) ts
time_bucket(span ts ts) ts
time_bucket(span ts text ts) ts
time_bucket(int int [int]) int
isfinite(ts) bool
justify_hours(span) span
justify_days(span) span
justify_interval(span) span

->(json text) json
->(json int) json
->>(json text) text
->>(json int) text
json_extract_path(json text...) json
json_extract_path_text(json text...) text
json_typeof(json) text
json_array_length(json) int

cardinality(array) int
array_length(array [int]) int
array_to_string(array text [text]) text
subscript(array int) elem

st_makepoint(float float) point
st_x(point) float
st_y(point) float
st_distance(point point) float
`

// synonyms are names that mean another name of the table.
var synonyms = map[string]string{
	"!=": "<>", "~": "regexp", "~*": "regexp_fold", "pow": "power", "ceiling": "ceil", "dpow": "power", "dlog10": "log10",
	"substr": "substring", "char_length": "length", "character_length": "length", "trim": "btrim", "position": "strpos",
	"extract": "date_part", "current_timestamp": "now", "localtimestamp": "now", "transaction_timestamp": "now",
	"statement_timestamp": "now", "mod": "%", "<->": "st_distance", "st_point": "st_makepoint", "json_extract": "json_extract_path",
	"is distinct from": "is_distinct_from", "is not distinct from": "is_not_distinct_from", "ifnull": "coalesce",
	"array_cat": "||", "textcat": "||",
}

// unbuilt are names people will try, and why they are refused.
var unbuilt = map[string]string{
	"random":          "a value that differs from replica to replica is not allowed yet",
	"gen_random_uuid": "a value that differs from replica to replica is not allowed yet",
	"clock_timestamp": "a value that differs from replica to replica is not allowed; now() is the time the statement started",
}

// scalars returns the parsed table. It is never written to.
var scalars = sync.OnceValue(func() map[string][]overload {
	table := map[string][]overload{}
	for line := range strings.Lines(lines + geoLines) {
		if line = strings.TrimSpace(line); line != "" {
			name, o := parseLine(line)
			table[name] = append(table[name], o)
		}
	}
	return table
})

func parseLine(line string) (string, overload) {
	name, rest, _ := strings.Cut(line, "(")
	params, tail, _ := strings.Cut(rest, ")")
	var o overload
	inOptional := false
	for _, word := range strings.Fields(params) {
		inOptional = inOptional || strings.HasPrefix(word, "[")
		word = strings.Trim(word, "[]")
		if w, ok := strings.CutSuffix(word, "..."); ok {
			word, o.variadic = w, true
		}
		if inOptional {
			o.optional++
		}
		o.params = append(o.params, param(word))
	}
	words := strings.Fields(tail)
	o.result = param(words[0])
	for _, flag := range words[1:] {
		o.lax = o.lax || flag == "lax"
		o.stable = o.stable || flag == "stable"
	}
	return name, o
}
