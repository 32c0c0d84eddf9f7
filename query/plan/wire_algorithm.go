package plan

import (
	"encoding/binary"
	"math"

	"github.com/quindex/quindex/record"
)

func (n *GraphAlgorithm) appendWire(b []byte) []byte {
	b = binary.AppendUvarint(append(b, byte(n.Kind)), uint64(n.Iterations))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(n.Damping))
	b = appendExpr(appendExpr(b, Const{n.From}), Const{n.To})
	b = appendList(b, n.Steps, func(b []byte, s WalkStep) []byte {
		for _, v := range []int{s.Near, s.Far, s.From, s.To} {
			b = binary.AppendUvarint(b, uint64(v))
		}
		return appendNode(b, s.Edge)
	})
	b = appendList(b, n.Places, func(b []byte, p Place) []byte { return appendNode(b, p.Vertex) })
	return appendList(b, n.Names, appendString)
}

// algorithm takes a GraphAlgorithm, with what the executor relies on.
func (d *decoder) algorithm() Node {
	n := &GraphAlgorithm{Kind: AlgorithmKind(d.flags(byte(algorithmKinds - 1))), Iterations: int(d.uvarint(MostIterations))}
	if bits := d.take(8); len(bits) == 8 {
		n.Damping = math.Float64frombits(binary.LittleEndian.Uint64(bits))
	}
	for _, v := range []*record.Value{&n.From, &n.To} {
		c, ok := d.expr().(Const)
		if !ok {
			d.fail("an end of a path that is not a constant")
		}
		*v = c.Value
	}
	n.Steps = decodeList(d, func() WalkStep {
		s := WalkStep{}
		for _, v := range []*int{&s.Near, &s.Far, &s.From, &s.To} {
			*v = int(d.uvarint(maxPlaces))
		}
		s.Edge = d.scanNode()
		return s
	})
	n.Places = decodeList(d, func() Place { return Place{d.scanNode()} })
	n.Names = decodeList(d, d.string)
	d.checkAlgorithm(n)
	return n
}

func (d *decoder) checkAlgorithm(n *GraphAlgorithm) {
	if d.err != nil {
		return
	}
	if len(n.Places) == 0 || len(n.Names) != len(n.Places) || n.Iterations < 1 || !(n.Damping >= 0 && n.Damping <= 1) {
		d.fail("%s of %d places, %d names, %d iterations, damping %g", n.Kind, len(n.Places), len(n.Names), n.Iterations, n.Damping)
	}
	for i, p := range n.Places {
		if d.err == nil && (len(p.Vertex.Out) != 1 || p.Vertex.Where != nil || len(p.Vertex.Filter) > 0) {
			d.fail("place %d of %s is not one column", i, n.Kind)
		}
	}
	if d.err != nil {
		return
	}
	walk := &GraphWalk{Places: n.Places}
	for i := range n.Places {
		d.checkKey(walk, n.Places[i].Vertex.Out, 0, 0)
	}
	for _, s := range n.Steps {
		d.checkKey(walk, s.Edge.Out, s.Near, s.From)
		d.checkKey(walk, s.Edge.Out, s.Far, s.To)
	}
	for _, v := range []record.Value{n.From, n.To} {
		if d.err == nil && v.Valid && v.Type != n.KeyType() {
			d.fail("an end of a path of type %s, want %s", v.Type, n.KeyType())
		}
	}
}
