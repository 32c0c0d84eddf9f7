// Package quindex is the root of the repository; it holds no code, only the
// tests that look at the house as a whole. Start at ARCHITECTURE.md.
package quindex
