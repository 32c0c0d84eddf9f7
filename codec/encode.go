package codec

import (
	"math"
	"slices"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Encoder writes blocks in the cheapest form. It keeps scratch memory between
// blocks and is used by one goroutine. The zero Encoder is ready.
type Encoder struct {
	// Pack lets integers, other than codes and elements of arrays, be kept bit by
	// bit where that is much smaller. They are unpacked when a block is opened.
	Pack bool

	ints []int64

	packer packer
	packed []byte

	offsets []uint32
}

// Info says what became of a block, for the footer of its section.
type Info struct {
	Form  Form
	Width uint8 // FOR: bytes an element; strings: 1 if compressed
	Rows  int
	Nulls int
	// Known says that Lo and Hi hold: there is a value that is not NULL. For
	// arrays they, and the sums, cover the elements.
	Known    bool
	Lo, Hi   int64  // integers or codes; floats and longitudes: their bits
	LoS, HiS string // strings; they share the block's memory
	LatLo    float64
	LatHi    float64
	Sum      Int128 // integers that are no codes
	SumFloat float64
}

// Append appends the bytes of b, whatever form it is in, and returns what it
// chose. len(dst) must be a multiple of Align; it is again afterwards.
func (e *Encoder) Append(dst []byte, b *Block) ([]byte, Info, error) {
	if len(dst)%Align != 0 {
		panic("BUG: codec: block at an odd place")
	}
	h := header{storage: b.Type.Storage(), n: uint32(b.N), nulls: uint32(b.Nulls)}
	switch {
	case b.Nulls == b.N && b.N > 0:
		h.flags |= flagAllNull
	case b.Nulls > 0:
		h.flags |= flagValid
	}
	if b.Dict != nil {
		h.flags |= flagCodes
	}
	switch {
	case b.Dict != nil, h.storage == record.Ints:
		return e.appendInts(dst, b, h)
	case h.storage == record.Floats:
		return e.appendFloats(dst, b, h)
	case h.storage == record.Points:
		return e.appendPoints(dst, b, h)
	case h.storage == record.Strs:
		return e.appendStrings(dst, b, h)
	case h.storage == record.Array:
		return e.appendArray(dst, b, h)
	}
	return nil, Info{}, fault.E("codec: encode", fault.Unsupported, fault.Item(b.Type.String()), "type cannot be stored")
}

func (h header) info() Info {
	return Info{Form: h.form, Width: h.width, Rows: int(h.n), Nulls: int(h.nulls)}
}

// appendHead appends the header and the validity bitmap.
func appendHead(dst []byte, h header, b *Block) []byte {
	dst = h.append(dst)
	if h.flags&flagValid != 0 {
		dst = Pad(appendNumbers(dst, b.Valid[:(b.N+63)/64]))
	}
	return dst
}

func (e *Encoder) appendInts(dst []byte, b *Block, h header) ([]byte, Info, error) {
	e.ints = slices.Grow(e.ints[:0], b.N)[:b.N]
	v := e.ints
	b.Ints.Decode(v)
	if b.Nulls > 0 {
		fillNulls(v, b)
	}
	lo, hi, runs := survey(v)
	h.form, h.width, h.many = chooseInts(lo, hi, runs, b.N)
	h.ref = lo
	if h.form == FormFOR && e.Pack && b.Dict == nil && b.N <= BlockRows {
		if e.packed = e.packer.appendPacked(e.packed[:0], v); worthPacking(len(e.packed), roundRows(b.N)*int(h.width)) {
			h.form, h.many = FormPacked, uint32(len(e.packed))
		}
	}
	in := h.info()
	if b.Nulls < b.N {
		in.Known, in.Lo, in.Hi = true, lo, hi
		if b.Dict == nil {
			in.Sum = sumValid(v, b)
		}
	}
	dst = appendHead(dst, h, b)
	switch {
	case h.form == FormRuns:
		dst = appendRuns(dst, v, runs)
	case h.form == FormPacked:
		dst = append(dst, e.packed...)
	case h.form == FormFOR:
		dst = appendFOR(dst, v, lo, int(h.width))
	}
	return Pad(dst), in, nil
}

// fillNulls gives NULL rows the value before them, or the first there is, so
// that they widen no frame and break no run.
func fillNulls(v []int64, b *Block) {
	last := int64(0)
	for i := range v {
		if b.Valid.Get(i) {
			last = v[i]
			break
		}
	}
	for i := range v {
		if b.Valid.Get(i) {
			last = v[i]
		} else {
			v[i] = last
		}
	}
}

// survey returns the least and largest of v and how many runs it has.
func survey(v []int64) (lo, hi int64, runs int) {
	if len(v) == 0 {
		return 0, 0, 0
	}
	lo, hi = v[0], v[0]
	breaks, prev := uint64(0), v[0]
	for _, x := range v {
		lo, hi = min(lo, x), max(hi, x)
		breaks += b2u(x != prev)
		prev = x
	}
	return lo, hi, int(breaks) + 1
}

// chooseInts picks the form: a constant; runs where they take at most half the
// bytes of the frame and are 16 rows long on average (shorter ones cost
// more to execute than a frame costs to scan); else the narrowest frame.
func chooseInts(lo, hi int64, runs, n int) (form Form, width uint8, many uint32) {
	if lo == hi {
		return FormConst, 0, 0
	}
	switch span := uint64(hi) - uint64(lo); {
	case span <= math.MaxUint8:
		width = 1
	case span <= math.MaxUint16:
		width = 2
	case span <= math.MaxUint32:
		width = 4
	default:
		width = 8
	}
	if runs*16 <= n && runs*12*2 <= n*int(width) {
		return FormRuns, 0, uint32(runs)
	}
	return FormFOR, width, 0
}

func sumValid(v []int64, b *Block) Int128 {
	x := Ints{N: len(v), W64: unsignedView(v)}
	if b.Nulls == 0 {
		return x.Sum(nil, All)
	}
	var s Int128
	for i, n := range v {
		if b.Valid.Get(i) {
			s = s.AddInt(n)
		}
	}
	return s
}

func appendRuns(dst []byte, v []int64, runs int) []byte {
	ends, vals := make([]uint32, 0, runs), make([]int64, 0, runs)
	for i, x := range v {
		if i == 0 || x != v[i-1] {
			if i > 0 {
				ends = append(ends, uint32(i))
			}
			vals = append(vals, x)
		}
	}
	ends = append(ends, uint32(len(v)))
	return appendNumbers(Pad(appendNumbers(dst, ends)), vals)
}

func appendFOR(dst []byte, v []int64, ref int64, width int) []byte {
	at, n := len(dst), roundRows(len(v))
	dst = slices.Grow(dst, n*width)[:at+n*width]
	out := dst[at:]
	clear(out[len(v)*width:])
	switch width {
	case 1:
		for i, x := range v {
			out[i] = uint8(x - ref)
		}
	case 2:
		narrow[uint16](out, v, ref)
	case 4:
		narrow[uint32](out, v, ref)
	default:
		narrow[uint64](out, v, ref)
	}
	return dst
}

// narrow writes v-ref into the bytes out, which are aligned or copied.
func narrow[T uint16 | uint32 | uint64](out []byte, v []int64, ref int64) {
	size := len(out) / roundRows(len(v))
	to := view[T](out, len(v))
	for i, x := range v {
		to[i] = T(x - ref)
	}
	if !littleEndian {
		swap(to)
	}
	if len(v) > 0 && &rawBytes(to)[0] != &out[0] {
		copy(out, rawBytes(to)[:len(v)*size])
	}
}

func (e *Encoder) appendFloats(dst []byte, b *Block, h header) ([]byte, Info, error) {
	lo, hi, same, known := surveyFloats(b, b.Floats)
	h.form = FormFloats
	if same {
		h.form, h.ref = FormConst, int64(math.Float64bits(lo))
	}
	in := h.info()
	in.Known, in.Lo, in.Hi = known, int64(math.Float64bits(lo)), int64(math.Float64bits(hi))
	for i := range b.N {
		if known && !b.IsNull(i) {
			in.SumFloat += b.FloatAt(i)
		}
	}
	dst = appendHead(dst, h, b)
	if h.form == FormFloats {
		dst = appendPadded(dst, b.Floats[:b.N])
	}
	return Pad(dst), in, nil
}

// surveyFloats returns the bounds of v, one of b's slices, over its rows that
// are not NULL, and whether one bit pattern does for all of them.
func surveyFloats(b *Block, v []float64) (lo, hi float64, same, known bool) {
	same = true
	for i := range b.N {
		if b.IsNull(i) {
			continue
		}
		x := v[0]
		if b.Form != FormConst {
			x = v[i]
		}
		if !known {
			lo, hi, known = x, x, true
			continue
		}
		same = same && math.Float64bits(x) == math.Float64bits(lo)
		if record.CompareFloats(x, lo) < 0 {
			lo = x
		}
		if record.CompareFloats(x, hi) > 0 {
			hi = x
		}
	}
	return lo, hi, same, known
}

func appendPadded(dst []byte, v []float64) []byte {
	dst = appendNumbers(dst, v)
	return append(dst, make([]byte, 8*(roundRows(len(v))-len(v)))...)
}

func (e *Encoder) appendPoints(dst []byte, b *Block, h header) ([]byte, Info, error) {
	lo, hi, sameLon, known := surveyFloats(b, b.Floats)
	latLo, latHi, sameLat, _ := surveyFloats(b, b.Lats)
	h.form = FormPoints
	if sameLon && sameLat {
		h.form, h.ref, h.extra = FormConst, int64(math.Float64bits(lo)), math.Float64bits(latLo)
	}
	in := h.info()
	in.Known, in.Lo, in.Hi = known, int64(math.Float64bits(lo)), int64(math.Float64bits(hi))
	in.LatLo, in.LatHi = latLo, latHi
	dst = appendHead(dst, h, b)
	if h.form == FormPoints {
		dst = appendPadded(Pad(appendPadded(dst, b.Floats[:b.N])), b.Lats[:b.N])
	}
	return Pad(dst), in, nil
}

func (e *Encoder) appendStrings(dst []byte, b *Block, h header) ([]byte, Info, error) {
	h.form = FormStrings
	off, text, err := e.flatStrings(b)
	if err != nil {
		return nil, Info{}, err
	}
	h.extra = uint64(len(text))
	start := len(dst)
	dst = Pad(appendNumbers(appendHead(dst, h, b), off))
	at := len(dst)
	packed, pays := packText(dst, text)
	if pays {
		dst, h.width, h.many = packed, 1, uint32(len(packed)-at)
		h.append(dst[:start])
	} else {
		dst = append(packed[:at], text...)
	}
	in := h.info()
	in.boundStrings(b)
	return Pad(dst), in, nil
}

// boundStrings sets the smallest and the largest string that is not NULL.
func (in *Info) boundStrings(b *Block) {
	for i := range b.N {
		if b.IsNull(i) {
			continue
		}
		s := b.StringAt(i)
		if !in.Known || s < in.LoS {
			in.LoS = s
		}
		if !in.Known || strings.Compare(s, in.HiS) > 0 {
			in.HiS = s
		}
		in.Known = true
	}
}

// flatStrings returns offsets from zero and the text they cut; a NULL is
// empty. Text that lies so in the block is not copied.
func (e *Encoder) flatStrings(b *Block) ([]uint32, []byte, error) {
	total, flat := 0, b.Form == FormStrings && b.Dict == nil && len(b.Strs.Off) > b.N
	for i := range b.N {
		if !b.IsNull(i) {
			total += len(b.StringAt(i))
		} else if flat {
			flat = b.Strs.Off[i] == b.Strs.Off[i+1]
		}
	}
	if total > packMost {
		return nil, nil, fault.Errorf("codec: encode strings", fault.TooLarge, "%d bytes in one block, want at most %d", total, packMost)
	}
	e.offsets = append(slices.Grow(e.offsets[:0], b.N+1), 0)
	if flat {
		first := b.Strs.Off[0]
		for _, end := range b.Strs.Off[1 : b.N+1] {
			e.offsets = append(e.offsets, end-first)
		}
		return e.offsets, b.Strs.Data[first:b.Strs.Off[b.N]], nil
	}
	text := make([]byte, 0, total)
	for i := range b.N {
		if !b.IsNull(i) {
			text = append(text, b.StringAt(i)...)
		}
		e.offsets = append(e.offsets, uint32(len(text)))
	}
	return e.offsets, text, nil
}

func (e *Encoder) appendArray(dst []byte, b *Block, h header) ([]byte, Info, error) {
	h.form = FormArray
	h.many = uint32(b.Elem.N)
	dst = appendHead(dst, h, b)
	dst = Pad(appendNumbers(dst, b.Off[:b.N+1]))
	pack := e.Pack
	e.Pack = false // elements are opened in place
	dst, elem, err := e.Append(dst, b.Elem)
	e.Pack = pack
	if err != nil {
		return nil, Info{}, err
	}
	in := elem
	in.Form, in.Width, in.Rows, in.Nulls = FormArray, elem.Width, b.N, b.Nulls
	return dst, in, nil
}
