//go:build !linux && !darwin

package segment

import "errors"

const canMap = false

func mapFile(uintptr, int) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmap([]byte) error { return nil }
