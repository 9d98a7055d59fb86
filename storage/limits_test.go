package storage_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wecombot/wecombot/storage"
)

func TestCheckKey(t *testing.T) {
	t.Parallel()
	for key, ok := range map[string]bool{
		"": false, "a": true, "a\x00": false, "\xff": true, strings.Repeat("k", storage.MaxKey): true, strings.Repeat("k", storage.MaxKey+1): false,
	} {
		err := storage.CheckKey(key)
		if (err == nil) != ok || err != nil && !errors.Is(err, storage.ErrInvalid) {
			t.Errorf("CheckKey of %d bytes = %v, want fine: %v", len(key), err, ok)
		}
	}
	if err := storage.CheckKey("secret\x00"); strings.Contains(err.Error(), "secret") {
		t.Errorf("CheckKey shows the key: %v", err)
	}
}

func TestCutReason(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{"", "errcode 81013", strings.Repeat("a", storage.MaxReason), strings.Repeat("文", storage.MaxReason), strings.Repeat("\x80", 2*storage.MaxReason)} {
		got := storage.CutReason(reason)
		if !strings.HasPrefix(reason, got) || len(got) > storage.MaxReason || len(got) < min(len(reason), storage.MaxReason-utf8.UTFMax) || utf8.ValidString(got) != utf8.ValidString(reason) {
			t.Errorf("CutReason of %d bytes = %d bytes", len(reason), len(got))
		}
	}
}
