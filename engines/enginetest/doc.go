// Package enginetest holds the laws that every engine keeps, as tests that any
// engine can run, and makers of random schemas, rows and conditions.
package enginetest
