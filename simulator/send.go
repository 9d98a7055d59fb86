package simulator

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxUsers         = 1000 // in touser
	maxParties       = 100  // in toparty and totag
	duplicateDefault = 1800 // seconds
	duplicateMax     = 4 * 3600
	recallWithin     = 24 * time.Hour
)

// sendRequest is the envelope of message/send (doc 90236).
type sendRequest struct {
	ToUser                 string  `json:"touser"`
	ToParty                string  `json:"toparty"`
	ToTag                  string  `json:"totag"`
	MsgType                string  `json:"msgtype"`
	AgentID                *number `json:"agentid"`
	Safe                   number  `json:"safe"`
	EnableDuplicateCheck   number  `json:"enable_duplicate_check"`
	DuplicateCheckInterval number  `json:"duplicate_check_interval"`
}

// sentMessage is what the platform remembers of a send: for recall, card updates and the duplicate check.
type sentMessage struct {
	id       string
	print    string // fingerprint
	app      *app
	corp     *corp
	time     time.Time
	seen     []*Seen // one per member who sees it
	receiver map[string]bool
	code     string   // response_code, of cards
	codes    []string // all that were handed out for it
	card     *cardState
}

// sendMessage is POST message/send.
func sendMessage(c *call) (fields, *refusal) {
	var r sendRequest
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	if no := c.checkAgentFor(r.MsgType, r.AgentID); no != nil {
		return nil, no
	}
	to, no := c.receivers(r)
	if no != nil {
		return nil, no
	}
	body, no := c.messageBody(r.MsgType)
	if no != nil {
		return nil, no
	}
	shown, no := c.corp.checkBody(r.MsgType, body, int(r.Safe))
	if no != nil {
		return nil, no
	}
	card, no := c.checkCard(r.MsgType, body)
	if no != nil {
		return nil, no
	}
	answer := to.problems()
	if first := c.duplicate(r, body); first != nil {
		return first.answer(answer), nil
	}
	if no := c.checkFresh(card); no != nil {
		return nil, no
	}
	if no := c.quota(len(to.members)); no != nil {
		return nil, no
	}
	m := c.remember(r, body, card)
	c.s.dispatch(c, m, to.members, shown)
	return m.answer(answer), nil
}

func (m *sentMessage) answer(f fields) fields {
	f["msgid"] = m.id
	if m.code != "" {
		f["response_code"] = m.code
	}
	return f
}

// checkAgent compares the agentid of a request with the token's app.
func (c *call) checkAgent(id *number) *refusal {
	switch {
	case id == nil:
		return refuse(codeNoAgentID, "agentid missing")
	case *id <= 0:
		return refuse(codeBadAgentID, "invalid agentid")
	case int64(*id) != c.app.AgentID:
		return refuse(codeForeignAgent, "agentid does not match the access_token")
	}
	return nil
}

// checkAgentFor is checkAgent; notices of mini-programs may do without the id.
func (c *call) checkAgentFor(msgType string, id *number) *refusal {
	if msgType == "miniprogram_notice" && id == nil {
		return nil
	}
	return c.checkAgent(id)
}

// messageBody returns the object named like a type of message/send.
func (c *call) messageBody(msgType string) (json.RawMessage, *refusal) {
	if !slices.Contains(messageTypes, msgType) {
		return nil, refusef(codeMsgType, "invalid message type %q", msgType)
	}
	return c.bodyOf(msgType)
}

// bodyOf returns the object of the request that is named like the type.
func (c *call) bodyOf(msgType string) (json.RawMessage, *refusal) {
	all, no := object[map[string]json.RawMessage](c.body)
	if no != nil {
		return nil, no
	}
	if len(all[msgType]) == 0 || string(all[msgType]) == "null" {
		return nil, refusef(codeArgument, "%s missing", msgType)
	}
	return all[msgType], nil
}

// receivers are the members a message goes to, and those that it cannot go to.
type receivers struct {
	members              []*Member
	users, parties, tags []string // invalid ones, as the platform writes them
	unlicensed           []string
	seen                 map[string]bool
	app                  *app
	corp                 *corp
}

