package simulator

import (
	"cmp"
	"maps"
	"time"
)

// How long the platform's short-lived secrets serve (docs 91023, 95833, 99499).
const (
	oauthCodeLife  = 5 * time.Minute
	userTicketLife = 30 * time.Minute
	tfaCodeLife    = 5 * time.Minute
)

// login is what the platform keeps about people who open pages.
type login struct {
	visitor string               // who opens pages, as SetVisitor said
	codes   map[string]oauthCode // good for one call
	tickets map[string]oauthCode // user_ticket
	tfa     map[string]oauthCode // of the second factor
}

func newLogin() login {
	return login{codes: map[string]oauthCode{}, tickets: map[string]oauthCode{}, tfa: map[string]oauthCode{}}
}

// oauthCode is what a web page gets to learn who looks at it.
type oauthCode struct {
	user    string
	corp    *corp
	suite   string // of a third-party login; empty: the corp's own
	private bool   // the member agreed to show more than the id
	expires time.Time
}

// OAuthCode returns a code as a web page gets it when the member opens it (doc 91022).
func (s *Server) OAuthCode(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, id := s.locate(user)
	return s.keepCode(s.login.codes, oauthCodeLife, oauthCode{user: id, corp: c})
}

// keepCode makes a code and forgets old ones. The lock is held.
func (s *Server) keepCode(in map[string]oauthCode, life time.Duration, o oauthCode) string {
	now := s.opt.now()
	maps.DeleteFunc(in, func(_ string, o oauthCode) bool { return now.Sub(o.expires) > time.Hour })
	o.expires = now.Add(life)
	code := s.newID("oauth") + randomText(16)
	in[code] = o
	return code
}

// takeCode redeems a code for the member.
func (c *call) takeCode(value string) (*Member, oauthCode, *refusal) {
	if value == "" {
		return nil, oauthCode{}, refuse(codeArgument, "code missing")
	}
	o, ok := c.s.login.codes[value]
	if !ok || o.corp != c.corp || o.suite != "" {
		return nil, o, refuse(codeOAuth, "invalid code")
	}
	delete(c.s.login.codes, value)
	return c.memberOf(o)
}

func (c *call) memberOf(o oauthCode) (*Member, oauthCode, *refusal) {
	if !c.s.opt.now().Before(o.expires) {
		return nil, o, refuse(codeOAuthExpired, "code expired")
	}
	m := o.corp.members[o.user]
	if m == nil {
		return nil, o, refuse(codeNoUser, "userid not found")
	}
	return m, o, nil
}

// userByCode is GET auth/getuserinfo (doc 91023).
func userByCode(c *call) (fields, *refusal) {
	m, o, no := c.takeCode(c.query.Get("code"))
	if no != nil {
		return nil, no
	}
	f := fields{"userid": m.UserID}
	if o.private && c.app.sees(c.corp, m) {
		f["user_ticket"] = c.s.keepCode(c.s.login.tickets, userTicketLife, o)
	}
	return f, nil
}

// userByCodeLegacy is GET user/getuserinfo, which spells its fields differently.
func userByCodeLegacy(c *call) (fields, *refusal) {
	f, no := userByCode(c)
	if no != nil {
		return nil, no
	}
	f["UserId"] = f["userid"]
	delete(f, "userid")
	if f["user_ticket"] != nil {
		f["expires_in"] = int(userTicketLife / time.Second)
	}
	return f, nil
}

// userDetail is POST auth/getuserdetail (doc 95833).
func userDetail(c *call) (fields, *refusal) {
	var r struct {
		UserTicket string `json:"user_ticket"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	o, ok := c.s.login.tickets[r.UserTicket]
	if !ok || o.corp != c.corp || !c.s.opt.now().Before(o.expires) {
		return nil, refuse(codeUserTicket, "invalid user_ticket")
	}
	m := c.corp.members[o.user]
	if m == nil {
		return nil, refuse(codeNoUser, "userid not found")
	}
	return fields{
		"userid": m.UserID, "gender": cmp.Or(m.text("gender"), "0"), "avatar": m.text("avatar"), "qr_code": m.text("qr_code"),
		"mobile": m.Mobile, "email": m.Email, "biz_mail": m.text("biz_mail"), "address": m.text("address"),
	}, nil
}

// secondFactor is POST auth/get_tfa_info (doc 99499).
func secondFactor(c *call) (fields, *refusal) {
	var r struct {
		Code string `json:"code"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	m, o, no := c.takeCode(r.Code)
	if no != nil {
		return nil, no
	}
	return fields{"userid": m.UserID, "tfa_code": c.s.keepCode(c.s.login.tfa, tfaCodeLife, o)}, nil
}

// confirmSecondFactor is POST user/tfa_succ (doc 99500).
func confirmSecondFactor(c *call) (fields, *refusal) {
	var r struct {
		UserID  string `json:"userid"`
		TFACode string `json:"tfa_code"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	o, ok := c.s.login.tfa[r.TFACode]
	if !ok || o.corp != c.corp || o.corp.members[o.user] == nil || !sameID(o.user, r.UserID) {
		return nil, refuse(codeOAuth, "invalid tfa_code")
	}
	delete(c.s.login.tfa, r.TFACode)
	_, _, no := c.memberOf(o)
	return fields{}, no
}
