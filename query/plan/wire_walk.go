package plan

import (
	"encoding/binary"

	"github.com/quindex/quindex/record"
)

// maxPlaces bounds what a decoder believes of numbers of tables in a graph.
const maxPlaces = 10_000

const (
	walkPairs = 1 << iota
	walkLength
	walkVertices
	walkTurned
	walkFlags = 1<<iota - 1
)

func (n *GraphWalk) appendWire(b []byte) []byte {
	flags := byte(0)
	for i, on := range []bool{n.Pairs, n.Length, n.Vertices, n.Turned} {
		flags |= byte(record.BoolValue(on).I) << i
	}
	b = append(b, byte(n.Mode), flags)
	for _, v := range []int{n.Min, n.Max, n.StartKey, n.StartAt, n.EndKey, n.EndAt} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	b = appendList(b, n.Steps, func(b []byte, s WalkStep) []byte {
		for _, v := range []int{s.Near, s.Far, s.From, s.To} {
			b = binary.AppendUvarint(b, uint64(v))
		}
		return appendNode(append(b, byte(record.BoolValue(s.NoLoops).I)), s.Edge)
	})
	b = appendList(b, n.Places, func(b []byte, p Place) []byte { return appendNode(b, p.Vertex) })
	return appendNode(appendNode(b, n.Start), n.End)
}

// walk takes a Walk. Both ends of every step, and of the walk, are keys of one
// kind: their places' (the executor numbers them together).
func (d *decoder) walk() Node {
	n := &GraphWalk{Mode: WalkMode(d.flags(byte(WalkAllShortest)))}
	f := d.flags(walkFlags)
	n.Pairs, n.Length, n.Vertices, n.Turned = f&walkPairs != 0, f&walkLength != 0, f&walkVertices != 0, f&walkTurned != 0
	for _, v := range []*int{&n.Min, &n.Max, &n.StartKey, &n.StartAt, &n.EndKey, &n.EndAt} {
		*v = int(d.uvarint(maxPlaces))
	}
	n.Steps = decodeList(d, func() WalkStep {
		s := WalkStep{}
		for _, v := range []*int{&s.Near, &s.Far, &s.From, &s.To} {
			*v = int(d.uvarint(maxPlaces))
		}
		s.NoLoops = d.bool()
		s.Edge = d.scanNode()
		return s
	})
	n.Places = decodeList(d, func() Place { return Place{d.scanNode()} })
	n.Start = d.node()
	n.End = d.scanNode()
	d.checkWalk(n)
	return n
}

// scanNode takes a node that is a Scan.
func (d *decoder) scanNode() *Scan {
	s, ok := d.node().(*Scan)
	if !ok {
		d.fail("another node in the place of a scan")
		return &Scan{Table: minimalTable("", &record.Schema{})}
	}
	return s
}

func (d *decoder) checkWalk(n *GraphWalk) {
	if d.err != nil {
		return
	}
	if n.Max > MostSteps || n.Min > n.Max || n.Max == 0 {
		d.fail("a walk of %d to %d steps, want at most %d", n.Min, n.Max, MostSteps)
	}
	if !n.Pairs && n.Mode != WalkEnds || n.Mode < WalkShortest && (n.Length || n.Vertices) {
		d.fail("a walk in mode %d without its pairs, or with a path", n.Mode)
	}
	for i, p := range n.Places {
		if len(p.Vertex.Out) != 1 || p.Vertex.Where != nil || len(p.Vertex.Filter) > 0 {
			d.fail("place %d of a walk is not one column", i)
		}
	}
	d.checkKey(n, n.Start.Output(), n.StartKey, n.StartAt)
	d.checkKey(n, n.End.Out, n.EndKey, n.EndAt)
	for _, s := range n.Steps {
		d.checkKey(n, s.Edge.Out, s.Near, s.From)
		d.checkKey(n, s.Edge.Out, s.Far, s.To)
	}
}

// checkKey fails unless column key of out holds keys of place at.
func (d *decoder) checkKey(n *GraphWalk, out []Column, key, at int) {
	if d.err != nil {
		return
	}
	if key >= len(out) || at >= len(n.Places) {
		d.fail("column %d of %d as the key of place %d of %d", key, len(out), at, len(n.Places))
		return
	}
	have, want := out[key].Type, n.Places[at].Vertex.Out[0].Type
	if isText(have.Kind) != isText(want.Kind) || !isText(have.Kind) && have.Kind != record.Int64 {
		d.fail("a key of type %s for vertices of type %s", have, want)
	}
}
