// Package wire answers small HTTP/1.1 requests on the goroutine that reads
// their connection, and leaves all others to net/http.
//
// net/http starts a goroutine for every request, which waits for the client to
// leave, and moves six deadlines. On few cores the wake-ups of that take longer
// than a statement by key. Here a request that comes whole and plain is read,
// answered and written by one goroutine with two system calls; that its client
// has left is looked for only once it takes long. A connection on which
// anything else arrives goes to net/http with all its bytes, and stays there.
package wire
