package simulator

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wecombot/wecombot/wecom/spec"
)

// providerCalls are the calls of service providers and their suites.
func providerCalls() map[string]handler {
	return map[string]handler{
		"service/get_provider_token":      getProviderToken,
		"service/get_suite_token":         getSuiteToken,
		"service/get_pre_auth_code":       getPreAuthCode,
		"service/set_session_info":        setSessionInfo,
		"service/get_permanent_code":      getPermanentCodeV1,
		"service/v2/get_permanent_code":   getPermanentCode,
		"service/get_auth_info":           getAuthInfo,
		"service/v2/get_auth_info":        getAuthInfo,
		"service/get_corp_token":          getCorpToken,
		"service/get_admin_list":          getAdmins,
		"service/auth/getuserinfo3rd":     suiteUser,
		"service/auth/getuserdetail3rd":   suiteUserDetail,
		"service/get_login_info":          providerLogin,
		"service/corpid_to_opencorpid":    openCorp,
		"service/finish_openid_migration": func(*call) (fields, *refusal) { return fields{}, nil },
		"service/get_customized_auth_url": customizedURL,
		"corp/apply_mass_call_ticket":     func(c *call) (fields, *refusal) { return fields{"mass_call_ticket": c.s.newID("ticket")}, nil },
	}
}

// keepToken makes a token of a suite or a provider. The lock is held.
func (s *Server) keepToken(t token) *token {
	t.value, t.expires = randomText(214), s.opt.now().Add(s.opt.tokenLife)
	s.tokens[t.value] = &t
	return &t
}

func (s *Server) serves(t *token) bool {
	return t != nil && !t.revoked && s.opt.now().Before(t.expires)
}

func (c *call) life(t *token) int64 { return int64(t.expires.Sub(c.s.opt.now()) / time.Second) }

// getProviderToken is POST service/get_provider_token (doc 91200).
func getProviderToken(c *call) (fields, *refusal) {
	id := c.in.text("corpid")
	for _, u := range c.s.suites {
		if u.ProviderCorpID != id {
			continue
		}
		if !sameText(u.ProviderSecret, c.in.text("provider_secret")) {
			return nil, refuse(codeProviderSecret, "invalid provider_secret")
		}
		for _, t := range c.s.tokens {
			if t.provider == id && c.s.serves(t) {
				return fields{"provider_access_token": t.value, "expires_in": c.life(t)}, nil
			}
		}
		t := c.s.keepToken(token{provider: id})
		return fields{"provider_access_token": t.value, "expires_in": c.life(t)}, nil
	}
	return nil, refuse(codeCorpID, "invalid corpid")
}

// getSuiteToken is POST service/get_suite_token (doc 90600).
func getSuiteToken(c *call) (fields, *refusal) {
	u := c.s.suites[c.in.text("suite_id")]
	switch {
	case u == nil:
		return nil, refuse(codeSuiteID, "invalid suite_id")
	case !sameText(u.Secret, c.in.text("suite_secret")):
		return nil, refuse(codeSuiteSecret, "invalid suite_secret")
	case !c.s.opt.now().Before(u.tickets[c.in.text("suite_ticket")]):
		return nil, refuse(codeSuiteTicket, "invalid suite_ticket")
	}
	if !c.s.serves(u.token) {
		u.token = c.s.keepToken(token{suite: u})
	}
	return fields{"suite_access_token": u.token.value, "expires_in": c.life(u.token)}, nil
}

// admitSuite finds the suite of the token.
func (s *Server) admitSuite(c *call) *refusal {
	value := c.query.Get("suite_access_token")
	t := s.tokens[value]
	switch {
	case value == "":
		return refuse(codeNoSuiteToken, "suite_access_token missing")
	case t == nil || t.suite == nil || t.revoked:
		return refuse(codeSuiteToken, "invalid suite_access_token")
	case !s.opt.now().Before(t.expires):
		return refuse(codeSuiteExpired, "suite_access_token expired")
	}
	c.suite = t.suite
	return nil
}

