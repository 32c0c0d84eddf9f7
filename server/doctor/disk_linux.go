package doctor

import "syscall"

// Numbers of file systems are those of statfs(2).
var fileSystems = map[int64]struct {
	name                string
	networked, volatile bool
}{
	0xef53: {name: "ext4"}, 0x58465342: {name: "xfs"}, 0x9123683e: {name: "btrfs"}, 0x2fc12fc1: {name: "zfs"}, 0x794c7630: {name: "overlay"},
	0x6969: {name: "nfs", networked: true}, 0x517b: {name: "smb", networked: true}, 0xff534d42: {name: "cifs", networked: true},
	0xfe534d42: {name: "smb2", networked: true}, 0x65735546: {name: "fuse", networked: true}, 0x01021994: {name: "tmpfs", volatile: true},
}

func (h *Host) statDisk(dir string) {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return
	}
	h.DiskFree, h.DiskSize = int64(s.Bavail)*s.Bsize, int64(s.Blocks)*s.Bsize
	f := fileSystems[int64(s.Type)&0xffffffff]
	h.FileSystem, h.networked, h.volatile = f.name, f.networked, f.volatile
}
