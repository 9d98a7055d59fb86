package rules

import (
	"context"
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/internal/when"
	"github.com/wecombot/wecombot/message"
)

// answerType is a type of question: what expressions see of its answer, and how it is asked.
type answerType struct {
	zero any
	ask  func(d *dialog.D, q *question, prompt string, opts []dialog.AskOption) (any, error)
	// parse makes a value of what dialog.Check gives: the recorded answer as text.
	parse func(answer string) any
}

var answerTypes = map[string]answerType{
	"text": {"", func(d *dialog.D, _ *question, prompt string, opts []dialog.AskOption) (any, error) {
		return d.Ask(prompt, opts...)
	}, asText},
	"int": {0, func(d *dialog.D, _ *question, prompt string, opts []dialog.AskOption) (any, error) {
		return d.AskInt(prompt, opts...)
	}, func(s string) any { n, _ := strconv.Atoi(s); return n }},
	"number": {0.0, func(d *dialog.D, q *question, prompt string, opts []dialog.AskOption) (any, error) {
		return dialog.AskAs(d, prompt, reader("number", "2.5", q.lang, readNumber), opts...)
	}, func(s string) any { f, _ := strconv.ParseFloat(s, 64); return f }},
	"date": {"", func(d *dialog.D, _ *question, prompt string, opts []dialog.AskOption) (any, error) {
		day, err := d.AskDate(prompt, opts...)
		if err != nil {
			return nil, err
		}
		return day.Format(time.DateOnly), nil
	}, asText},
	"time": {"", func(d *dialog.D, q *question, prompt string, opts []dialog.AskOption) (any, error) {
		return dialog.AskAs(d, prompt, reader("time", "15:30", q.lang, readTime), opts...)
	}, asText},
	"duration": {time.Duration(0), func(d *dialog.D, q *question, prompt string, opts []dialog.AskOption) (any, error) {
		return dialog.AskAs(d, prompt, reader("duration", askDurationExample.In(q.lang), q.lang, readDuration), opts...)
	}, func(s string) any { n, _ := strconv.ParseInt(s, 10, 64); return time.Duration(n) }},
	"choice": {"", func(d *dialog.D, q *question, prompt string, opts []dialog.AskOption) (any, error) {
		return d.AskChoice(prompt, q.shown, append(opts, dialog.Buttons())...)
	}, asText},
	"yesno": {false, func(d *dialog.D, _ *question, prompt string, opts []dialog.AskOption) (any, error) {
		return d.AskYesNo(prompt, append(opts, dialog.Buttons())...)
	}, func(s string) any { return s == "true" }},
	"member": {map[string]any{"id": "", "name": ""}, func(d *dialog.D, _ *question, prompt string, opts []dialog.AskOption) (any, error) {
		u, err := d.AskMember(prompt, opts...)
		return map[string]any{"id": u.ID, "name": or(u.Name, u.ID)}, err
	}, func(s string) any {
		var u struct{ ID, Name string }
		_ = json.Unmarshal([]byte(s), &u)
		return map[string]any{"id": u.ID, "name": or(u.Name, u.ID)}
	}},
	"department": {map[string]any{"id": 0, "name": ""}, func(d *dialog.D, q *question, prompt string, opts []dialog.AskOption) (any, error) {
		u, err := dialog.AskAs(d, prompt, dialog.Question[Department]{Kind: "department", Read: q.readDepartment}, opts...)
		return u.value(), err
	}, func(s string) any {
		var u Department
		_ = json.Unmarshal([]byte(s), &u)
		return u.value()
	}},
	"image": {fileValue{}.value(), func(d *dialog.D, _ *question, prompt string, opts []dialog.AskOption) (any, error) {
		i, err := d.AskImage(prompt, opts...)
		return fileValue{"image", i.MediaID, i.URL}.value(), err
	}, parseFile},
	"file": {fileValue{}.value(), func(d *dialog.D, q *question, prompt string, opts []dialog.AskOption) (any, error) {
		f, err := dialog.AskAs(d, prompt, reader("file", "", q.lang, readFile), opts...)
		return f.value(), err
	}, parseFile},
	"location": {place{}.value(), func(d *dialog.D, q *question, prompt string, opts []dialog.AskOption) (any, error) {
		p, err := dialog.AskAs(d, prompt, reader("location", "", q.lang, readLocation), opts...)
		return p.value(), err
	}, func(s string) any {
		var p place
		_ = json.Unmarshal([]byte(s), &p)
		return p.value()
	}},
}

func asText(s string) any { return s }

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// reader is a Question whose Read needs the language and nothing else.
func reader[T any](kind, example, lang string, read func(in dialog.Input, lang string) (T, error)) dialog.Question[T] {
	return dialog.Question[T]{Kind: kind, Example: example, Read: func(_ context.Context, in dialog.Input) (T, error) {
		return read(in, lang)
	}}
}

var thousands = regexp.MustCompile(`^-?\d{1,3}(,\d{3})+(\.\d+)?$`)

func readNumber(in dialog.Input, lang string) (float64, error) {
	s := strings.TrimSpace(norm.NFKC.String(in.Text))
	if thousands.MatchString(s) {
		s = strings.ReplaceAll(s, ",", "")
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, dialog.Invalid(askNumber.In(lang))
	}
	return f, nil
}

