// Package codec holds the encodings that engines share: blocks of 65,536 rows
// as constants, runs, frames of reference, dictionary codes, raw floats and
// strings, with their validity, statistics and checksums, and the kernels
// that compute on them without decoding.
package codec
