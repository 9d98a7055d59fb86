package simulator

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Reader is the program a member reads in.
type Reader string

const (
	ReadsWeCom  Reader = "wecom"  // 企业微信; the default
	ReadsWeChat Reader = "wechat" // 微信 with the WeCom plugin: shows neither markdown nor cards
)

// Member (成员) is a person of a corp.
type Member struct {
	CorpID      string `json:"corp_id,omitempty"` // default: the home corp
	UserID      string `json:"user_id"`           // compared without case, as the platform does
	Name        string `json:"name"`              // default UserID
	Alias       string `json:"alias,omitempty"`
	Departments []int  `json:"departments,omitempty"` // default: the root, 1
	Position    string `json:"position,omitempty"`
	Leader      string `json:"leader,omitempty"` // user id of the direct leader
	Mobile      string `json:"mobile,omitempty"`
	Email       string `json:"email,omitempty"`
	Tags        []int  `json:"tags,omitempty"` // unknown tags are made
	Reader      Reader `json:"reader,omitempty"`
	// Unlicensed members have no interface licence: message/send lists them in unlicenseduser and leaves them out.
	Unlicensed bool `json:"unlicensed,omitempty"`

	profile fields // whatever else the API was told; never changed, only replaced
}

// Department (部门). Every corp has the root, 1.
type Department struct {
	CorpID   string `json:"corp_id,omitempty"`
	ID       int    `json:"id"`
	Name     string `json:"name"`
	ParentID int    `json:"parent_id"` // default 1

	nameEn string
	order  int64
}

// Tag (标签) is a set of members and departments.
type Tag struct {
	CorpID      string   `json:"corp_id,omitempty"`
	ID          int      `json:"id"`
	Name        string   `json:"name"`
	Users       []string `json:"users,omitempty"`
	Departments []int    `json:"departments,omitempty"`

	owner int64 // agent id of the app that made it; 0: the console
}

// App (应用) is a self-built app of a corp.
type App struct {
	CorpID         string // default: the home corp, whose id is that of the first app
	AgentID        int64  // default: the next free one from 1000002
	Name           string // shown to members; default 应用 and the id
	Secret         string // default: random
	Token          string // of the callback; default: random
	EncodingAESKey string // default: random
	// CallbackURL is where the app receives messages. Without one nothing is delivered and interactive cards are
	// refused (43012).
	CallbackURL string
	// TrustedIPs (企业可信IP) may call the API; other callers get 60020. Default: everybody.
	TrustedIPs []netip.Prefix
	// The visible scope (可见范围); all three empty: the whole corp.
	Users       []string
	Departments []int
	Tags        []int
	// ContactSync is the secret of 通讯录同步: it alone may change members and departments (48002 for others), and sees
	// their mobile numbers and the like.
	ContactSync bool
}

type appKey struct {
	corp  string
	agent int64
}

type corp struct {
	id          string
	members     map[string]*Member // by lower-cased id
	memberOrder []string
	departments map[int]*Department
	tags        map[int]*Tag
	media       map[string]*media
	chats       map[string]*groupChat
	school      map[string]SchoolContact // by lower-cased id
	inbox       map[string]*inbox        // by lower-cased id
	now         func() time.Time
	office
}

func newCorp(id string, now func() time.Time) *corp {
	return &corp{
		now:         now,
		id:          id,
		members:     map[string]*Member{},
		departments: map[int]*Department{1: {ID: 1, Name: "企业", ParentID: 0}},
		tags:        map[int]*Tag{},
		media:       map[string]*media{},
		chats:       map[string]*groupChat{},
		school:      map[string]SchoolContact{},
		inbox:       map[string]*inbox{},
		office:      newOffice(),
	}
}

// AddApp adds or replaces an app and returns it with everything that was left out filled in.
func (s *Server) AddApp(a App) App {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corpFor(a.CorpID, true)
	a.CorpID = c.id
	if a.AgentID == 0 {
		for a.AgentID = 1000002; s.apps[appKey{c.id, a.AgentID}] != nil; a.AgentID++ {
		}
	}
	if a.Name == "" {
		a.Name = fmt.Sprintf("应用 %d", a.AgentID)
	}
	fill(&a.Secret, 43)
	fill(&a.Token, 32)
	fill(&a.EncodingAESKey, 43)
	key := appKey{c.id, a.AgentID}
	if old := s.apps[key]; old != nil {
		old.App = a
	} else {
		added := newApp(a)
		s.apps[key] = added
		s.order = append(s.order, added)
	}
	s.publish(Event{Kind: EventCompany})
	return a
}

func fill(field *string, n int) {
	if *field == "" {
		*field = randomText(n)
	}
}

