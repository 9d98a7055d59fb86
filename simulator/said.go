package simulator

import (
	"fmt"
	"strings"
)

// Message is what a member sends to an app, or does in it. The constructors make the platform's own kinds (docs 90239,
// 90240); any other is Message{Type: …, Elements: …}.
type Message struct {
	Type     string    // MsgType
	Elements []Element // between MsgType and MsgId
	Note     string    // how the member's own conversation shows it

	MsgID      uint64 // default: the next one. Events have none
	CreateTime int64  // unix seconds; default: now

	entry *Seen // the card that was pressed
}

// Text is a text message.
func Text(content string) Message {
	return Message{Type: "text", Elements: []Element{CDATA("Content", content)}, Note: content}
}

// Image is a picture.
func Image(picURL, mediaID string) Message {
	return Message{Type: "image", Elements: []Element{CDATA("PicUrl", picURL), CDATA("MediaId", mediaID)}, Note: "[图片]"}
}

// Voice is a recording; format is "amr" or "speex".
func Voice(mediaID, format string) Message {
	return Message{Type: "voice", Elements: []Element{CDATA("MediaId", mediaID), CDATA("Format", format)}, Note: "[语音]"}
}

// Video is a film.
func Video(mediaID, thumbMediaID string) Message {
	return Message{Type: "video", Elements: []Element{CDATA("MediaId", mediaID), CDATA("ThumbMediaId", thumbMediaID)}, Note: "[视频]"}
}

// Location is a place, sent from the WeCom client.
func Location(latitude, longitude float64, scale int, label string) Message {
	return Message{Type: "location", Note: "[位置] " + label, Elements: []Element{
		Decimal("Location_X", latitude), Decimal("Location_Y", longitude), Number("Scale", int64(scale)),
		CDATA("Label", label), CDATA("AppType", "wxwork"),
	}}
}

// Link is a shared page.
func Link(title, description, url, picURL string) Message {
	return Message{Type: "link", Note: "[链接] " + title, Elements: []Element{
		CDATA("Title", title), CDATA("Description", description), CDATA("Url", url), CDATA("PicUrl", picURL),
	}}
}

// AppEvent is an app event with its EventKey and further elements. Names are case-sensitive: "click", "LOCATION".
func AppEvent(name, key string, more ...Element) Message {
	note := "[" + name + "]"
	if key != "" {
		note = "[" + name + " " + key + "]"
	}
	return Message{Type: "event", Note: note, Elements: append([]Element{CDATA("Event", name), CDATA("EventKey", key)}, more...)}
}

// plaintext renders the document that is encrypted.
func (m Message) plaintext(corp, user string, agent int64) string {
	elements := []Element{
		CDATA("ToUserName", corp), CDATA("FromUserName", user), Number("CreateTime", m.CreateTime), CDATA("MsgType", m.Type),
	}
	elements = append(elements, m.Elements...)
	if m.MsgID != 0 {
		elements = append(elements, Element{name: "MsgId", text: fmt.Sprint(m.MsgID), raw: true})
	}
	return document(append(elements, Number("AgentID", agent))...)
}

// event returns the event's name, or "".
func (m Message) event() string {
	if m.Type != "event" {
		return ""
	}
	for _, e := range m.Elements {
		if e.name == "Event" {
			return e.text
		}
	}
	return ""
}

// takesReply reports whether the platform shows a passive reply to m: to all messages and to some events.
func (m Message) takesReply() bool {
	switch strings.ToLower(m.event()) {
	case "", "subscribe", "enter_agent", "location", "click", "view", "view_miniprogram", "scancode_waitmsg",
		"template_card_event", "template_card_menu_event", "taskcard_click":
		return true
	}
	return false
}

// Click is the choice of a menu item.
func Click(key string) Message { return AppEvent("click", key) }

// View is the choice of a menu item that opens a page.
func View(url string) Message { return AppEvent("view", url) }

// Enter is the opening of the app.
func Enter() Message { return AppEvent("enter_agent", "") }

// Subscribe is what the app gets when the member comes into its visible scope.
func Subscribe() Message { return AppEvent("subscribe", "") }

// Unsubscribe is what the app gets when the member leaves it.
func Unsubscribe() Message { return AppEvent("unsubscribe", "") }

// Located is a location report.
func Located(latitude, longitude, precision float64) Message {
	m := AppEvent("LOCATION", "", Decimal("Latitude", latitude), Decimal("Longitude", longitude),
		Decimal("Precision", precision), CDATA("AppType", "wxwork"))
	m.Note = "[位置上报]"
	return m
}

// Scan is the result of a scan menu item; event is "scancode_push" or "scancode_waitmsg".
func Scan(event, key, result string) Message {
	return AppEvent(event, key, Group("ScanCodeInfo", CDATA("ScanType", "qrcode"), CDATA("ScanResult", result)))
}
