package failpoint_test

import (
	"slices"
	"testing"

	"github.com/wecombot/wecombot/internal/failpoint"
)

func TestPointsAreDifferent(t *testing.T) {
	t.Parallel()
	ps := failpoint.Points()
	slices.Sort(ps)
	if n := len(slices.Compact(ps)); n != len(failpoint.Points()) {
		t.Errorf("%d points have %d names", len(failpoint.Points()), n)
	}
	for _, p := range failpoint.Points() {
		failpoint.Hit(p) // in a normal build nothing happens
	}
}
