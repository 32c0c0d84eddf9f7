// Package frame is the frame that all engines' sections stand in, and what
// reads and writes it:
//
//	+-----------------+-------+--------+--------+--------+-------+
//	| magic  | zeros  | parts | footer | length | crc32c | magic |
//	| 8 B    | 56 B   |       | F B    | u32    | u32    | 8 B   |
//	+-----------------+-------+--------+--------+--------+-------+
//
// Numbers are little-endian; length and crc32c are those of the footer. What
// the parts and the footer hold is the engine's; parts begin at multiples of 64.
package frame
