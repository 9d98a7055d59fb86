//go:build failpoint && unix

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// The process is the state here, so a package variable may count.
var where = crashAt(os.Getenv("WECOMBOT_CRASH_AT"))

type target struct {
	point Point
	left  atomic.Int64
}

func crashAt(s string) *target {
	name, n, _ := strings.Cut(s, "@")
	t := &target{point: Point(name)}
	t.left.Store(1)
	if i, err := strconv.Atoi(n); err == nil {
		t.left.Store(int64(i))
	}
	return t
}

// Hit ends the process where WECOMBOT_CRASH_AT says so.
func Hit(p Point) {
	if p == where.point && where.left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // nothing may happen after it
	}
}
