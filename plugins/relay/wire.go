package relay

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/reply"
)

// Request is what the program gets.
type Request struct {
	ID   string `json:"id"` // the same when it is sent again
	App  string `json:"app"`
	User string `json:"user"` // user id of the member
	Type string `json:"type"` // text, image, …, event; answer for the answer to a question
	Time int64  `json:"time"` // unix seconds

	Text    string            `json:"text,omitempty"`
	Event   string            `json:"event,omitempty"`
	Key     string            `json:"key,omitempty"`
	MediaID string            `json:"media_id,omitempty"`
	Vars    map[string]string `json:"vars,omitempty"` // captures; rest is what follows a prefix or a command

	Answer any             `json:"answer,omitempty"` // text, number, true or false, by what was asked
	State  json.RawMessage `json:"state,omitempty"`  // what the program gave with its question
	Turn   int             `json:"turn,omitempty"`   // number of the answer, from 1
}

// Response is what the program answers. Text and Markdown are short for one Reply.
type Response struct {
	Text     string          `json:"text"`
	Markdown string          `json:"markdown"`
	Replies  []Reply         `json:"replies"`
	Ask      *Ask            `json:"ask"`   // goes on with a question
	State    json.RawMessage `json:"state"` // given back with the answer
	// Committed says that something was done, so that the member cannot go back to a question before it.
	Committed bool `json:"committed"`
}

// Reply is one message: text or markdown.
type Reply struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown"`
}

// Ask is a question.
type Ask struct {
	Prompt  string   `json:"prompt"`
	Kind    string   `json:"kind"`    // text (default), int, date (answered as 2026-12-01), yesno, choice
	Choices []string `json:"choices"` // of a choice
	Min     *int     `json:"min"`     // of an int
	Max     *int     `json:"max"`
}

// maxAnswer bounds an answer of the program, in bytes.
const maxAnswer = 256 << 10

// call sends one request. raw is the answer as it came, for the record.
func (r *relay) call(ctx context.Context, q Request) (raw []byte, out Response, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	body, err := json.Marshal(q)
	if err != nil {
		return nil, out, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.config.URL, bytes.NewReader(body))
	if err != nil {
		return nil, out, err
	}
	stamp := strconv.FormatInt(r.env.Clock().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Wecombot-Timestamp", stamp)
	req.Header.Set("X-Wecombot-Signature", sign(r.config.Secret.Reveal(), stamp, body))
	resp, err := r.env.HTTP.Do(req)
	if err != nil {
		return nil, out, fmt.Errorf("relay: %w", err)
	}
	defer resp.Body.Close()
	raw, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, out, fmt.Errorf("relay: read the answer: %w", err)
	case len(raw) > maxAnswer:
		return nil, out, fmt.Errorf("relay: the answer is longer than %d KiB", maxAnswer>>10)
	case resp.StatusCode == http.StatusNoContent:
		return []byte("{}"), out, nil
	case resp.StatusCode != http.StatusOK:
		return nil, out, fmt.Errorf("relay: the program answered status %d", resp.StatusCode)
	}
	out, err = parse(raw)
	return raw, out, err
}

// sign is the value of X-Wecombot-Signature.
func sign(secret, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// parse reads an answer strictly: a name that means nothing here is a mistake that its author wants to know of.
func parse(raw []byte) (out Response, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		return out, fmt.Errorf("relay: the answer is not as described: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return out, errors.New("relay: the answer is more than one JSON object")
	}
	if a := out.Ask; a != nil && (a.Prompt == "" || a.Kind == "choice" && len(a.Choices) == 0) {
		return out, errors.New("relay: a question needs a prompt, and a choice its choices")
	}
	return out, nil
}

// reply is what the answer says; nil for nothing.
func (o Response) reply() (reply.Reply, error) {
	var rs []reply.Reply
	for _, r := range append([]Reply{{Text: o.Text, Markdown: o.Markdown}}, o.Replies...) {
		if r.Text != "" {
			rs = append(rs, reply.Text(r.Text))
		}
		if r.Markdown != "" {
			rs = append(rs, reply.Markdown(r.Markdown))
		}
	}
	switch len(rs) {
	case 0:
		return nil, nil
	case 1:
		return rs[0], nil
	}
	return reply.List(rs...), nil
}

// ask asks the question in the dialog. The answer is of a JSON type.
func (a *Ask) ask(d *dialog.D) (any, error) {
	switch a.Kind {
	case "", "text":
		return d.Ask(a.Prompt)
	case "int":
		if a.Min != nil && a.Max != nil {
			return d.AskInt(a.Prompt, dialog.Between(*a.Min, *a.Max))
		}
		return d.AskInt(a.Prompt)
	case "yesno":
		return d.AskYesNo(a.Prompt)
	case "choice":
		return d.AskChoice(a.Prompt, a.Choices)
	case "date":
		day, err := d.AskDate(a.Prompt)
		return day.Format(time.DateOnly), err
	}
	return nil, fmt.Errorf("relay: the program asked for the unknown kind %q", a.Kind)
}
