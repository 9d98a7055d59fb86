package simulator

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Reply is a passive reply that the platform accepted (docs 90241, 90930).
type Reply struct {
	Type string `json:"type"`
	XML  string `json:"xml"`  // decrypted
	Text string `json:"text"` // what a person reads in it
	Cut  bool   `json:"cut,omitempty"`
}

// createTime is what two renderings of one answer may differ in.
var createTime = regexp.MustCompile(`<CreateTime>\s*\d*\s*</CreateTime>`)

// acceptReply judges the body of a 200 and shows the reply. The lock is held.
func (s *Server) acceptReply(d *delivery, t target, body []byte) {
	text := strings.TrimSpace(string(body))
	if text == "" || text == "success" {
		return
	}
	reply, err := t.envelope.openReply(text, t.app.CorpID)
	if err == nil {
		key := createTime.ReplaceAllString(reply, "")
		if slices.Contains(d.shown, key) {
			return // the same answer to another copy of the same message: one reply per callback
		}
		d.shown = append(d.shown, key)
		err = s.takeReply(d, reply)
	}
	if err != nil {
		d.Problem = "reply refused: " + err.Error()
		s.lose(Seen{CorpID: d.CorpID, AgentID: d.AgentID, User: d.User, Type: "reply"}, LostReply, err.Error())
	}
}

// openReply checks the outer document and decrypts.
func (e envelope) openReply(body, receiver string) (string, error) {
	root, err := parseXML(body)
	if err != nil {
		return "", fmt.Errorf("the envelope is not XML: %w", err)
	}
	var v [4]string
	for i, name := range []string{"Encrypt", "MsgSignature", "TimeStamp", "Nonce"} {
		if v[i], err = root.need(name); err != nil {
			return "", fmt.Errorf("envelope: %w", err)
		}
	}
	if _, err := strconv.ParseInt(v[2], 10, 64); err != nil {
		return "", errors.New("envelope: <TimeStamp> is not a number")
	}
	if !sameText(e.signature(v[2], v[3], v[0]), v[1]) {
		return "", errors.New("envelope: <MsgSignature> does not match")
	}
	plain, err := e.open(v[0], receiver)
	return string(plain), err
}

// takeReply checks the inner document and shows it to the member who wrote.
func (s *Server) takeReply(d *delivery, doc string) error {
	root, err := parseXML(doc)
	if err != nil {
		return fmt.Errorf("not XML: %w", err)
	}
	if err := checkAddress(root, d.CorpID, d.User); err != nil {
		return err
	}
	c := s.corps[d.CorpID]
	m := c.members[strings.ToLower(d.User)]
	if m == nil {
		return errors.New("the member is gone")
	}
	msgType := root.get("MsgType")
	if !d.message.takesReply() {
		s.lose(Seen{CorpID: d.CorpID, AgentID: d.AgentID, User: d.User, Type: msgType}, LostNoReply, d.Event)
		d.Problem = "the platform shows no reply to " + d.Event
		return nil
	}
	if strings.HasPrefix(msgType, "update_") {
		return s.takeCardReply(d, c, msgType, root, doc)
	}
	shown, err := c.passiveMessage(msgType, root)
	if err != nil {
		return err
	}
	shown.AgentID, shown.Way, shown.Delivery = d.AgentID, Passive, d.ID
	d.Reply = &Reply{Type: msgType, XML: doc, Text: shown.Text, Cut: shown.Cut}
	d.Seen = s.show(c, m, shown) != nil || d.Seen
	return nil
}

// checkAddress demands the callback's addresses, swapped.
func checkAddress(root *node, corp, user string) error {
	to, err := root.need("ToUserName")
	if err != nil {
		return err
	}
	from, err := root.need("FromUserName")
	if err != nil {
		return err
	}
	if !strings.EqualFold(to, user) {
		return fmt.Errorf("<ToUserName> is %q, want the member %q", to, user)
	}
	if from != corp {
		return fmt.Errorf("<FromUserName> is %q, want the corp %q", from, corp)
	}
	if _, err := strconv.ParseInt(root.get("CreateTime"), 10, 64); err != nil {
		return fmt.Errorf("<CreateTime> is %q, want unix seconds", root.get("CreateTime"))
	}
	return nil
}

// passiveMessage converts a passive message into the shape of its active twin, and checks it as such.
func (c *corp) passiveMessage(msgType string, root *node) (Seen, error) {
	shown := Seen{Type: msgType}
	switch msgType {
	case "text":
		content, err := root.need("Content")
		if err != nil {
			return Seen{}, err
		}
		shown.Body = encode(textBody{content})
	case "image", "voice", "video":
		inner := root.child(map[string]string{"image": "Image", "voice": "Voice", "video": "Video"}[msgType])
		id, err := inner.need("MediaId")
		if err != nil {
			return Seen{}, err
		}
		shown.Body = encode(mediaBody{id, inner.get("Title"), inner.get("Description")})
	case "news":
		articles, err := passiveArticles(root)
		if err != nil {
			return Seen{}, err
		}
		b := newsBody{articles}
		shown.Body = encode(b)
		shown.showNews(b)
		return shown, nil
	default:
		return Seen{}, fmt.Errorf("<MsgType> %q cannot be a passive reply", msgType)
	}
	shown, no := c.checkBody(msgType, shown.Body, 0)
	if no != nil {
		return Seen{}, no
	}
	return shown, nil
}

func passiveArticles(root *node) ([]article, error) {
	items := root.child("Articles").all("item")
	if n, err := strconv.Atoi(root.get("ArticleCount")); err != nil || n != len(items) {
		return nil, fmt.Errorf("<ArticleCount> is %q, there are %d items", root.get("ArticleCount"), len(items))
	}
	if len(items) < 1 || len(items) > maxArticles {
		return nil, fmt.Errorf("%d articles, want 1 to %d", len(items), maxArticles)
	}
	var out []article
	for _, i := range items {
		out = append(out, article{
			Title: i.get("Title"), Description: i.get("Description"), PicURL: i.get("PicUrl"), URL: i.get("Url"),
		})
	}
	return out, nil
}