func (c *call) receivers(r sendRequest) (*receivers, *refusal) {
	to := &receivers{seen: map[string]bool{}, app: c.app, corp: c.corp}
	users, parties, tags := splitIDs(r.ToUser), splitIDs(r.ToParty), splitIDs(r.ToTag)
	switch {
	case len(users)+len(parties)+len(tags) == 0:
		return nil, refuse(codeNoReceiver, "touser, toparty and totag are all empty")
	case len(users) > maxUsers:
		return nil, refusef(codeUserListTooBig, "%d users, at most %d", len(users), maxUsers)
	case len(parties) > maxParties:
		return nil, refusef(codeParties, "%d departments, at most %d", len(parties), maxParties)
	case len(tags) > maxParties:
		return nil, refusef(codeTags, "%d tags, at most %d", len(tags), maxParties)
	}
	if slices.Contains(users, "@all") && r.MsgType == "miniprogram_notice" {
		return nil, refuse(codeArgument, "miniprogram_notice cannot go to @all")
	}
	if slices.Contains(users, "@all") {
		to.addAll(c.corp.membersWhere(func(m *Member) bool { return c.app.sees(c.corp, m) }))
	} else {
		to.addUsers(users)
		to.addParties(parties)
		to.addTags(tags)
	}
	if len(to.members) == 0 && len(to.unlicensed) == 0 {
		return nil, refusef(codeAllInvalid, "user & party & tag all invalid, invaliduser: %s", strings.Join(to.users, "|"))
	}
	return to, nil
}

func splitIDs(joined string) []string {
	var out []string
	for id := range strings.SplitSeq(joined, "|") {
		if id = strings.TrimSpace(id); id != "" {
			out = append(out, id)
		}
	}
	return out
}

func whole(id string) (int, bool) {
	n, err := strconv.Atoi(id)
	return n, err == nil
}

func (to *receivers) addUsers(ids []string) {
	for _, id := range ids {
		m := to.corp.members[strings.ToLower(id)]
		if m == nil || !to.app.sees(to.corp, m) {
			to.users = append(to.users, strings.ToLower(id)) // the platform answers in lower case
			continue
		}
		to.addAll([]*Member{m})
	}
}

func (to *receivers) addParties(ids []string) {
	for _, id := range ids {
		n, ok := whole(id)
		if !ok || to.corp.departments[n] == nil {
			to.parties = append(to.parties, id)
			continue
		}
		to.addGroup(id, &to.parties, func(m *Member) bool { return to.corp.inDepartment(m, n) })
	}
}

func (to *receivers) addTags(ids []string) {
	for _, id := range ids {
		n, ok := whole(id)
		if !ok || to.corp.tags[n] == nil {
			to.tags = append(to.tags, id)
			continue
		}
		to.addGroup(id, &to.tags, func(m *Member) bool { return to.corp.hasTag(m, n) })
	}
}

// addGroup adds the visible members of a department or tag; one without any is invalid.
func (to *receivers) addGroup(id string, invalid *[]string, in func(*Member) bool) {
	found := to.corp.membersWhere(func(m *Member) bool { return in(m) && to.app.sees(to.corp, m) })
	if len(found) == 0 {
		*invalid = append(*invalid, id)
		return
	}
	to.addAll(found)
}

// addAll adds members once each.
func (to *receivers) addAll(members []*Member) {
	for _, m := range members {
		id := strings.ToLower(m.UserID)
		if to.seen[id] {
			continue
		}
		to.seen[id] = true
		if m.Unlicensed {
			to.unlicensed = append(to.unlicensed, id)
			continue
		}
		to.members = append(to.members, m)
	}
}

// problems are the invalid… fields of the answer.
func (to *receivers) problems() fields {
	f := fields{}
	for name, ids := range map[string][]string{
		"invaliduser": to.users, "invalidparty": to.parties, "invalidtag": to.tags, "unlicenseduser": to.unlicensed,
	} {
		if len(ids) > 0 {
			f[name] = strings.Join(ids, "|")
		}
	}
	return f
}

// fingerprint is what two requests must share to be duplicates: app, receivers and content.
func (c *call) fingerprint(r sendRequest, body json.RawMessage) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s\x00%d\x00%s",
		r.ToUser, r.ToParty, r.ToTag, r.MsgType, r.Safe, body))
	return string(sum[:])
}

