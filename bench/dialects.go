package bench

// Dialects are the words of one question for peers whose SQL is not ours, by
// the name of the system; one that is not named takes the statement's SQL. It
// is the type of Question.Words in the workloads geo, mixed and graph.
type Dialects map[string]string

// For returns the text that the system called name is asked.
func (q Question) For(name string) string {
	if d, ok := q.Words.(Dialects); ok && d[name] != "" {
		return d[name]
	}
	return q.SQL
}

// spoken is a statement in quindex's SQL and in PostgreSQL's. make draws the
// constants and returns both texts.
func spoken(name string, times int, make func(r *Rand) (quindex, postgres string)) Statement {
	return Statement{
		Name:  name,
		Times: times,
		SQL: func(r *Rand) string {
			text, _ := make(r)
			return text
		},
		Words: func(r *Rand) any {
			_, text := make(r)
			return Dialects{"postgres": text}
		},
	}
}
