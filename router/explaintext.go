package router

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// String is Format in English.
func (x Explanation) String() string { return x.Format("en") }

// Format writes the explanation for people, in Chinese unless lang begins with "en".
func (x Explanation) Format(lang string) string {
	w := explanationWriter{words: chinese}
	if strings.HasPrefix(lang, "en") {
		w.words = english
	}
	unreached := 0
	for _, r := range x.Rules {
		if r.Outcome == OutcomeNotReached {
			unreached++
			continue
		}
		w.rule(r)
	}
	if unreached > 0 {
		w.line(0, "… ", w.say("unreached"), strconv.Itoa(unreached))
	}
	switch {
	case x.NotFound:
		w.line(0, "→ ", w.say("fallback"))
	case len(x.Matched) == 0:
		w.line(0, "→ ", w.say("none"))
	default:
		w.line(0, "→ ", w.say("answers"), strings.Join(x.Matched, ", "))
	}
	return w.String()
}

type explanationWriter struct {
	strings.Builder
	words map[string]string
}

func (w *explanationWriter) say(key string) string { return w.words[key] }

func (w *explanationWriter) line(depth int, parts ...string) {
	w.WriteString(strings.Repeat("    ", depth))
	for _, p := range parts {
		w.WriteString(p)
	}
	w.WriteByte('\n')
}

func (w *explanationWriter) rule(r RuleExplanation) {
	head := []string{mark(r.Outcome == OutcomeMatched), r.Name}
	if r.Source != "" {
		head = append(head, "  ", r.Source)
	}
	if note := w.say(string(r.Outcome)); note != "" {
		head = append(head, "  ", note)
	}
	if r.Continue && r.Outcome == OutcomeMatched {
		head = append(head, "  ", w.say("continue"))
	}
	w.line(0, head...)
	if r.Why.Kind == "and" {
		for _, p := range r.Why.Parts {
			w.part(1, p)
		}
	} else {
		w.part(1, *r.Why)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Vars)) {
		w.line(1, "  args.", name, " = ", strconv.Quote(r.Vars[name]))
	}
}

func mark(ok bool) string {
	if ok {
		return "✓ "
	}
	return "✗ "
}

func (w *explanationWriter) part(depth int, p Part) {
	switch {
	case p.Skipped:
		w.line(depth, "· ", w.label(p), w.wanted(p), w.say("skipped"))
	case p.Kind == "value":
		w.line(depth, "  ", p.Want[0], " = ", p.Got, p.Error)
	default:
		w.line(depth, strings.TrimRight(mark(p.OK)+w.label(p)+w.reason(p), " "))
	}
	for _, sub := range p.Parts {
		w.part(depth+1, sub)
	}
}

// label names the condition.
func (w *explanationWriter) label(p Part) string {
	switch p.Kind {
	case "expr":
		return p.Want[0]
	case "when":
		return w.say("when") + p.Want[0]
	}
	if label := w.say(p.Kind); label != "" {
		return label
	}
	return p.Kind + " " // of a matcher from elsewhere
}

// wanted are the words, types or keys, where the label does not hold them.
func (w *explanationWriter) wanted(p Part) string {
	if p.Kind == "expr" || p.Kind == "when" {
		return ""
	}
	return strings.Join(p.Want, w.say("comma"))
}

// reason says why it holds or not.
func (w *explanationWriter) reason(p Part) string {
	want := w.wanted(p)
	switch {
	case p.Error != "":
		return w.say("error") + p.Error
	case len(p.Parts) > 0 && p.Parts[0].Kind == "type": // words of a message without text
		return want
	}
	switch p.Kind {
	case "keyword", "exact", "prefix", "regexp":
		return want + w.say(p.Kind+" "+strconv.FormatBool(p.OK)) + ": " + shown(p.Got)
	case "type", "event", "key", "key_prefix", "from":
		if p.OK {
			return want
		}
		return want + w.say("but") + orNothing(p.Got)
	case "expr":
		if p.Got != strconv.FormatBool(p.OK) {
			return " = " + p.Got
		}
	case "when", "and", "or", "not", "any", "custom":
	default:
		if p.Got != "" {
			return want + ": " + p.Got
		}
		return want
	}
	return ""
}

func orNothing(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

var english = map[string]string{
	"unreached": "not reached: ", "none": "no rule matches", "fallback": "no rule matches: the fallback answers", "answers": "answered by ", "continue": "(continues)",
	"filtered": "(left out by the index)", "failed": "(expression failed)",
	"skipped": "  (not evaluated)", "error": "  error: ", "but": ", but it is ", "comma": " | ",
	"and": "all of ", "or": "one of ", "not": "not ", "any": "any message", "custom": "a matcher in code",
	"when": "when ", "type": "type ", "event": "event ", "key": "key ", "key_prefix": "key prefix ", "from": "from ",
	"keyword": "keyword ", "exact": "exact ", "prefix": "prefix ", "regexp": "regexp ",
	"keyword true": " is in the text", "keyword false": ": none is in the text",
	"exact true": " is the text", "exact false": ": none is the text",
	"prefix true": " begins the text", "prefix false": ": none begins the text",
	"regexp true": " matches the text", "regexp false": " does not match the text",
}

var chinese = map[string]string{
	"unreached": "未轮到的规则数：", "none": "没有规则匹配", "fallback": "没有规则匹配，由兜底回答", "answers": "由以下规则回答：", "continue": "（继续往下）",
	"filtered": "（索引已排除）", "failed": "（表达式出错）",
	"skipped": "  （未求值）", "error": "  出错：", "but": "，实际是 ", "comma": " | ",
	"and": "全部满足 ", "or": "满足其一 ", "not": "不满足 ", "any": "任何消息", "custom": "代码中的匹配器",
	"when": "条件 ", "type": "消息类型 ", "event": "事件 ", "key": "键 ", "key_prefix": "键前缀 ", "from": "发送人 ",
	"keyword": "关键词 ", "exact": "全文 ", "prefix": "开头 ", "regexp": "正则 ",
	"keyword true": " 出现在文本中", "keyword false": " 都不在文本中",
	"exact true": " 就是文本", "exact false": " 都不是文本",
	"prefix true": " 是文本的开头", "prefix false": " 都不是文本的开头",
	"regexp true": " 匹配文本", "regexp false": " 不匹配文本",
}