func (s *Server) admitProvider(c *call, param string) *refusal {
	value := c.query.Get(param)
	t := s.tokens[value]
	switch {
	case value == "":
		return refuse(codeNoToken, param+" missing")
	case t == nil || t.provider == "" || t.revoked:
		return refuse(codeBadToken, "invalid "+param)
	case !s.opt.now().Before(t.expires):
		return refuse(codeTokenExpired, param+" expired")
	}
	return nil
}

// getPreAuthCode is GET service/get_pre_auth_code (doc 90601).
func getPreAuthCode(c *call) (fields, *refusal) {
	code := randomText(64)
	c.suite.preAuth[code] = c.s.opt.now().Add(preAuthLife)
	return fields{"pre_auth_code": code, "expires_in": int64(preAuthLife / time.Second)}, nil
}

func (u *suite) checkPreAuth(code string, now time.Time) *refusal {
	until, ok := u.preAuth[code]
	switch {
	case !ok:
		return refuse(codePreAuthCode, "invalid pre_auth_code")
	case !now.Before(until):
		return refuse(codePreAuthExpired, "pre_auth_code expired")
	}
	return nil
}

// setSessionInfo is POST service/set_session_info (doc 90602).
func setSessionInfo(c *call) (fields, *refusal) {
	return fields{}, c.suite.checkPreAuth(c.in.text("pre_auth_code"), c.s.opt.now())
}

// exchange redeems an authorisation code.
func (c *call) exchange() (*install, authCode, *refusal) {
	code, ok := c.suite.codes[c.in.text("auth_code")]
	delete(c.suite.codes, c.in.text("auth_code"))
	if !ok || !c.s.opt.now().Before(code.expires) {
		return nil, code, refuse(codeAuthCode, "invalid auth_code")
	}
	in := c.suite.installs[code.corp]
	if in == nil {
		return nil, code, refuse(codeNotAuthorised, "the corp took the app away")
	}
	switch {
	case in.permanent != "":
	case strings.HasPrefix(c.suite.ID, "dk"): // of a template: it is the app's secret (doc 97163)
		in.permanent = in.app.Secret
	default:
		in.permanent = randomText(64)
	}
	return in, code, nil
}

// getPermanentCode is POST service/v2/get_permanent_code (doc 100776).
func getPermanentCode(c *call) (fields, *refusal) {
	in, code, no := c.exchange()
	if no != nil {
		return nil, no
	}
	return fields{"permanent_code": in.permanent, "auth_corp_info": c.corpInfo(code.corp), "auth_user_info": c.adminInfo(in), "state": code.state}, nil
}

// getPermanentCodeV1 is POST service/get_permanent_code (doc 90603).
func getPermanentCodeV1(c *call) (fields, *refusal) {
	in, code, no := c.exchange()
	if no != nil {
		return nil, no
	}
	t := c.corpToken(in)
	return fields{
		"access_token": t.value, "expires_in": c.life(t), "permanent_code": in.permanent, "auth_corp_info": c.corpInfo(code.corp),
		"auth_info": in.info(), "auth_user_info": c.adminInfo(in), "state": code.state,
	}, nil
}

func (c *call) corpInfo(id string) fields {
	name := id
	if corp := c.s.corps[id]; corp != nil {
		name = cmp.Or(corp.departments[1].Name, id)
	}
	return fields{"corpid": id, "corp_name": name, "corp_type": "unverified", "subject_type": 1}
}

func (c *call) adminInfo(in *install) fields {
	return fields{"userid": in.admin, "open_userid": foreignID("wo", c.s.corps[in.app.CorpID], in.admin), "name": in.admin, "avatar": ""}
}

// info is what was granted.
func (in *install) info() fields {
	a := in.app
	parties := a.Departments
	if len(a.Users)+len(a.Departments)+len(a.Tags) == 0 {
		parties = []int{1}
	}
	return fields{"agent": []fields{{
		"agentid": a.AgentID, "name": a.Name, "auth_mode": 0, "is_customized_app": false,
		"privilege": fields{
			"level": 1, "allow_party": slices.Concat([]int{}, parties), "allow_user": slices.Concat([]string{}, a.Users), "allow_tag": slices.Concat([]int{}, a.Tags),
		},
	}}}
}