func readTime(in dialog.Input, lang string) (string, error) {
	m, ok := when.Find(in.Text, in.Now)
	if !ok || strings.TrimSpace(m.Rest) != "" {
		return "", dialog.Invalid(askTime.In(lang))
	}
	return m.At.Format("15:04"), nil
}

var (
	spanPart  = regexp.MustCompile(`^\s*(\d+(?:\.\d+)?|半|一|两|二|三|四|五|六|七|八|九|十)\s*(?:个)?\s*(天|日|小时|钟头|分钟|分|秒|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)(半)?`)
	spanUnits = map[string]time.Duration{"天": 24 * time.Hour, "日": 24 * time.Hour, "d": 24 * time.Hour, "小": time.Hour, "钟": time.Hour, "h": time.Hour, "分": time.Minute, "m": time.Minute, "秒": time.Second, "s": time.Second}
	digits    = map[string]float64{"半": 0.5, "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
)

// parseDurationWords reads 2小时30分钟, 两个半小时 as 2.5 hours, 1h30m, 3 days.
func parseDurationWords(s string) (time.Duration, bool) {
	s = strings.ToLower(norm.NFKC.String(s))
	s = strings.ReplaceAll(s, "个半小时", ".5小时")
	for word, n := range digits {
		s = strings.ReplaceAll(s, word+".5小时", strconv.FormatFloat(n+0.5, 'f', -1, 64)+"小时")
	}
	var total time.Duration
	for strings.TrimSpace(s) != "" {
		m := spanPart.FindStringSubmatch(s)
		if m == nil {
			return 0, false
		}
		n, ok := digits[m[1]]
		if !ok {
			n, _ = strconv.ParseFloat(m[1], 64)
		}
		unit := spanUnits[string([]rune(m[2])[:1])]
		if m[3] != "" {
			n += 0.5
		}
		if n*float64(unit) > float64(math.MaxInt64/2) {
			return 0, false
		}
		total += time.Duration(n * float64(unit))
		s = s[len(m[0]):]
	}
	return total, total > 0
}

func readDuration(in dialog.Input, lang string) (time.Duration, error) {
	d, ok := parseDurationWords(in.Text)
	if !ok {
		return 0, dialog.Invalid(askDuration.In(lang))
	}
	return d, nil
}

// Department is a department (部门) as a form knows it.
type Department struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

func (d Department) value() map[string]any { return map[string]any{"id": d.ID, "name": d.Name} }

func (q *question) readDepartment(ctx context.Context, in dialog.Input) (Department, error) {
	name := strings.TrimSpace(norm.NFKC.String(in.Text))
	if name == "" {
		return Department{}, dialog.Invalid(askDepartment.In(q.lang))
	}
	if q.departments == nil {
		if id, err := strconv.Atoi(name); err == nil && id > 0 {
			return Department{id, name}, nil
		}
		return Department{}, dialog.Invalid(askDepartmentID.In(q.lang))
	}
	found, err := q.departments(ctx, name)
	switch {
	case err != nil:
		return Department{}, err
	case len(found) == 0:
		return Department{}, dialog.Invalid(askDepartment.In(q.lang))
	case len(found) > 1:
		names := make([]string, len(found))
		for i, d := range found {
			names[i] = d.Name + "（" + strconv.Itoa(d.ID) + "）"
		}
		return Department{}, dialog.Invalid(askDepartmentMany.In(q.lang, strings.Join(names, "、")))
	}
	return found[0], nil
}

// fileValue is a picture, voice or video that a member sent; apps receive no other files (doc 90239).
type fileValue struct {
	Type    string `json:"type"`
	MediaID string `json:"media_id"` // downloadable for three days
	URL     string `json:"url"`
}

func (f fileValue) value() map[string]any {
	return map[string]any{"type": f.Type, "media_id": f.MediaID, "url": f.URL}
}

func parseFile(s string) any {
	var f fileValue
	_ = json.Unmarshal([]byte(s), &f)
	return f.value()
}

func readFile(in dialog.Input, lang string) (fileValue, error) {
	switch in.Type {
	case message.TypeImage, message.TypeVoice, message.TypeVideo:
		return fileValue{string(in.Type), in.Field("MediaId"), in.Field("PicUrl")}, nil
	case message.TypeLink:
		return fileValue{string(in.Type), "", in.Field("Url")}, nil
	}
	return fileValue{}, dialog.Invalid(askFile.In(lang))
}

// place is a location message.
type place struct {
	Label     string  `json:"label"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

func (p place) value() map[string]any {
	return map[string]any{"label": p.Label, "latitude": p.Latitude, "longitude": p.Longitude}
}

func readLocation(in dialog.Input, lang string) (place, error) {
	if in.Type != message.TypeLocation {
		return place{}, dialog.Invalid(askLocation.In(lang))
	}
	lat, err1 := strconv.ParseFloat(in.Field("Location_X"), 64)
	long, err2 := strconv.ParseFloat(in.Field("Location_Y"), 64)
	if err1 != nil || err2 != nil {
		return place{}, dialog.Invalid(askLocation.In(lang))
	}
	return place{in.Field("Label"), lat, long}, nil
}
