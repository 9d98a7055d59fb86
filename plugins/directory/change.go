package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/internal/when"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/wecom"
)

// result is what the platform says of a change: the number of what is new, and whom it did not know.
type result struct {
	ID           int      `json:"id"`
	TagID        int      `json:"tagid"`
	InvalidList  string   `json:"invalidlist"`
	InvalidUser  []string `json:"invaliduser"`
	InvalidParty []int    `json:"invalidparty"`
	Refused      string   `json:"refused,omitempty"` // by the platform, with its code
}

// confirm is the dialog of every change.
func (d *directory) confirm(t *dialog.D) (reply.Reply, error) {
	var c change
	if err := json.Unmarshal([]byte(t.Var("change")), &c); err != nil {
		return nil, err
	}
	if err := t.Confirm(c.Title+d.env.Say("。确定吗？", ". Sure?"), dialog.Name("confirm")); err != nil {
		return nil, err
	}
	// A change that a crash interrupted is not made twice: an administrator sees what became of it.
	done, err := dialog.Do(t, "change", func(ctx context.Context) (result, error) { return d.make(ctx, t.From(), c) }, dialog.AtMostOnce())
	var failed *dialog.EffectError
	switch {
	case errors.Is(err, dialog.ErrInterrupted):
		return reply.Text(d.env.Say("处理到一半时中断了，请查一下是否已经完成。", "This was interrupted half-way; please look whether it was done.")), nil
	case errors.As(err, &failed):
		d.env.Log.ErrorContext(t.Context(), "directory not changed", "op", c.Op, "err", failed)
		return reply.Text(d.env.Say("没有成功，也可能只是没有收到平台的回答，请查一下。", "This failed, or only the platform's answer got lost; please look.")), nil
	case err != nil:
		return nil, err
	case done.Refused != "":
		return reply.Text(done.Refused), nil
	}
	return reply.Text(d.env.Say("完成：", "Done: ") + c.Title + done.String(d.env.English())), nil
}

// String is what is worth saying of a result.
func (r result) String(english bool) string {
	var s string
	if id := max(r.ID, r.TagID); id > 0 {
		s = fmt.Sprintf(map[bool]string{false: "，编号 %d", true: ", number %d"}[english], id)
	}
	unknown := slices.DeleteFunc(append(strings.Split(r.InvalidList, "|"), r.InvalidUser...), func(id string) bool { return id == "" })
	for _, p := range r.InvalidParty {
		unknown = append(unknown, fmt.Sprint(p))
	}
	if len(unknown) > 0 {
		s += map[bool]string{false: "；无效：", true: "; unknown: "}[english] + strings.Join(unknown, "、")
	}
	return s
}

// make calls the platform and records what came of it.
func (d *directory) make(ctx context.Context, by string, c change) (result, error) {
	var r result
	query, err := url.ParseQuery(c.Query)
	if err != nil {
		return r, err
	}
	var body any
	if c.Body != nil {
		body = c.Body
	}
	err = d.api.Do(ctx, c.Method, "/cgi-bin/"+c.Op, query, body, &r)
	d.record(ctx, by, c, err)
	var refused *wecom.Error
	if errors.As(err, &refused) {
		units, renderErr := d.refused(refused).Units(reply.Options{})
		if renderErr == nil {
			return result{Refused: units[0].Plain}, nil
		}
	}
	return r, err
}

// act is a change as it is recorded.
type act struct {
	At    time.Time `json:"at"`
	By    string    `json:"by"`
	Title string    `json:"title"`
	Error string    `json:"error,omitempty"`
}

// keepActs is for how long changes are recorded.
const keepActs = 365 * 24 * time.Hour

// record keeps a change for /audit, and notes in the log what it was about, without what was written.
func (d *directory) record(ctx context.Context, by string, c change, err error) {
	now := d.env.Clock()
	a := act{At: now, By: by, Title: c.Title}
	if err != nil {
		a.Error = err.Error()
	}
	d.env.Log.InfoContext(ctx, "directory changed", "user", by, "op", c.Op, "target", c.Target, "err", a.Error)
	value, jsonErr := json.Marshal(a)
	if jsonErr != nil {
		return
	}
	if _, putErr := d.env.KV.Put(ctx, fmt.Sprintf("audit/%020d/%s", now.UnixNano(), by), value, keepActs); putErr != nil {
		d.env.Log.ErrorContext(ctx, "change not recorded", "err", putErr)
	}
}

type auditArgs struct {
	Count int `arg:"count" min:"1" max:"50" default:"10"`
}

func (d *directory) audit(ctx context.Context, _ *router.Request, a auditArgs) (reply.Reply, error) {
	var acts []act
	for e, err := range d.env.KV.Scan(ctx, "audit/") {
		if err != nil {
			return nil, fmt.Errorf("list changes: %w", err)
		}
		var one act
		if err := json.Unmarshal(e.Value, &one); err != nil {
			return nil, fmt.Errorf("change %s: %w", e.Key, err)
		}
		acts = append(acts, one)
		if len(acts) > a.Count {
			acts = acts[1:]
		}
	}
	if len(acts) == 0 {
		return reply.Text(d.env.Say("还没有改动。", "No changes yet.")), nil
	}
	var lines []string
	for _, one := range slices.Backward(acts) {
		line := fmt.Sprintf("%s %s %s", when.Moment(one.At, d.env.Clock().In(d.env.Location), d.env.English()), one.By, one.Title)
		if one.Error != "" {
			line += d.env.Say("（没有成功）", " (failed)")
		}
		lines = append(lines, line)
	}
	return reply.Text(strings.Join(lines, "\n")), nil
}