// permitted finds the corp whose permanent code the call shows.
func (c *call) permitted() (*install, *refusal) {
	in := c.suite.installs[c.in.text("auth_corpid")]
	if in == nil || in.permanent == "" || !sameText(in.permanent, c.in.text("permanent_code")) {
		return nil, refuse(codePermanentCode, "invalid permanent_code")
	}
	return in, nil
}

// getAuthInfo is POST service/get_auth_info (doc 90604) and service/v2/get_auth_info (doc 100779).
func getAuthInfo(c *call) (fields, *refusal) {
	in, no := c.permitted()
	if no != nil {
		return nil, no
	}
	return fields{"auth_corp_info": c.corpInfo(in.app.CorpID), "auth_info": in.info()}, nil
}

// getCorpToken is POST service/get_corp_token (doc 90605).
func getCorpToken(c *call) (fields, *refusal) {
	in, no := c.permitted()
	if no != nil {
		return nil, no
	}
	t := c.corpToken(in)
	return fields{"access_token": t.value, "expires_in": c.life(t)}, nil
}

func (c *call) corpToken(in *install) *token {
	if !c.s.serves(in.app.token) {
		in.app.token = c.s.keepToken(token{app: in.app})
	}
	return in.app.token
}

// getAdmins is POST service/get_admin_list (doc 90606).
func getAdmins(c *call) (fields, *refusal) {
	in := c.suite.installs[c.in.text("auth_corpid")]
	if in == nil {
		return nil, refuse(codeNotAuthorised, "the corp did not install the app")
	}
	return fields{"admin": []fields{{"userid": in.admin, "auth_type": 1}}}, nil
}

// suiteUser is GET service/auth/getuserinfo3rd (doc 91121).
func suiteUser(c *call) (fields, *refusal) {
	value := c.query.Get("code")
	o, ok := c.s.login.codes[value]
	if !ok || o.suite != c.suite.ID {
		return nil, refuse(codeOAuth, "invalid code")
	}
	delete(c.s.login.codes, value)
	m, o, no := c.memberOf(o)
	if no != nil {
		return nil, no
	}
	f := fields{"corpid": o.corp.id, "userid": m.UserID, "open_userid": foreignID("wo", o.corp, m.UserID)}
	if o.private {
		f["user_ticket"] = c.s.keepCode(c.s.login.tickets, userTicketLife, o)
		f["expires_in"] = int64(userTicketLife / time.Second)
	}
	return f, nil
}

// suiteUserDetail is POST service/auth/getuserdetail3rd (doc 91122).
func suiteUserDetail(c *call) (fields, *refusal) {
	o, ok := c.s.login.tickets[c.in.text("user_ticket")]
	if !ok || o.suite != c.suite.ID {
		return nil, refuse(codeUserTicket, "invalid user_ticket")
	}
	m, o, no := c.memberOf(o)
	if no != nil {
		return nil, no
	}
	return fields{
		"corpid": o.corp.id, "userid": m.UserID, "name": m.Name, "gender": cmp.Or(m.text("gender"), "0"), "avatar": m.text("avatar"), "qr_code": m.text("qr_code"),
	}, nil
}

// providerLogin is POST service/get_login_info (doc 91125).
func providerLogin(c *call) (fields, *refusal) {
	value := c.in.text("auth_code")
	o, ok := c.s.login.codes[value]
	if !ok {
		return nil, refuse(codeOAuth, "invalid auth_code")
	}
	delete(c.s.login.codes, value)
	m, o, no := c.memberOf(o)
	if no != nil {
		return nil, no
	}
	return fields{
		"usertype": 5, "user_info": fields{"userid": m.UserID, "open_userid": foreignID("wo", o.corp, m.UserID), "name": m.Name, "avatar": ""},
		"corp_info": fields{"corpid": o.corp.id}, "agent": []fields{}, "auth_info": fields{"department": []fields{}},
	}, nil
}

