package nearest_test

import (
	"testing"

	"github.com/wecombot/wecombot/internal/nearest"
)

func TestName(t *testing.T) {
	t.Parallel()
	keys := []string{"server", "storage", "log", "language", "timezone", "apps", "keyword", "reply_within"}
	for word, want := range map[string]string{
		"servr":     "server",
		"sevrer":    "server", // a swap is one mistake
		"Server":    "server",
		"lang":      "language",
		"keywords":  "keyword",
		"within":    "reply_within",
		"banana":    "",
		"":          "",
		"x":         "",
		"app":       "apps",
		"tiemzone":  "timezone",
		"时区":        "",
		"stroage":   "storage",
		"log_level": "log",
		"lg":        "",
	} {
		if got := nearest.Name(word, keys); got != want {
			t.Errorf("Name(%q) = %q, want %q", word, got, want)
		}
	}
}
