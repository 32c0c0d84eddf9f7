package store

// crowded reports whether segments are to become fewer at any price.
func (s *Shard) crowded() bool { return s.opts.Crowded != nil && s.opts.Crowded() }

// Hurry has the background look for merges now.
func (s *Shard) Hurry() { poke(s.mergeDue) }
