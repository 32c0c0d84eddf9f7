//go:build !linux

package doctor

func (h *Host) statDisk(string) {}
