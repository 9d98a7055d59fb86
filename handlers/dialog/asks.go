package dialog

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/wecombot/wecombot/internal/when"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/router"
)

// Ask asks for a text.
func (d *D) Ask(prompt string, opts ...AskOption) (string, error) {
	return AskAs(d, prompt, Question[string]{Kind: "text", Read: d.readText}, opts...)
}

// AskInt asks for a whole number, in ASCII or full-width digits.
func (d *D) AskInt(prompt string, opts ...AskOption) (int, error) {
	var o askOptions
	for _, set := range opts {
		set(&o)
	}
	qn := Question[int]{Kind: "int", Read: func(_ context.Context, in Input) (int, error) {
		n, err := strconv.Atoi(strings.TrimSpace(norm.NFKC.String(in.Text)))
		switch {
		case o.bounded && (err != nil || n < o.min || n > o.max):
			return 0, Invalid(askBetween.In(d.engine.lang, o.min, o.max))
		case err != nil:
			return 0, Invalid(askNumber.In(d.engine.lang))
		}
		return n, nil
	}, Example: "3"}
	if o.bounded {
		qn.Example = strconv.Itoa(min(max(3, o.min), o.max))
	}
	return AskAs(d, prompt, qn, opts...)
}

// AskChoice asks for one of several texts. They are listed with numbers; the number, the text, or its only beginning
// will do.
func (d *D) AskChoice(prompt string, choices []string, opts ...AskOption) (string, error) {
	var b strings.Builder
	b.WriteString(prompt)
	for i, c := range choices {
		fmt.Fprintf(&b, "\n%d. %s", i+1, c)
	}
	qn := Question[string]{Kind: "choice", Choices: choices, Read: func(_ context.Context, in Input) (string, error) {
		if c, ok := choose(choices, in); ok {
			return c, nil
		}
		return "", Invalid(askChoose.In(d.engine.lang, strings.Join(choices, "、")))
	}}
	return AskAs(d, b.String(), qn, opts...)
}

func choose(choices []string, in Input) (string, bool) {
	typed := fold(in.Text + in.Choice)
	if typed == "" {
		return "", false
	}
	var begins []string
	for _, c := range choices {
		switch folded := fold(c); {
		case folded == typed:
			return c, true
		case strings.HasPrefix(folded, typed):
			begins = append(begins, c)
		}
	}
	if n, err := strconv.Atoi(typed); err == nil && n >= 1 && n <= len(choices) {
		return choices[n-1], true
	}
	if len(begins) == 1 {
		return begins[0], true
	}
	return "", false
}

// AskDate asks for a day: 2026-12-01, 12月1日, 明天, 下周五, next friday. The result is its midnight in the engine's zone.
func (d *D) AskDate(prompt string, opts ...AskOption) (time.Time, error) {
	now := d.now
	qn := Question[string]{Kind: "date", Read: func(_ context.Context, in Input) (string, error) {
		day, ok := when.Date(in.Text, in.Now)
		if !ok {
			return "", Invalid(askDate.In(d.engine.lang))
		}
		return day.Format(time.DateOnly), nil
	}, Example: dateExample.In(d.engine.lang, now.AddDate(0, 0, 7).Format(time.DateOnly))}
	day, err := AskAs(d, prompt, qn, opts...)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.ParseInLocation(time.DateOnly, day, d.engine.location)
	if err != nil {
		return time.Time{}, d.halt(errChanged)
	}
	return t, nil
}

// AskMember asks for a member, by account or name (see WithMembers).
func (d *D) AskMember(prompt string, opts ...AskOption) (router.User, error) {
	return AskAs(d, prompt, Question[router.User]{Kind: "member", Read: d.readMember, Example: memberExample.In(d.engine.lang)}, opts...)
}

// Image is a picture that a member sent.
type Image struct {
	MediaID string `json:"media_id"` // downloadable for three days
	URL     string `json:"url"`
}

// AskImage asks for a picture.
func (d *D) AskImage(prompt string, opts ...AskOption) (Image, error) {
	qn := Question[Image]{Kind: "image", Read: func(_ context.Context, in Input) (Image, error) {
		if in.Type != message.TypeImage {
			return Image{}, Invalid(askImage.In(d.engine.lang))
		}
		return Image{MediaID: in.Field("MediaId"), URL: in.Field("PicUrl")}, nil
	}}
	return AskAs(d, prompt, qn, opts...)
}

// AskYesNo asks a question that is answered by yes or no, in either language.
func (d *D) AskYesNo(prompt string, opts ...AskOption) (bool, error) {
	choices := []string{buttonYes.In(d.engine.lang), buttonNo.In(d.engine.lang)}
	qn := Question[bool]{Kind: "yesno", Choices: choices, Read: func(_ context.Context, in Input) (bool, error) {
		switch yesNo.of(in.Text + in.Choice) {
		case wordYes:
			return true, nil
		case wordNo:
			return false, nil
		}
		return false, Invalid(askYesNo.In(d.engine.lang))
	}}
	return AskAs(d, prompt, qn, opts...)
}

// Confirm asks whether to go on: nil says yes, ErrCancelled no.
func (d *D) Confirm(prompt string, opts ...AskOption) error {
	ok, err := d.AskYesNo(prompt, opts...)
	if err == nil && !ok {
		return ErrCancelled
	}
	return err
}

func (d *D) readText(_ context.Context, in Input) (string, error) {
	if in.Type != message.TypeText || in.Text == "" {
		return "", Invalid(askText.In(d.engine.lang))
	}
	return in.Text, nil
}

func (d *D) readMember(ctx context.Context, in Input) (router.User, error) {
	name := strings.TrimSpace(strings.TrimPrefix(norm.NFKC.String(in.Text), "@"))
	if name == "" {
		return router.User{}, Invalid(askMember.In(d.engine.lang))
	}
	if d.engine.members == nil {
		return router.User{ID: name}, nil
	}
	found, err := d.engine.members(ctx, name)
	switch {
	case err != nil:
		return router.User{}, err
	case len(found) == 0:
		return router.User{}, Invalid(askMember.In(d.engine.lang))
	case len(found) > 1:
		ids := make([]string, len(found))
		for i, u := range found {
			ids[i] = fmt.Sprintf("%s（%s）", u.ID, u.Name)
		}
		return router.User{}, Invalid(askMemberMany.In(d.engine.lang, strings.Join(ids, "、")))
	}
	return found[0], nil
}
