package reply

import (
	"fmt"
	"strings"
)

// Reply is what a handler answers; nil acknowledges in silence. The implementations are values of this package.
type Reply interface {
	// Units renders the reply into messages of the wire, in order, each within its limits. An error names
	// field, limit and size (*LimitError), or the field that is missing or wrong (*FieldError).
	Units(Options) ([]Unit, error)
}

// Options are choices of rendering.
type Options struct {
	PartMarks bool   // "(1/3)" at the end of each part of a split text
	Target    Target // default TargetApp
	Language  string // of the few words that we add ("[图片]"): "zh-CN" (default) or "en"
}

func (o Options) say(zh, en string) string {
	if strings.HasPrefix(o.Language, "en") {
		return en
	}
	return zh
}

// List is several replies, in order. A nil in it is skipped; an empty list is silence.
func List(rs ...Reply) Reply { return list(rs) }

type list []Reply

func (l list) Units(o Options) ([]Unit, error) {
	var all []Unit
	for i, r := range l {
		if r == nil {
			continue
		}
		us, err := r.Units(o)
		if err != nil {
			return nil, fmt.Errorf("reply %d of %d: %w", i+1, len(l), err)
		}
		all = append(all, us...)
	}
	return all, nil
}

// lines joins what is not empty, one per line.
func lines(ss ...string) string {
	var b strings.Builder
	for _, s := range ss {
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(s)
	}
	return b.String()
}
