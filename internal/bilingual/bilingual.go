// Package bilingual holds sentences that members read, in Chinese and in English side by side.
package bilingual

import (
	"fmt"
	"strings"
)

// Sentence is one sentence: first in Chinese, then in English. With arguments it is a format of fmt.
type Sentence [2]string

// In is the sentence in a language, a tag such as zh-CN or en: Chinese unless it begins with en.
func (s Sentence) In(lang string, args ...any) string {
	f := s[0]
	if strings.HasPrefix(lang, "en") {
		f = s[1]
	}
	if len(args) == 0 {
		return f
	}
	return fmt.Sprintf(f, args...)
}
