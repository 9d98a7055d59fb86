package bilingual_test

import (
	"testing"

	"github.com/wecombot/wecombot/internal/bilingual"
)

func TestIn(t *testing.T) {
	t.Parallel()
	near, all := bilingual.Sentence{"没有 %s", "no %s"}, bilingual.Sentence{"100%", "all"}
	for _, tt := range []struct{ got, want string }{
		{near.In("zh-CN", "a"), "没有 a"}, {near.In("en-GB", "a"), "no a"}, {near.In("", "a"), "没有 a"},
		{all.In("zh-CN"), "100%"}, {all.In("en"), "all"},
	} {
		if tt.got != tt.want {
			t.Errorf("In = %q, want %q", tt.got, tt.want)
		}
	}
}
