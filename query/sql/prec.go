package sql

// prec is how tightly an operator binds, from PostgreSQL's grammar (gram.y,
// the %left and %nonassoc lines), loosest first.
type prec uint8

const (
	precLowest  prec = iota // everything
	precOr                  // left
	precAnd                 // left
	precNot                 // prefix
	precIs                  // IS NULL, IS TRUE, IS DISTINCT FROM
	precCompare             // = <> < <= > >=, not associative
	precBetween             // BETWEEN, IN, LIKE, not associative
	precOp                  // every operator without a line of its own, left
	precAdd                 // + -, left
	precMul                 // * / %, left
	precPow                 // ^, left as in PostgreSQL
	precAt                  // AT TIME ZONE, left
	precNeg                 // unary + -
	precPostfix             // ::type, [i]
	precPrimary             // everything else
)

func (o Op) prec() prec {
	switch {
	case o == Or:
		return precOr
	case o == And:
		return precAnd
	case o.Comparison():
		return precCompare
	case o == Distinct || o == NotDistinct:
		return precIs
	case o == Add || o == Sub:
		return precAdd
	case o >= Mul && o <= Mod:
		return precMul
	case o == Pow:
		return precPow
	}
	return precOp
}

// associative reports whether the operators of a level can be chained.
func (p prec) associative() bool { return p != precIs && p != precCompare && p != precBetween }

func precOf(e Expr) prec {
	switch e := e.(type) {
	case *Binary:
		return e.Op.prec()
	case *Unary:
		if e.Op == Not {
			return precNot
		}
		return precNeg
	case *Quantified:
		return precCompare
	case *Between, *In, *Like:
		return precBetween
	case *IsNull, *IsBool:
		return precIs
	case *Cast, *Index:
		return precPostfix
	case *Literal:
		if e.Text != "" && e.Text[0] == '-' && (e.Kind == Int || e.Kind == Number) {
			return precNeg
		}
	}
	return precPrimary
}
