package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/wecom"
)

// call is one platform call for one unit.
type call struct {
	box         *Outbox
	delivery    string
	name        string // of the app
	app         App
	to          To
	unit        reply.Unit
	safe        int
	task        string        // of an update: the card's
	checkWithin time.Duration // over 0: an equal message within this time is the same one
}

type receipt struct {
	msgID, responseCode                                   string
	invalidUser, invalidParty, invalidTag, unlicensedUser string
}

const maxCheckInterval = 4 * time.Hour // of duplicate_check_interval, doc 90236

func (c call) do(ctx context.Context) (receipt, error) {
	unit, err := c.box.withMedia(ctx, c.app, c.name, c.unit)
	if err != nil {
		return receipt{}, err
	}
	original := c.unit
	c.unit = unit
	if _, _, update := unit.Update(); update {
		return c.update(ctx)
	}
	var r receipt
	if c.to.Chat != "" {
		r, err = c.toChat(ctx)
	} else {
		r, err = c.toMembers(ctx)
	}
	if errors.Is(err, wecom.ErrInvalidMedia) && original.Media != nil {
		c.box.forgetMedia(ctx, c.name, original)
		return r, errStaleMedia
	}
	return r, err
}

// errStaleMedia is an upload that the platform forgot early: the next attempt uploads again.
var errStaleMedia = errors.New("outbox: the platform does not know the uploaded file any more")

func (c call) toMembers(ctx context.Context) (receipt, error) {
	if c.unit.InFallback || c.unit.Fallback != "" {
		if user := c.to.single(); user != "" && c.app.ReadsInWeChat != nil && c.app.ReadsInWeChat(ctx, user) {
			return c.inWeChat(ctx)
		}
	}
	return c.message(ctx)
}

// inWeChat says in text what the member's program does not show.
func (c call) inWeChat(ctx context.Context) (receipt, error) {
	if c.unit.InFallback { // an earlier unit's text said it
		return receipt{}, nil
	}
	units, err := reply.Text(c.unit.Fallback).Units(reply.Options{})
	if err != nil {
		return receipt{}, &mediaError{"fallback: " + err.Error()}
	}
	var last receipt
	for _, u := range units {
		c.unit = u
		if last, err = c.message(ctx); err != nil {
			return last, err
		}
	}
	return last, nil
}

func (c call) message(ctx context.Context) (receipt, error) {
	r := wecom.SendRequest{
		ToUser: c.to.User, ToParty: c.to.Party, ToTag: c.to.Tag,
		AgentID: c.app.AgentID, MsgType: c.unit.MsgType, Body: c.unit.Body, Safe: max(c.safe, c.unit.Safe),
	}
	if c.checkWithin > 0 {
		r.DuplicateCheck = true
		r.DuplicateCheckInterval = int(min(c.checkWithin, maxCheckInterval).Seconds())
	}
	res, err := c.app.Client.Messages.Send(ctx, &r)
	if err != nil {
		return receipt{}, err
	}
	return receipt{
		msgID: res.MsgID, responseCode: res.ResponseCode,
		invalidUser: res.InvalidUser, invalidParty: res.InvalidParty, invalidTag: res.InvalidTag, unlicensedUser: res.UnlicensedUser,
	}, nil
}

// toChat sends to a group chat of the app (doc 90248). It has no duplicate check: a doubtful send may double there.
func (c call) toChat(ctx context.Context) (receipt, error) {
	body := map[string]any{"chatid": c.to.Chat, "msgtype": c.unit.MsgType, c.unit.MsgType: c.unit.Body, "safe": max(c.safe, c.unit.Safe)}
	return receipt{}, c.app.Client.Do(ctx, http.MethodPost, "/cgi-bin/appchat/send", nil, body, nil)
}

