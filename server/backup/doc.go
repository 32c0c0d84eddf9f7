// Package backup keeps backups of a cluster in a folder of its own: the files
// of every backup by their content, so that what two backups share is there
// once, and a list of files for each backup.
//
//	DIR/backups/20261121T144500Z.json   what was where; written last: without it there is no backup
//	DIR/files/3f/3fa9...                a file, named by the SHA-256 of its content
package backup