// openCorp is POST service/corpid_to_opencorpid (doc 95604).
func openCorp(c *call) (fields, *refusal) {
	corp := c.s.corps[c.in.text("corpid")]
	if corp == nil {
		return nil, refuse(codeCorpID, "invalid corpid")
	}
	return fields{"open_corpid": foreignID("wp", corp, "")}, nil
}

// customizedURL is POST service/get_customized_auth_url (doc 98744).
func customizedURL(c *call) (fields, *refusal) {
	q := url.Values{"state": {c.in.text("state")}, "templates": {strings.Join(c.in.texts("templateid_list"), ",")}}
	return fields{"qrcode_url": c.s.URL + "/3rdapp/customized?" + q.Encode(), "expires_in": int64(authCodeLife / time.Second)}, nil
}

// qrCode is POST service/get_app_qrcode (doc 95430): a picture, or its address where result_type is 2.
func qrCode(op *spec.Operation) func(*call) (answer, *refusal) {
	return func(c *call) (answer, *refusal) {
		if no := c.check(op); no != nil {
			return answer{}, no
		}
		if c.in.text("suite_id") != c.suite.ID {
			return answer{}, refuse(codeSuiteID, "suite_id does not match the token")
		}
		if c.in.int("result_type") == 2 {
			return fields{"qrcode": c.s.URL + "/qr/" + url.PathEscape(c.suite.ID)}.answer(), nil
		}
		const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==" // 1 × 1 pixel
		png, err := base64.StdEncoding.DecodeString(dot)
		if err != nil {
			panic(err) // our own
		}
		return answer{header: http.Header{"Content-Type": {"image/png"}}, body: png, msg: "ok", status: http.StatusOK}, nil
	}
}

// installPage is the page where an administrator installs a suite: who opens it agrees at once, for the home corp.
func (s *Server) installPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	id := q.Get("suite_id")
	s.mu.Lock()
	no := refuse(codeSuiteID, "invalid suite_id")
	if u := s.suites[id]; u != nil {
		if no = u.checkPreAuth(q.Get("pre_auth_code"), s.opt.now()); no == nil {
			delete(u.preAuth, q.Get("pre_auth_code"))
		}
	}
	home := s.corpFor("", true).id
	s.mu.Unlock()
	if no == nil {
		no = s.checkRedirect("", "", q.Get("redirect_uri"))
	}
	if no != nil {
		pageError(w, no.code, no.detail)
		return
	}
	code := s.authorise3rd(id, home, q.Get("state"))
	elements := []Element{CDATA("AuthCode", code)}
	if q.Has("state") {
		elements = append(elements, CDATA("State", q.Get("state")))
	}
	if d, t, err := s.beginSuite(id, "create_auth", elements); err == nil {
		s.mu.Lock()
		if s.stop.Err() == nil {
			s.serving.Go(func() { s.run(s.stop, d, t) })
		}
		s.mu.Unlock()
	}
	more := url.Values{"auth_code": {code}, "expires_in": {strconv.Itoa(int(authCodeLife / time.Second))}}
	if q.Has("state") {
		more.Set("state", q.Get("state"))
	}
	leave(w, q.Get("redirect_uri"), more)
}

// providerLoginPage is the older page where members of every corp log in at a provider.
func (s *Server) providerLoginPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	no := refuse(codeCorpID, "invalid appid")
	var code string
	for _, u := range s.suites {
		if u.ProviderCorpID == q.Get("appid") {
			if no = s.checkRedirect("", "", q.Get("redirect_uri")); no == nil {
				code = s.keepCode(s.login.codes, oauthCodeLife, s.visitorCode())
			}
			break
		}
	}
	s.mu.Unlock()
	if no != nil {
		pageError(w, no.code, no.detail)
		return
	}
	more := url.Values{"auth_code": {code}, "expires_in": {strconv.Itoa(int(oauthCodeLife / time.Second))}}
	if q.Has("state") {
		more.Set("state", q.Get("state"))
	}
	leave(w, q.Get("redirect_uri"), more)
}
