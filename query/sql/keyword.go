package sql

// keyword is a word the grammar knows; 0 is any other word. Only the reserved
// ones cannot name a column, a table or an alias without quotes.
type keyword uint8

// The reserved words come first; they are those of PostgreSQL that this
// grammar needs, so that what is read here can be read there.
const (
	kwNone keyword = iota
	kwAll
	kwAnd
	kwAny
	kwArray
	kwAs
	kwAsc
	kwBoth
	kwCase
	kwCast
	kwCheck
	kwCollate
	kwColumn
	kwConstraint
	kwCreate
	kwCross
	kwCurrentDate
	kwCurrentTime
	kwCurrentTimestamp
	kwDefault
	kwDesc
	kwDistinct
	kwElse
	kwEnd
	kwExcept
	kwFalse
	kwFetch
	kwFor
	kwForeign
	kwFrom
	kwFull
	kwGrant
	kwGroup
	kwHaving
	kwIn
	kwInner
	kwIntersect
	kwInto
	kwIs
	kwIsnull
	kwJoin
	kwLateral
	kwLeading
	kwLeft
	kwLike
	kwIlike
	kwLimit
	kwLocaltime
	kwLocaltimestamp
	kwNatural
	kwNot
	kwNotnull
	kwNull
	kwOffset
	kwOn
	kwOr
	kwOrder
	kwOuter
	kwPrimary
	kwReferences
	kwReturning
	kwRight
	kwSelect
	kwSimilar
	kwSome
	kwSymmetric
	kwTable
	kwThen
	kwTo
	kwTrailing
	kwTrue
	kwUnion
	kwUnique
	kwUsing
	kwWhen
	kwWhere
	kwWindow
	kwWith
	lastReserved = kwWith
)

const (
	kwAdd = lastReserved + 1 + iota
	kwAlter
	kwAnalyze
	kwAnalyzer
	kwAt
	kwBegin
	kwBetween
	kwBy
	kwCascade
	kwColumns
	kwCommit
	kwConflict
	kwCurrent
	kwDay
	kwDelete
	kwDescribe
	kwDestination
	kwDo
	kwDouble
	kwDrop
	kwEdge
	kwEscape
	kwExists
	kwExplain
	kwExtract
	kwFilter
	kwFirst
	kwFollowing
	kwFormat
	kwGraph
	kwGraphTable
	kwGrouping
	kwGroups
	kwHour
	kwIf
	kwIndex
	kwInsert
	kwInterval
	kwKey
	kwLabel
	kwLast
	kwMatch
	kwMaterialized
	kwMinute
	kwMonth
	kwNext
	kwNo
	kwNothing
	kwNulls
	kwOnly
	kwOver
	kwOverlay
	kwPartition
	kwPlacing
	kwPosition
	kwPreceding
	kwPrecision
	kwProperties
	kwProperty
	kwRange
	kwRecursive
	kwRename
	kwReplace
	kwRestrict
	kwRollback
	kwRollup
	kwRow
	kwRows
	kwSecond
	kwSet
	kwShortest
	kwShow
	kwSource
	kwStart
	kwSubstring
	kwTables
	kwTemp
	kwTemporary
	kwTies
	kwTime
	kwTrim
	kwTruncate
	kwUnbounded
	kwUnknown
	kwUnlogged
	kwUpdate
	kwValues
	kwVarying
	kwVerbose
	kwVertex
	kwView
	kwWeek
	kwWithin
	kwWithout
	kwYear
	kwZone
)

