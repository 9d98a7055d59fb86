package outbox

import (
	"context"
	"net/http"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/wecom"
)

// call is one platform call for one unit.
type call struct {
	app         App
	to          To
	unit        reply.Unit
	safe        int
	checkWithin time.Duration // over 0: an equal message within this time is the same one
}

type receipt struct {
	msgID, responseCode                                   string
	invalidUser, invalidParty, invalidTag, unlicensedUser string
}

const maxCheckInterval = 4 * time.Hour // of duplicate_check_interval, doc 90236

func (c call) do(ctx context.Context) (receipt, error) {
	if c.to.Chat != "" {
		return c.toChat(ctx)
	}
	r := wecom.SendRequest{
		ToUser: c.to.User, ToParty: c.to.Party, ToTag: c.to.Tag,
		AgentID: c.app.AgentID, MsgType: c.unit.MsgType, Body: c.unit.Body, Safe: c.safe,
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
	body := map[string]any{"chatid": c.to.Chat, "msgtype": c.unit.MsgType, c.unit.MsgType: c.unit.Body, "safe": c.safe}
	return receipt{}, c.app.Client.Do(ctx, http.MethodPost, "/cgi-bin/appchat/send", nil, body, nil)
}
