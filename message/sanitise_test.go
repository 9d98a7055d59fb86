package message_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wecombot/wecombot/message"
)

func checkClean(t *testing.T, doc string) {
	t.Helper()
	cleaned := message.Clean(doc)
	if !utf8.ValidString(cleaned) || strings.ContainsAny(cleaned, "\x00\x01\x08\x0b\x0c\x0e\x1d\x1f\uFFFE\uFFFF") || message.Clean(cleaned) != cleaned {
		t.Fatalf("Clean(%q) = %q", doc, cleaned)
	}
	if got, want := message.IsClean([]byte(doc)), cleaned == doc; got != want {
		t.Fatalf("IsClean(%q) = %v, want %v", doc, got, want)
	}
}

// The fast check and the plain cleaning must agree on every character, wherever it stands among the eight bytes.
func TestIsCleanOnEveryCharacter(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= 0x10FFFF; r++ {
		if r > 0x3000 && r < 0xD000 && r%97 != 0 || r > 0x10010 && r%997 != 0 {
			continue
		}
		at := int(r) % 8
		checkClean(t, "12345678"[:at]+string(r)+"请假abcdefgh"[:int(r)%12])
	}
	for _, raw := range []string{"\xed\xa0\x80", "\xe0\x80\x80", "\xef\xbf\xbe", "\xef\xbf\xbf", "\xef\xbf\xbd", "\xf4\x90\x80\x80", "\xc0\x80", "\xe8\xaf", "\xe8\x80\xe8", "\x7f"} {
		for at := range 9 {
			checkClean(t, "12345678"[:at]+raw+"请假8bytes")
			checkClean(t, strings.Repeat("请", at)+raw)
		}
	}
}

func TestIsCleanOnRandomBytes(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"请", "假", "abc", "<a>", "\n", " ", "\x1d", "\xff", "\xe8", "\x80", "😀", "\uFFFE", "é", "\x00", "12345678"}
	for range 20000 {
		var b strings.Builder
		for range rnd.IntN(12) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		checkClean(t, b.String())
	}
}
