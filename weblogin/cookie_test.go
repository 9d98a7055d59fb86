package weblogin

import "testing"

func TestWhatIsSignedServesOnePurpose(t *testing.T) {
	t.Parallel()
	k := newKeys(make([]byte, 32))
	sealed := k.seal(forState, "x")
	var v string
	if !k.open(forState, sealed, &v) || v != "x" {
		t.Errorf("open = %q", v)
	}
	if k.open(forSession, sealed, &v) {
		t.Error("a login under way is taken for a session")
	}
	if newKeys([]byte{31: 1}).open(forState, sealed, &v) {
		t.Error("signed with another key")
	}
}