// update changes a card that was sent (doc 94888). Where it cannot be changed any more, a message says what the change
// would have shown.
func (c call) update(ctx context.Context) (receipt, error) {
	card, err := c.box.cards.Get(ctx, c.name, c.task)
	switch {
	case err == nil && card.Spent == c.delivery:
		return receipt{}, nil // the attempt before this one did it, and a crash forgot to say so
	case err != nil || card.Code == "":
		return c.insteadOfUpdate(ctx, card)
	}
	path, field, _ := c.unit.Update()
	body := map[string]any{"agentid": c.app.AgentID, "response_code": card.Code, "userids": split(c.to.User)}
	if parties := split(c.to.Party); len(parties) > 0 {
		body["partyids"] = numbers(parties)
	}
	if tags := split(c.to.Tag); len(tags) > 0 {
		body["tagids"] = numbers(tags)
	}
	if c.to.User == "@all" {
		delete(body, "userids")
		body["atall"] = 1
	}
	if field == "" { // update_taskcard: doc 91579
		body["task_id"] = c.task
		var flat map[string]any
		if err := json.Unmarshal(c.unit.Body, &flat); err != nil {
			return receipt{}, err
		}
		maps.Copy(body, flat)
	} else {
		body[field] = c.unit.Body
	}
	err = c.app.Client.Do(ctx, http.MethodPost, path, nil, body, nil)
	switch {
	case errors.Is(err, wecom.ErrResponseCodeUsed):
		if c.checkWithin > 0 { // the attempt before this one did it
			return receipt{}, c.box.cards.used(ctx, c.name, c.task, card.Code, c.delivery)
		}
		_ = c.box.cards.used(ctx, c.name, c.task, card.Code, "")
		return c.insteadOfUpdate(ctx, card)
	case err != nil:
		return receipt{}, err
	}
	return receipt{}, c.box.cards.used(ctx, c.name, c.task, card.Code, c.delivery)
}

func (c call) insteadOfUpdate(ctx context.Context, card Card) (receipt, error) {
	text := strings.TrimSpace(card.Title + "\n" + c.unit.Plain)
	units, err := reply.Text(text).Units(reply.Options{})
	if err != nil {
		return receipt{}, &mediaError{"a card that cannot be changed any more, and nothing to say instead"}
	}
	c.unit = units[0]
	return c.toMembers(ctx)
}

func split(ids string) []string {
	if ids == "" {
		return nil
	}
	return strings.Split(ids, "|")
}

func numbers(ids []string) []int {
	out := make([]int, 0, len(ids))
	for _, id := range ids {
		if n, err := strconv.Atoi(id); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// Tasks are the task ids of the cards in a delivery's units.
func Tasks(delivery string, units []reply.Unit) []string {
	var tasks []string
	for i, u := range units {
		if u.NeedsTaskID {
			tasks = append(tasks, taskID(delivery, i))
		} else if task := taskOf(u); task != "" {
			tasks = append(tasks, task)
		}
	}
	return tasks
}

// taskID is the task id of a card that has none of its own: the same at each attempt, another for each unit.
func taskID(delivery string, unit int) string {
	sum := sha256.Sum256([]byte(delivery + "#" + strconv.Itoa(unit)))
	return "w-" + hex.EncodeToString(sum[:12])
}

// taskOf is the task id in a card's body.
func taskOf(u reply.Unit) string {
	var body struct {
		TaskID string `json:"task_id"`
	}
	if u.MsgType != "template_card" && u.MsgType != "interactive_taskcard" {
		return ""
	}
	_ = json.Unmarshal(u.Body, &body)
	return body.TaskID
}

// titleOf is what a card is about, for a message that replaces its change.
func titleOf(u reply.Unit) string {
	var body struct {
		Title string `json:"title"`
		Main  struct {
			Title string `json:"title"`
		} `json:"main_title"`
	}
	_ = json.Unmarshal(u.Body, &body)
	if body.Main.Title != "" {
		return body.Main.Title
	}
	return body.Title
}