// SetCallbackURL changes where an app receives messages.
func (s *Server) SetCallbackURL(a App, url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.findApp(a); found != nil {
		found.CallbackURL = url
		s.publish(Event{Kind: EventCompany})
	}
}

// Apps returns all apps in the order they were added.
func (s *Server) Apps() []App {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]App, len(s.order))
	for i, a := range s.order {
		out[i] = a.App
	}
	return out
}

// AddMember adds or replaces a member.
func (s *Server) AddMember(m Member) Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corpFor(m.CorpID, false)
	m.CorpID = c.id
	if m.Name == "" {
		m.Name = m.UserID
	}
	if len(m.Departments) == 0 {
		m.Departments = []int{1}
	}
	if m.Reader == "" {
		m.Reader = ReadsWeCom
	}
	id := strings.ToLower(m.UserID)
	if c.members[id] == nil {
		c.memberOrder = append(c.memberOrder, id)
	}
	c.members[id] = &m
	for _, n := range m.Tags {
		t := c.tags[n]
		if t == nil {
			t = &Tag{CorpID: c.id, ID: n, Name: fmt.Sprintf("标签 %d", n)}
			c.tags[n] = t
		}
		if !slices.ContainsFunc(t.Users, func(u string) bool { return strings.EqualFold(u, m.UserID) }) {
			t.Users = append(t.Users, m.UserID)
		}
	}
	s.publish(Event{Kind: EventCompany})
	return m
}

// RemoveMember takes a member out of the corp: user/get answers 60111, sends list the id as invalid.
func (s *Server) RemoveMember(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, id := s.locate(user)
	delete(c.members, id)
	c.memberOrder = slices.DeleteFunc(c.memberOrder, func(x string) bool { return x == id })
	s.publish(Event{Kind: EventCompany})
}

// AddDepartment adds or replaces a department.
func (s *Server) AddDepartment(d Department) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corpFor(d.CorpID, false)
	d.CorpID = c.id
	if d.ParentID == 0 && d.ID != 1 {
		d.ParentID = 1
	}
	c.departments[d.ID] = &d
	s.publish(Event{Kind: EventCompany})
}

// AddTag adds or replaces a tag.
func (s *Server) AddTag(t Tag) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corpFor(t.CorpID, false)
	t.CorpID = c.id
	c.tags[t.ID] = &t
	s.publish(Event{Kind: EventCompany})
}

// Members returns the members of all corps, in the order they were added.
func (s *Server) Members() []Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Member
	for _, c := range s.allCorps() {
		for _, id := range c.memberOrder {
			out = append(out, *c.members[id])
		}
	}
	return out
}

// Departments returns the departments of all corps, by id within a corp.
func (s *Server) Departments() []Department {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Department
	for _, c := range s.allCorps() {
		for _, id := range slices.Sorted(maps.Keys(c.departments)) {
			out = append(out, *c.departments[id])
		}
	}
	return out
}

// allCorps lists the home corp first, then the others by id.
func (s *Server) allCorps() []*corp {
	out := []*corp{s.home}
	for _, c := range s.corps {
		if c != s.home {
			out = append(out, c)
		}
	}
	slices.SortFunc(out[1:], func(a, b *corp) int { return strings.Compare(a.id, b.id) })
	return out
}

// corpFor finds a corp or makes it. The home corp gets its id from the first app that is added, so that tests may add
// members before or after it.
func (s *Server) corpFor(id string, naming bool) *corp {
	if id == "" {
		if naming && s.home.id == "" {
			s.nameHome(HomeCorpID)
		}
		return s.home
	}
	if c := s.corps[id]; c != nil {
		return c
	}
	if s.home.id == "" {
		s.nameHome(id)
		return s.home
	}
	c := newCorp(id, s.opt.now)
	s.corps[id] = c
	return c
}

func (s *Server) nameHome(id string) {
	s.home.id = id
	s.corps[id] = s.home
	for _, m := range s.home.members {
		m.CorpID = id
	}
	for _, t := range s.home.tags {
		t.CorpID = id
	}
	for _, d := range s.home.departments {
		d.CorpID = id
	}
}

// locate resolves "zhangsan" (home corp) or "ww1/zhangsan", the platform's own notation for members of other corps.
func (s *Server) locate(user string) (*corp, string) {
	if id, name, ok := strings.Cut(user, "/"); ok {
		if c := s.corps[id]; c != nil {
			return c, strings.ToLower(name)
		}
		return newCorp(id, s.opt.now), strings.ToLower(name)
	}
	return s.home, strings.ToLower(user)
}

func (s *Server) findApp(a App) *app {
	id := a.CorpID
	if id == "" {
		id = s.home.id
	}
	return s.apps[appKey{id, a.AgentID}]
}
