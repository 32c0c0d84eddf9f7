package main

import "syscall"

// endWithUs makes a process end, in an orderly way, when this one is gone
// without having stopped it.
func endWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT} }
