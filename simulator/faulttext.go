package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// faultWord is one word of the text form.
type faultWord struct {
	word     string
	argument string // what stands after "="; "": nothing
	make     func(arg string) (Fault, error)
	help     string
}

// faultWords is the table behind ParseFault and FaultHelp. A bare number is an errcode.
func faultWords() []faultWord {
	plain := func(f Fault) func(string) (Fault, error) {
		return func(string) (Fault, error) { return f, nil }
	}
	timed := func(make func(time.Duration) Fault) func(string) (Fault, error) {
		return func(arg string) (Fault, error) {
			d, err := time.ParseDuration(arg)
			if err != nil || d < 0 {
				return Fault{}, fmt.Errorf("%q is not a duration such as 2s", arg)
			}
			return make(d), nil
		}
	}
	status := func(make func(int) Fault) func(string) (Fault, error) {
		return func(arg string) (Fault, error) {
			n, err := strconv.Atoi(arg)
			if err != nil || n < 400 || n > 599 {
				return Fault{}, fmt.Errorf("%q is not an HTTP status of 400 to 599", arg)
			}
			return make(n), nil
		}
	}
	return []faultWord{
		{"timeout-before", "", plain(TimeoutBefore()), "no answer, and nothing is done"},
		{"timeout-after", "", plain(TimeoutAfter()), "it is done, but the answer never comes"},
		{"reset-before", "", plain(ResetBefore()), "the connection is cut, and nothing is done"},
		{"reset-after", "", plain(ResetAfter()), "it is done, then the connection is cut"},
		{"http", "502", status(FailHTTP), "an HTTP status, and nothing is done"},
		{"http-after", "502", status(FailHTTPAfter), "it is done, the answer is an HTTP status"},
		{"html", "", plain(AnswerHTML()), "a page instead of JSON, and nothing is done"},
		{"truncated", "", plain(AnswerTruncated()), "it is done, the answer is half of the JSON"},
		{"slow", "2s", timed(Slow), "it is done, the answer comes late; a callback starts late"},
		{"revoke", "", plain(Revoke()), "all access tokens become invalid"},
		{"drop", "", plain(Drop()), "a message is accepted and shown to nobody"},
		{"duplicate", "", plain(Duplicate()), "a callback comes in two copies at once"},
		{"jitter", "500ms", timed(func(d time.Duration) Fault { return Jitter(d).On(callbackPath) }), "a callback starts up to that much late"},
	}
}

// ParseFault reads the text form of a fault: [PATH:]WHAT[=VALUE][@WHEN].
//
// PATH is an API path ("message/send") or "callback", the delivery of callbacks; without one every API call but
// gettoken is meant. WHAT is an errcode or a word of FaultHelp. WHEN counts the calls of the path from 1: "3" the
// third, "2,5" two of them, "3-5" a range, "3-" from the third on, "*4" each fourth; without it each call.
func ParseFault(s string) (Fault, error) {
	rest, when, _ := strings.Cut(strings.TrimSpace(s), "@")
	path, what, hasPath := strings.Cut(rest, ":")
	if !hasPath {
		path, what = "", rest
	}
	f, err := parseWhat(what)
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", s, err)
	}
	if path != "" {
		f = f.On(path)
	}
	if f, err = f.parseWhen(when); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", s, err)
	}
	if err := f.fits(); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", s, err)
	}
	return f, nil
}

func parseWhat(what string) (Fault, error) {
	if code, err := strconv.Atoi(what); err == nil {
		if code == 0 {
			return Fault{}, fmt.Errorf("errcode 0 is no fault")
		}
		return FailCode(code), nil
	}
	word, arg, hasArg := strings.Cut(what, "=")
	for _, w := range faultWords() {
		if w.word != word {
			continue
		}
		if hasArg != (w.argument != "") {
			return Fault{}, fmt.Errorf("write %s", w.usage())
		}
		return w.make(arg)
	}
	return Fault{}, fmt.Errorf("%q is neither an errcode nor one of: %s", word, strings.Join(words(), " "))
}

func words() []string {
	var out []string
	for _, w := range faultWords() {
		out = append(out, w.usage())
	}
	return out
}

func (w faultWord) usage() string {
	if w.argument == "" {
		return w.word
	}
	return w.word + "=" + w.argument
}

func (f Fault) parseWhen(when string) (Fault, error) {
	if when == "" {
		return f, nil
	}
	if n, ok := strings.CutPrefix(when, "*"); ok {
		every, err := strconv.Atoi(n)
		if err != nil || every < 1 {
			return Fault{}, fmt.Errorf("%q is not a number of calls", n)
		}
		return f.Every(every), nil
	}
	for part := range strings.SplitSeq(when, ",") {
		first, last, ranged := strings.Cut(part, "-")
		a, err := strconv.Atoi(first)
		if err != nil || a < 1 {
			return Fault{}, fmt.Errorf("%q is not the number of a call", part)
		}
		b := a
		if ranged && last == "" {
			b = 0
		} else if ranged {
			if b, err = strconv.Atoi(last); err != nil || b < a {
				return Fault{}, fmt.Errorf("%q is not a range of calls", part)
			}
		}
		f = f.Between(a, b)
	}
	return f, nil
}

// fits refuses faults that would never happen.
func (f Fault) fits() error {
	callback := f.path == callbackPath
	switch f.kind {
	case faultDuplicate, faultJitter:
		if !callback {
			return fmt.Errorf("%s is for callbacks only", f.kind)
		}
	case faultTimeout, faultReset, faultSlow:
	default:
		if callback {
			return fmt.Errorf("%s is for API calls only", f.kind)
		}
	}
	return nil
}

// String is the text form.
func (f Fault) String() string {
	s := f.text()
	if f.path != "" {
		s = f.path + ":" + s
	}
	if f.every > 0 {
		return s + "@*" + strconv.Itoa(f.every)
	}
	var when []string
	for _, c := range f.calls {
		switch {
		case c.first == c.last:
			when = append(when, strconv.Itoa(c.first))
		case c.last == 0:
			when = append(when, strconv.Itoa(c.first)+"-")
		default:
			when = append(when, fmt.Sprintf("%d-%d", c.first, c.last))
		}
	}
	if len(when) > 0 {
		s += "@" + strings.Join(when, ",")
	}
	return s
}

// text is the WHAT of the text form.
func (f Fault) text() string {
	switch f.kind {
	case faultErrcode:
		return strconv.Itoa(f.code)
	case faultTimeout, faultReset:
		if f.after {
			return string(f.kind) + "-after"
		}
		return string(f.kind) + "-before"
	case faultHTTP:
		if f.after {
			return "http-after=" + strconv.Itoa(f.code)
		}
		return "http=" + strconv.Itoa(f.code)
	case faultSlow, faultJitter:
		return string(f.kind) + "=" + f.delay.String()
	}
	return string(f.kind)
}

// FaultHelp explains the words of ParseFault, one per line.
func FaultHelp() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-18s %s\n", "42001", "that errcode, and nothing is done")
	for _, w := range faultWords() {
		fmt.Fprintf(&b, "%-18s %s\n", w.usage(), w.help)
	}
	return b.String()
}
