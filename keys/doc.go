// Package keys finds rows by their primary key: the engine "keys".
//
// Its index in a segment is a split-block bloom filter, which turns away most
// keys that are not there in one cache line, and the hashes of all keys in
// order, searched by interpolation. A row found by its hash is believed only
// after its whole key was compared: with the columns where they are numbers,
// else with the bytes of the keys, which are kept beside the hashes, because
// a column of strings that all differ is compressed in blocks and would be
// unpacked for one row. Many keys are looked for together, see FindAll.
package keys
