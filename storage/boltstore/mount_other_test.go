//go:build unix && !linux

package boltstore_test

import "errors"

func mountTmpfs(string, int) error   { return errors.ErrUnsupported }
func remountTmpfs(string, int) error { return errors.ErrUnsupported }