// duplicate returns the earlier message that r repeats, when r asks for the check. Whether the first of the two asked
// for it does not matter; the platform's page does not say that it does.
func (c *call) duplicate(r sendRequest, body json.RawMessage) *sentMessage {
	if r.EnableDuplicateCheck == 0 {
		return nil
	}
	first := c.app.recent[c.fingerprint(r, body)]
	seconds := min(int64(r.DuplicateCheckInterval), duplicateMax)
	if seconds <= 0 {
		seconds = duplicateDefault
	}
	if first == nil || c.s.opt.now().Sub(first.time) >= time.Duration(seconds)*time.Second {
		return nil
	}
	return first
}

// quota counts person-messages of the day (doc 90312).
func (c *call) quota(n int) *refusal {
	day := c.s.opt.now().Format(time.DateOnly)
	if limit := c.s.opt.dailyQuota; limit > 0 && c.app.sentOn[day]+n > limit {
		return refuse(codeFrequency, "reach max api daily quota limit")
	}
	c.app.sentOn[day] += n
	return nil
}

// remember keeps a message and gives it its ids.
func (c *call) remember(r sendRequest, body json.RawMessage, card *cardState) *sentMessage {
	s := c.s
	s.forget()
	m := &sentMessage{
		id: s.newID("msg"), app: c.app, corp: c.corp, time: s.opt.now(), receiver: map[string]bool{}, card: card,
		print: c.fingerprint(r, body),
	}
	s.messages[m.id] = m
	s.sent = append(s.sent, m)
	c.app.recent[m.print] = m
	if card != nil && card.taskID != "" {
		c.app.tasks[card.taskID] = m
	}
	if card != nil && card.body != nil && card.body.updatable() {
		m.code = s.newResponseCode(m)
	}
	return m
}

// forget drops messages whose response codes are dead, and the oldest when there are too many.
func (s *Server) forget() {
	now := s.opt.now()
	for len(s.sent) > 0 && (len(s.sent) > s.opt.history || now.Sub(s.sent[0].time) > 2*responseCodeLife) {
		m := s.sent[0]
		s.sent = s.sent[1:]
		delete(s.messages, m.id)
		for _, code := range m.codes {
			delete(s.codes, code)
		}
		if m.app.recent[m.print] == m {
			delete(m.app.recent, m.print)
		}
		if m.card != nil && m.app.tasks[m.card.taskID] == m {
			delete(m.app.tasks, m.card.taskID)
		}
	}
}

func (s *Server) newID(kind string) string {
	s.idSeq++
	return fmt.Sprintf("%s%010d%s", kind, s.idSeq, randomText(24))
}

// dispatch shows a message to every member, except where the platform is silent about leaving somebody out.
func (s *Server) dispatch(c *call, m *sentMessage, members []*Member, shown Seen) {
	shown.AgentID, shown.CorpID, shown.Way, shown.MsgID = c.app.AgentID, c.corp.id, Active, m.id
	if m.card != nil {
		shown.Text = m.card.text()
	}
	for _, member := range members {
		m.receiver[strings.ToLower(member.UserID)] = true
		e := shown
		e.User = member.UserID
		switch {
		case c.silent:
			s.lose(e, LostFault, "drop")
		case !c.app.paceFor(member.UserID).allow(s.opt.now()):
			s.lose(e, LostPace, "")
		default:
			if m.card != nil {
				e.Card = m.card.face()
			}
			if kept := s.show(c.corp, member, e); kept != nil {
				m.seen = append(m.seen, kept)
			}
		}
	}
}

// recallMessage is POST message/recall (doc 94867).
func recallMessage(c *call) (fields, *refusal) {
	var r struct {
		MsgID string `json:"msgid"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	m := c.s.messages[r.MsgID]
	if m == nil || m.app != c.app {
		return nil, refuse(codeArgument, "invalid msgid")
	}
	if c.s.opt.now().Sub(m.time) > recallWithin {
		return nil, refuse(codeTooOld, "msgid is older than 24 hours")
	}
	for _, e := range m.seen {
		e.Recalled = true
		c.s.publishSeen(e)
	}
	return fields{}, nil
}
