package simulator

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Limits of group robots (doc 91770).
const (
	robotPerMinute   = 20
	robotMarkdown    = 4096 // bytes
	robotImage       = 2 << 20
	robotUploadFile  = 20 << 20
	robotUploadVoice = 2 << 20
)

// robotTypes are the msgtypes of webhook/send.
var robotTypes = []string{"text", "markdown", "markdown_v2", "image", "news", "file", "voice", "template_card"}

// Robot is a group robot (群机器人): a webhook that writes into a group of members.
type Robot struct {
	CorpID string
	Key    string // the secret of its address; default: random
	Name   string
	Users  []string // who is in the group
}

type robot struct {
	Robot
	corp  *corp
	pace  paceLog
	media map[string]*media
}

// AddRobot adds a group robot. Its address is URL + "/cgi-bin/webhook/send?key=" + Key.
func (s *Server) AddRobot(r Robot) Robot {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corpFor(r.CorpID, false)
	r.CorpID = c.id
	fill(&r.Key, 36)
	if r.Name == "" {
		r.Name = "群机器人"
	}
	s.robots[r.Key] = &robot{Robot: r, corp: c, media: map[string]*media{}}
	s.publish(Event{Kind: EventCompany})
	return r
}

// Robots returns the group robots, by name, without their keys.
func (s *Server) Robots() []Robot {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Robot
	for _, r := range s.robots {
		shown := r.Robot
		shown.Key = ""
		out = append(out, shown)
	}
	slices.SortFunc(out, func(a, b Robot) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// ChatID is what Seen.ChatID holds of the robot's messages.
func (r Robot) ChatID() string { return "robot " + r.Name }

func (c *call) robot() (*robot, *refusal) {
	r := c.s.robots[c.query.Get("key")]
	if r == nil {
		return nil, refuse(93000, "invalid webhook url")
	}
	c.corp = r.corp
	return r, nil
}

// sendAsRobot is POST webhook/send.
func sendAsRobot(c *call) (fields, *refusal) {
	r, no := c.robot()
	if no != nil {
		return nil, no
	}
	var head struct {
		MsgType string `json:"msgtype"`
	}
	if no := c.decode(&head); no != nil {
		return nil, no
	}
	if !slices.Contains(robotTypes, head.MsgType) {
		return nil, refusef(codeMsgType, "invalid message type %q", head.MsgType)
	}
	all, no := object[map[string]json.RawMessage](c.body)
	if no != nil {
		return nil, no
	}
	shown, no := r.check(head.MsgType, all[head.MsgType])
	if no != nil {
		return nil, no
	}
	if !r.pace.allowAt(c.s.opt.now(), robotPerMinute, time.Minute, robotPerMinute*24*60, 24*time.Hour) {
		return nil, refuse(codeFrequency, "api freq out of limit")
	}
	r.show(c, shown)
	return fields{}, nil
}

// check checks a robot's message, whose limits differ from those of apps.
func (r *robot) check(msgType string, raw json.RawMessage) (Seen, *refusal) {
	if len(raw) == 0 || string(raw) == "null" {
		return Seen{}, refusef(codeArgument, "%s missing", msgType)
	}
	shown := Seen{Type: msgType, Body: raw}
	switch msgType {
	case "markdown", "markdown_v2":
		b, no := object[textBody](raw)
		switch {
		case no != nil:
			return shown, no
		case b.Content == "":
			return shown, refuse(codeTextEmpty, "content is empty")
		case len(b.Content) > robotMarkdown:
			return shown, refusef(codeArgument, "%s.content exceed max length %d. invalid Request Parameter", msgType, robotMarkdown)
		}
		shown.Text = b.Content
		if msgType == "markdown" {
			shown.Text = MarkdownText(b.Content)
		}
		return shown, nil
	case "image":
		return shown, r.checkImage(&shown)
	case "file", "voice":
		return shown, r.checkFile(&shown)
	case "template_card":
		return shown, r.checkCard(&shown)
	}
	return r.corp.checkBody(msgType, raw, 0)
}

func (r *robot) checkImage(e *Seen) *refusal {
	b, no := object[struct {
		Base64 string `json:"base64"`
		MD5    string `json:"md5"`
	}](e.Body)
	if no != nil {
		return no
	}
	data, err := base64.StdEncoding.Strict().DecodeString(b.Base64)
	sum := md5.Sum(data)
	switch {
	case err != nil || strings.ContainsAny(b.Base64, "\r\n"):
		return refuse(40009, "base64 is not valid")
	case len(data) > robotImage:
		return refuse(40009, "image is over 2 MB")
	case !bytes.HasPrefix(data, []byte("\x89PNG")) && !bytes.HasPrefix(data, []byte{0xFF, 0xD8}):
		return refuse(40009, "image is neither JPG nor PNG")
	case !strings.EqualFold(b.MD5, hex.EncodeToString(sum[:])):
		return refuse(301019, "md5 does not match")
	}
	e.Text = "[图片]"
	return nil
}

func (r *robot) checkFile(e *Seen) *refusal {
	b, no := object[struct {
		MediaID string `json:"media_id"`
	}](e.Body)
	if no != nil {
		return no
	}
	m := r.media[b.MediaID]
	if m == nil || m.kind != e.Type || !r.corp.now().Before(m.expires) {
		return refuse(codeMediaID, "invalid media_id: only the robot that uploaded it may use it")
	}
	e.Text = map[string]string{"file": "[文件] " + m.name, "voice": "[语音]"}[e.Type]
	return nil
}

// checkCard: robots have the two notices only, without anything to press.
func (r *robot) checkCard(e *Seen) *refusal {
	b, no := object[*cardBody](e.Body)
	switch {
	case no != nil:
		return no
	case b.interactive() || b.ActionMenu != nil:
		return refusef(cardType, "invalid card_type %q for a robot", b.CardType)
	}
	if no := b.check(r.corp, true); no != nil {
		return no
	}
	e.Text = b.text("")
	e.Card = &Card{Type: b.CardType, Face: e.Body}
	return nil
}

func (r *robot) show(c *call, shown Seen) {
	shown.CorpID, shown.Way, shown.ChatID = r.corp.id, InChat, r.ChatID()
	shown.Text = r.corp.mentions(shown.Text)
	for _, u := range r.Users {
		if m := r.corp.members[strings.ToLower(u)]; m != nil {
			c.s.show(r.corp, m, shown)
		}
	}
}

// uploadAsRobot is POST webhook/upload_media.
func uploadAsRobot(c *call) (fields, *refusal) {
	r, no := c.robot()
	if no != nil {
		return nil, no
	}
	kind := c.query.Get("type")
	limit := map[string]int{"file": robotUploadFile, "voice": robotUploadVoice}[kind]
	if limit == 0 {
		return nil, refusef(codeMediaKind, "invalid media type %q", kind)
	}
	name, data, no := c.filePart()
	if no != nil {
		return nil, no
	}
	if len(data) < minMedia || len(data) > limit {
		return nil, refusef(codeMediaSize, "invalid media size %d", len(data))
	}
	if kind == "voice" && !strings.HasSuffix(strings.ToLower(name), ".amr") {
		return nil, refuse(301017, "voice must be AMR")
	}
	id := c.s.newID("robot")
	c.s.keep(r.media, id, &media{kind: kind, name: name, data: data})
	return fields{"type": kind, "media_id": id, "created_at": unixText(c.s.opt.now())}, nil
}

// uploadImage is POST media/uploadimg (doc 90256): an address for pictures in articles. The platform keeps it for ever;
// here three days are enough.
func uploadImage(c *call) (fields, *refusal) {
	name, data, no := c.filePart()
	switch {
	case no != nil:
		return nil, no
	case len(data) < minMedia || len(data) > robotImage:
		return nil, refusef(codeMediaSize, "invalid media size %d", len(data))
	}
	return fields{"url": c.s.URL + picturePath + c.s.keepPicture(name, data)}, nil
}

// picturePath is where pictures are served without a token, as wework.qpic.cn does: PicUrl points there.
const picturePath = "/pic/"

func (s *Server) keepPicture(name string, data []byte) string {
	id := randomText(24)
	s.keep(s.pictures, id, &media{kind: "image", name: name, data: data})
	return id
}

func (s *Server) servePicture(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	m := s.pictures[strings.TrimPrefix(r.URL.Path, picturePath)]
	s.mu.Unlock()
	if m == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", m.contentType())
	_, _ = w.Write(m.data) // the reader may be gone
}
