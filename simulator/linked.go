package simulator

import (
	"encoding/json"
	"slices"
	"strings"
)

// Messages beyond the own corp's members: linked corps (互联企业, doc 90250) and schools (家校, docs 91609, 92321). Other
// corps of the server stand for linked ones, with their corp id as the linked id.

var (
	linkedTypes = []string{"text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown", "miniprogram_notice"}
	schoolTypes = []string{"text", "image", "voice", "video", "file", "news", "mpnews", "miniprogram"}
)

// target of one message: a member and his corp.
type receiver struct {
	corp   *corp
	member *Member
}

// sendLinked is POST linkedcorp/message/send. Receivers come as arrays, and so do the invalid ones.
func sendLinked(c *call) (fields, *refusal) {
	var r struct {
		ToUser  []string `json:"touser"`
		ToParty []string `json:"toparty"`
		ToTag   []string `json:"totag"`
		ToAll   number   `json:"toall"`
		AgentID *number  `json:"agentid"`
		MsgType string   `json:"msgtype"`
		Safe    number   `json:"safe"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	if no := c.checkAgentFor(r.MsgType, r.AgentID); no != nil {
		return nil, no
	}
	switch {
	case len(r.ToUser)+len(r.ToParty)+len(r.ToTag) == 0 && r.ToAll == 0:
		return nil, refuse(codeNoReceiver, "touser, toparty, totag and toall are all empty")
	case len(r.ToUser) > maxUsers:
		return nil, refusef(codeUserListTooBig, "%d users, at most %d", len(r.ToUser), maxUsers)
	case len(r.ToParty) > maxParties:
		return nil, refusef(codeParties, "%d departments, at most %d", len(r.ToParty), maxParties)
	case len(r.ToTag) > maxParties:
		return nil, refusef(codeTags, "%d tags, at most %d", len(r.ToTag), maxParties)
	}
	shown, no := c.checkOther(r.MsgType, linkedTypes, int(r.Safe))
	if no != nil {
		return nil, no
	}
	l := &linkedReceivers{call: c, seen: map[*Member]bool{}}
	if r.ToAll == 1 {
		for _, other := range c.s.allCorps() {
			l.add(other, func(*Member) bool { return true })
		}
	}
	invalidUser := l.each(r.ToUser, func(other *corp, id string) bool {
		return l.add(other, func(m *Member) bool { return strings.EqualFold(m.UserID, id) })
	})
	invalidParty := l.each(r.ToParty, func(other *corp, id string) bool {
		return l.add(other, func(m *Member) bool { n, ok := whole(id); return ok && other.inDepartment(m, n) })
	})
	invalidTag := l.each(r.ToTag, func(other *corp, id string) bool {
		return l.add(other, func(m *Member) bool { n, ok := whole(id); return ok && other.hasTag(m, n) })
	})
	if len(l.found) == 0 {
		return nil, refuse(codeAllInvalid, "user & party & tag all invalid")
	}
	c.deliverOther(l.found, shown)
	return fields{"invaliduser": invalidUser, "invalidparty": invalidParty, "invalidtag": invalidTag}, nil
}

// linkedReceivers collects members of several corps, once each.
type linkedReceivers struct {
	call  *call
	seen  map[*Member]bool
	found []receiver
}

// each resolves "corp/id" (or "id" of the own corp) and returns those that lead to nobody.
func (l *linkedReceivers) each(ids []string, add func(*corp, string) bool) []string {
	invalid := []string{}
	for _, id := range ids {
		other, rest := l.call.corp, id
		if corpID, name, ok := strings.Cut(id, "/"); ok {
			other, rest = l.call.s.corps[corpID], name
		}
		if other == nil || !add(other, rest) {
			invalid = append(invalid, strings.ToLower(id))
		}
	}
	return invalid
}

func (l *linkedReceivers) add(c *corp, keep func(*Member) bool) bool {
	matched := c.membersWhere(keep)
	for _, m := range matched {
		if !l.seen[m] {
			l.seen[m] = true
			l.found = append(l.found, receiver{c, m})
		}
	}
	return len(matched) > 0
}

// SchoolContact is a parent or student of a school.
type SchoolContact struct {
	CorpID  string
	ID      string // parent_userid or student_userid
	Name    string
	Student bool
}

// AddSchoolContact adds or replaces a parent or student. What they see is in Inbox(ID), like that of members.
func (s *Server) AddSchoolContact(p SchoolContact) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corpFor(p.CorpID, false)
	p.CorpID = c.id
	c.school[strings.ToLower(p.ID)] = p
}

// sendSchool is POST externalcontact/message/send.
func sendSchool(c *call) (fields, *refusal) {
	var r struct {
		Scope    number   `json:"recv_scope"`
		Parents  []string `json:"to_parent_userid"`
		Students []string `json:"to_student_userid"`
		Parties  []string `json:"to_party"`
		ToAll    number   `json:"toall"`
		AgentID  *number  `json:"agentid"`
		MsgType  string   `json:"msgtype"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	if no := c.checkAgent(r.AgentID); no != nil {
		return nil, no
	}
	if len(r.Parents)+len(r.Students)+len(r.Parties) == 0 && r.ToAll == 0 {
		return nil, refuse(codeNoReceiver, "no receiver")
	}
	if len(r.Parents) > maxUsers || len(r.Students) > maxUsers {
		return nil, refusef(codeUserListTooBig, "at most %d users", maxUsers)
	}
	shown, no := c.checkOther(r.MsgType, schoolTypes, 0)
	if no != nil {
		return nil, no
	}
	parents, badParents := c.schoolContacts(r.Parents, false, r.ToAll == 1 && r.Scope != 1)
	students, badStudents := c.schoolContacts(r.Students, true, r.ToAll == 1 && r.Scope != 0)
	found := slices.Concat(parents, students)
	if len(found) == 0 {
		return nil, refuse(codeAllInvalid, "all receivers are invalid")
	}
	c.deliverOther(found, shown)
	return fields{
		"invalid_parent_userid": badParents, "invalid_student_userid": badStudents, "invalid_party": slices.Concat([]string{}, r.Parties),
	}, nil
}

// schoolContacts resolves ids, or everybody of the kind.
func (c *call) schoolContacts(ids []string, student, all bool) ([]receiver, []string) {
	found, invalid := []receiver{}, []string{}
	if all {
		for id, p := range c.corp.school {
			if p.Student == student {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
	}
	for _, id := range ids {
		p, ok := c.corp.school[strings.ToLower(id)]
		if !ok || p.Student != student {
			invalid = append(invalid, id)
			continue
		}
		// They read in WeChat, where all types of school notices are shown.
		found = append(found, receiver{c.corp, &Member{CorpID: c.corp.id, UserID: p.ID, Name: p.Name, Reader: ReadsWeCom}})
	}
	return found, invalid
}

// checkOther checks type and body of a message that is not message/send.
func (c *call) checkOther(msgType string, types []string, safe int) (Seen, *refusal) {
	if !slices.Contains(types, msgType) {
		return Seen{}, refusef(codeMsgType, "invalid message type %q", msgType)
	}
	body, no := c.bodyOf(msgType)
	if no != nil {
		return Seen{}, no
	}
	if msgType == "miniprogram" {
		return c.corp.checkMiniProgram(body)
	}
	return c.corp.checkBody(msgType, body, safe)
}

func (c *corp) checkMiniProgram(raw json.RawMessage) (Seen, *refusal) {
	b, no := object[struct {
		AppID    string `json:"appid"`
		Title    string `json:"title"`
		Thumb    string `json:"thumb_media_id"`
		PagePath string `json:"pagepath"`
	}](raw)
	switch {
	case no != nil:
		return Seen{}, no
	case b.AppID == "":
		return Seen{}, refuse(90200, "appid missing")
	case b.PagePath == "":
		return Seen{}, refuse(90204, "pagepath missing")
	}
	_, no = c.findMedia(b.Thumb, "image")
	title, cut := cutBytes(b.Title, 64)
	return Seen{Type: "miniprogram", Body: raw, Text: "[小程序] " + title, Cut: cut}, no
}

func (c *call) deliverOther(to []receiver, shown Seen) {
	shown.AgentID, shown.Way = c.app.AgentID, Active
	for _, r := range to {
		e := shown
		e.CorpID, e.User = r.corp.id, r.member.UserID
		switch {
		case c.silent:
			c.s.lose(e, LostFault, "drop")
		case !c.app.paceFor(r.corp.id + "/" + e.User).allow(c.s.opt.now()):
			c.s.lose(e, LostPace, "")
		default:
			c.s.show(r.corp, r.member, e)
		}
	}
}
