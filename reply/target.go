package reply

import "slices"

// Target is where a reply goes. It decides which types it may have and how long they may be; what a target does not
// carry but text can say (news, text cards, markdown, cards without buttons) is sent as text.
type Target int

// The ways to send.
const (
	TargetApp     Target = iota // an answer to a callback or message/send (docs 90241, 90236)
	TargetChat                  // a group chat of the app, appchat/send (doc 90248)
	TargetLinked                // linked corps (互联企业), linkedcorp/message/send (doc 90250)
	TargetSchool                // parents and students, externalcontact/message/send (doc 92321)
	TargetWebhook               // a group robot, webhook/send (docs 91770, 99110)
	TargetAIBot                 // an AI bot's response_url or long connection (docs 101138, 101463)
)

// route is what is known about a target.
type route struct {
	api      string
	types    []string
	markdown int  // bytes of markdown.content
	v2       bool // the markdown is of dialect v2
	mentions bool // people can be mentioned
}

var routes = [...]route{
	TargetApp: {api: "message/send", markdown: 2048, types: []string{"text", "image", "voice", "video", "file", "textcard", "news", "mpnews",
		"markdown", "miniprogram_notice", "template_card", "interactive_taskcard", "taskcard"}},
	TargetChat: {api: "appchat/send", markdown: 2048, mentions: true,
		types: []string{"text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown"}},
	TargetLinked: {api: "linkedcorp/message/send", markdown: 2048,
		types: []string{"text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown", "miniprogram_notice"}},
	TargetSchool: {api: "externalcontact/message/send",
		types: []string{"text", "image", "voice", "video", "file", "news", "mpnews", "miniprogram"}},
	TargetWebhook: {api: "webhook/send", markdown: 4096, mentions: true,
		types: []string{"text", "markdown", "markdown_v2", "image", "news", "file", "voice", "template_card"}},
	TargetAIBot: {api: "aibot", markdown: 20480, v2: true,
		types: []string{"markdown", "template_card", "image", "voice", "video", "file"}},
}

func (t Target) route() route {
	if t < 0 || int(t) >= len(routes) {
		return route{api: "an unknown target"}
	}
	return routes[t]
}

func (t Target) carries(msgType string) bool { return slices.Contains(t.route().types, msgType) }

// deliver is the end of most renderings: the unit as it is where the target carries its type. Elsewhere its reading as
// text, if that says all of it (portable).
func (o Options) deliver(u Unit, portable bool) ([]Unit, error) {
	if o.Target.carries(u.MsgType) {
		if o.Target != TargetApp {
			u.passive, u.Fallback = nil, ""
		}
		return []Unit{u}, nil
	}
	if portable {
		return Text(u.Plain).Units(o)
	}
	return nil, &FieldError{Field: "msgtype", Reason: u.MsgType + " is not carried by " + o.Target.route().api}
}
