package simulator

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Limits of app group chats (docs 90245 to 90248).
const (
	minChatUsers  = 2
	maxChatUsers  = 2000
	maxChatName   = 50 // characters, cut
	maxChatID     = 32
	chatPerMinute = 200 // messages of one app to one member, over all its chats; the rest is dropped in silence
	chatPerDay    = 10_000
)

// Errcodes of app group chats (doc 90313).
const (
	chatBadID       = 86001
	chatUnknown     = 86003
	chatBadOwner    = 86005
	chatSize        = 86006
	chatForeign     = 86008
	chatNoID        = 86201
	chatNoOwner     = 86203
	chatNoMembers   = 86204
	chatIDTooLong   = 86205
	chatOwnerAbsent = 86207
	chatExists      = 86215
	chatBadMember   = 86216
)

// chatTypes are the msgtypes of appchat/send.
var chatTypes = []string{"text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown"}

// Chat is a group chat of an app (应用群聊).
type Chat struct {
	CorpID  string   `json:"corp_id"`
	AgentID int64    `json:"agent_id"` // the app that made it
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Owner   string   `json:"owner"`
	Users   []string `json:"users"`
	Visible bool     `json:"visible"` // a chat without a message is not shown
}

type groupChat struct{ Chat }

// Chats returns the group chats of all apps, by id.
func (s *Server) Chats() []Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Chat
	for _, c := range s.allCorps() {
		for _, g := range c.chats {
			chat := g.Chat
			chat.Users = slices.Clone(chat.Users)
			out = append(out, chat)
		}
	}
	slices.SortFunc(out, func(a, b Chat) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// mayChat: only apps that see the whole corp have group chats.
func (c *call) mayChat() *refusal {
	if !c.app.seesRoot() {
		return refuse(codeForbidden, "the app's visible scope lacks the root department")
	}
	return nil
}

var chatIDPattern = regexp.MustCompile(`^[0-9a-zA-Z]+$`)

// createChat is POST appchat/create.
func createChat(c *call) (fields, *refusal) {
	var r struct {
		Name     string   `json:"name"`
		Owner    string   `json:"owner"`
		UserList []string `json:"userlist"`
		ChatID   string   `json:"chatid"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	if no := c.mayChat(); no != nil {
		return nil, no
	}
	users, no := c.chatUsers(r.UserList)
	switch {
	case no != nil:
		return nil, no
	case len(r.UserList) == 0:
		return nil, refuse(chatNoMembers, "userlist missing")
	case len(users) < minChatUsers || len(users) > maxChatUsers:
		return nil, refusef(chatSize, "%d members, want %d to %d", len(users), minChatUsers, maxChatUsers)
	case len(r.ChatID) > maxChatID:
		return nil, refusef(chatIDTooLong, "chatid over %d characters", maxChatID)
	case r.ChatID != "" && !chatIDPattern.MatchString(r.ChatID):
		return nil, refuse(chatBadID, "invalid chatid")
	case c.corp.chats[r.ChatID] != nil:
		return nil, refuse(chatExists, "chatid exists")
	}
	owner, no := ownerOf(r.Owner, users)
	if no != nil {
		return nil, no
	}
	id := r.ChatID
	if id == "" {
		id = "chat" + randomText(maxChatID-4)
	}
	name, _ := cutChars(r.Name, maxChatName)
	c.corp.chats[id] = &groupChat{Chat{
		CorpID: c.corp.id, AgentID: c.app.AgentID, ID: id, Name: name, Owner: owner, Users: users,
	}}
	c.s.publish(Event{Kind: EventCompany})
	return fields{"chatid": id}, nil
}

// chatUsers resolves user ids, once each.
func (c *call) chatUsers(ids []string) ([]string, *refusal) {
	var out []string
	for _, id := range ids {
		m := c.corp.members[strings.ToLower(id)]
		if m == nil || !c.app.sees(c.corp, m) {
			return nil, refusef(chatBadMember, "invalid member %s", strings.ToLower(id))
		}
		if !slices.Contains(out, m.UserID) {
			out = append(out, m.UserID)
		}
	}
	return out, nil
}

// ownerOf is the wanted owner, or the first member where nobody is wanted.
func ownerOf(want string, users []string) (string, *refusal) {
	if want == "" {
		return users[0], nil
	}
	i := slices.IndexFunc(users, func(u string) bool { return strings.EqualFold(u, want) })
	if i < 0 {
		return "", refuse(chatOwnerAbsent, "the owner is not among the members")
	}
	return users[i], nil
}

// chat finds a chat of the app.
func (c *call) chat(id string) (*groupChat, *refusal) {
	g := c.corp.chats[id]
	switch {
	case id == "":
		return nil, refuse(chatNoID, "chatid missing")
	case g == nil:
		return nil, refuse(chatUnknown, "unknown chatid")
	case g.AgentID != c.app.AgentID:
		return nil, refuse(chatForeign, "the chat was created by another app")
	}
	return g, nil
}

// updateChat is POST appchat/update.
func updateChat(c *call) (fields, *refusal) {
	var r struct {
		ChatID string   `json:"chatid"`
		Name   string   `json:"name"`
		Owner  string   `json:"owner"`
		Add    []string `json:"add_user_list"`
		Del    []string `json:"del_user_list"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	g, no := c.chat(r.ChatID)
	if no != nil {
		return nil, no
	}
	added, no := c.chatUsers(r.Add)
	if no != nil {
		return nil, no
	}
	gone := func(u string) bool {
		return slices.ContainsFunc(r.Del, func(d string) bool { return strings.EqualFold(d, u) })
	}
	users := slices.DeleteFunc(slices.Clone(g.Users), gone)
	for _, u := range added {
		if !slices.Contains(users, u) {
			users = append(users, u)
		}
	}
	owner := r.Owner
	if owner == "" {
		if owner = g.Owner; gone(owner) {
			return nil, refuse(chatNoOwner, "removing the owner needs a new owner")
		}
	}
	if len(users) < minChatUsers || len(users) > maxChatUsers {
		return nil, refusef(chatSize, "%d members, want %d to %d", len(users), minChatUsers, maxChatUsers)
	}
	if owner, no = ownerOf(owner, users); no != nil {
		return nil, refuse(chatBadOwner, "the owner is not among the members")
	}
	g.Users, g.Owner = users, owner
	if r.Name != "" {
		g.Name, _ = cutChars(r.Name, maxChatName)
	}
	c.s.publish(Event{Kind: EventCompany})
	return fields{}, nil
}

// getChat is GET appchat/get.
func getChat(c *call) (fields, *refusal) {
	g, no := c.chat(c.query.Get("chatid"))
	if no != nil {
		return nil, no
	}
	return fields{"chat_info": fields{
		"chatid": g.ID, "name": g.Name, "owner": g.Owner, "userlist": g.Users, "chat_type": 0,
	}}, nil
}

// sendToChat is POST appchat/send.
func sendToChat(c *call) (fields, *refusal) {
	var r struct {
		ChatID  string `json:"chatid"`
		MsgType string `json:"msgtype"`
		Safe    number `json:"safe"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	g, no := c.chat(r.ChatID)
	if no != nil {
		return nil, no
	}
	shown, no := c.checkOther(r.MsgType, chatTypes, int(r.Safe))
	if no != nil {
		return nil, no
	}
	shown.Text = c.corp.mentions(shown.Text)
	c.s.showInChat(c, g, shown)
	return fields{}, nil
}

// mention is how a text names a member (client 5.0.6 and later).
var mention = regexp.MustCompile(`<@([^<>\s]+)>`)

// Mentions replaces <@zhangsan> by @张三 as group chats of a corp show it.
func (s *Server) Mentions(corpID, text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.corpFor(corpID, false).mentions(text)
}

// mentions shows <@zhangsan> as @张三.
func (c *corp) mentions(text string) string {
	return mention.ReplaceAllStringFunc(text, func(m string) string {
		if member := c.members[strings.ToLower(m[2:len(m)-1])]; member != nil {
			return "@" + member.Name
		}
		return m
	})
}

func (s *Server) showInChat(c *call, g *groupChat, shown Seen) {
	shown.AgentID, shown.CorpID, shown.Way, shown.ChatID = c.app.AgentID, c.corp.id, InChat, g.ID
	if !g.Visible {
		g.Visible = true
		s.publish(Event{Kind: EventCompany})
	}
	for _, u := range g.Users {
		m := c.corp.members[strings.ToLower(u)]
		if m == nil {
			continue // left the corp
		}
		e := shown
		e.User = m.UserID
		switch {
		case c.silent:
			s.lose(e, LostFault, "drop")
		case !c.app.chatPaceFor(m.UserID).allowAt(s.opt.now(), chatPerMinute, time.Minute, chatPerDay, 24*time.Hour):
			s.lose(e, LostPace, "")
		default:
			s.show(c.corp, m, e)
		}
	}
}