// keywordText is the lower-case text of every keyword.
var keywordText = [...]string{
	kwAll:              "all",
	kwAnd:              "and",
	kwAny:              "any",
	kwArray:            "array",
	kwAs:               "as",
	kwAsc:              "asc",
	kwBoth:             "both",
	kwCase:             "case",
	kwCast:             "cast",
	kwCheck:            "check",
	kwCollate:          "collate",
	kwColumn:           "column",
	kwConstraint:       "constraint",
	kwCreate:           "create",
	kwCross:            "cross",
	kwCurrentDate:      "current_date",
	kwCurrentTime:      "current_time",
	kwCurrentTimestamp: "current_timestamp",
	kwDefault:          "default",
	kwDesc:             "desc",
	kwDistinct:         "distinct",
	kwElse:             "else",
	kwEnd:              "end",
	kwExcept:           "except",
	kwFalse:            "false",
	kwFetch:            "fetch",
	kwFor:              "for",
	kwForeign:          "foreign",
	kwFrom:             "from",
	kwFull:             "full",
	kwGrant:            "grant",
	kwGroup:            "group",
	kwHaving:           "having",
	kwIn:               "in",
	kwInner:            "inner",
	kwIntersect:        "intersect",
	kwInto:             "into",
	kwIs:               "is",
	kwIsnull:           "isnull",
	kwJoin:             "join",
	kwLateral:          "lateral",
	kwLeading:          "leading",
	kwLeft:             "left",
	kwLike:             "like",
	kwIlike:            "ilike",
	kwLimit:            "limit",
	kwLocaltime:        "localtime",
	kwLocaltimestamp:   "localtimestamp",
	kwNatural:          "natural",
	kwNot:              "not",
	kwNotnull:          "notnull",
	kwNull:             "null",
	kwOffset:           "offset",
	kwOn:               "on",
	kwOr:               "or",
	kwOrder:            "order",
	kwOuter:            "outer",
	kwPrimary:          "primary",
	kwReferences:       "references",
	kwReturning:        "returning",
	kwRight:            "right",
	kwSelect:           "select",
	kwSimilar:          "similar",
	kwSome:             "some",
	kwTable:            "table",
	kwThen:             "then",
	kwTo:               "to",
	kwTrailing:         "trailing",
	kwTrue:             "true",
	kwUnion:            "union",
	kwUnique:           "unique",
	kwUsing:            "using",
	kwWhen:             "when",
	kwWhere:            "where",
	kwWindow:           "window",
	kwWith:             "with",
	kwAdd:              "add",
	kwAlter:            "alter",
	kwAnalyze:          "analyze",
	kwAnalyzer:         "analyzer",
	kwAt:               "at",
	kwBegin:            "begin",
	kwBetween:          "between",
	kwBy:               "by",
	kwCascade:          "cascade",
	kwColumns:          "columns",
	kwCommit:           "commit",
	kwConflict:         "conflict",
	kwCurrent:          "current",
	kwDay:              "day",
	kwDelete:           "delete",
	kwDescribe:         "describe",
	kwDestination:      "destination",
	kwDo:               "do",
	kwDouble:           "double",
	kwDrop:             "drop",
	kwEdge:             "edge",
	kwEscape:           "escape",
	kwExists:           "exists",
	kwExplain:          "explain",
	kwExtract:          "extract",
	kwFilter:           "filter",
	kwFirst:            "first",
	kwFollowing:        "following",
	kwFormat:           "format",
	kwGraph:            "graph",
	kwGraphTable:       "graph_table",
	kwGrouping:         "grouping",
	kwGroups:           "groups",
	kwHour:             "hour",
	kwIf:               "if",
	kwIndex:            "index",
	kwInsert:           "insert",
	kwInterval:         "interval",
	kwKey:              "key",
	kwLabel:            "label",
	kwLast:             "last",
	kwMatch:            "match",
	kwMaterialized:     "materialized",
	kwMinute:           "minute",
	kwMonth:            "month",
	kwNext:             "next",
	kwNo:               "no",
	kwNothing:          "nothing",
	kwNulls:            "nulls",
	kwOnly:             "only",
	kwOver:             "over",
	kwOverlay:          "overlay",
	kwPartition:        "partition",
	kwPlacing:          "placing",
	kwPosition:         "position",
	kwPreceding:        "preceding",
	kwPrecision:        "precision",
	kwProperties:       "properties",
	kwProperty:         "property",
	kwRange:            "range",
	kwRecursive:        "recursive",
	kwRename:           "rename",
	kwReplace:          "replace",
	kwRestrict:         "restrict",
	kwRollback:         "rollback",
	kwRollup:           "rollup",
	kwRow:              "row",
	kwRows:             "rows",
	kwSecond:           "second",
	kwSet:              "set",
	kwShortest:         "shortest",
	kwShow:             "show",
	kwSource:           "source",
	kwStart:            "start",
	kwSubstring:        "substring",
	kwSymmetric:        "symmetric",
	kwTables:           "tables",
	kwTemp:             "temp",
	kwTemporary:        "temporary",
	kwTies:             "ties",
	kwTime:             "time",
	kwTrim:             "trim",
	kwTruncate:         "truncate",
	kwUnbounded:        "unbounded",
	kwUnknown:          "unknown",
	kwUnlogged:         "unlogged",
	kwUpdate:           "update",
	kwValues:           "values",
	kwVarying:          "varying",
	kwVerbose:          "verbose",
	kwVertex:           "vertex",
	kwView:             "view",
	kwWeek:             "week",
	kwWithin:           "within",
	kwWithout:          "without",
	kwYear:             "year",
	kwZone:             "zone",
}

var keywordByText = func() map[string]keyword {
	m := make(map[string]keyword, len(keywordText))
	for k, s := range keywordText {
		m[s] = keyword(k)
	}
	delete(m, "")
	return m
}()

// longestKeyword is the length of current_timestamp.
const longestKeyword = 17

// keywordOf returns the keyword of a word in lower case, or kwNone.
func keywordOf(word string) keyword {
	if len(word) > longestKeyword {
		return kwNone
	}
	return keywordByText[word]
}

// foldKeyword is keywordOf for a word in any case.
func foldKeyword(word string) keyword {
	if len(word) > longestKeyword {
		return kwNone
	}
	var low [longestKeyword]byte
	for i := range len(word) {
		low[i] = lower(word[i])
	}
	return keywordByText[string(low[:len(word)])]
}

// reserved reports whether the word needs quotes to be a name.
func (k keyword) reserved() bool { return k != kwNone && k <= lastReserved }

// function reports whether a reserved word can still name a function.
func (k keyword) function() bool { return k == kwLeft || k == kwRight }

// joins reports whether the word may begin a join in place of JOIN itself.
func (k keyword) joins() bool {
	switch k {
	case kwNatural, kwLeft, kwInner, kwCross, kwRight, kwFull:
		return true
	}
	return false
}

func (k keyword) String() string {
	if int(k) < len(keywordText) {
		return upper(keywordText[k])
	}
	return "?"
}
