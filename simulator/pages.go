package simulator

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// pages are the platform's pages for browsers: they know who looks (SetVisitor) and lead back at once, without asking.
var pages = map[string]func(*Server, http.ResponseWriter, *http.Request){
	"/connect/oauth2/authorize": (*Server).authorizePage,
	"/wwlogin/sso/login":        (*Server).loginPage,
	"/wwopen/sso/qrConnect":     (*Server).loginPage,
	"/wwopen/sso/3rd_qrConnect": (*Server).providerLoginPage,
	"/3rdapp/install":           (*Server).installPage,
}

// SetVisitor sets who opens the platform's login pages in a browser. Default: the home corp's first member.
func (s *Server) SetVisitor(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.login.visitor = user
}

var stateChars = regexp.MustCompile(`^[0-9A-Za-z]{0,128}$`)

// authorizePage is the page that a member opens within the client (doc 91022).
func (s *Server) authorizePage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch scope := q.Get("scope"); {
	case q.Get("response_type") != "code":
		pageError(w, codeArgument, "response_type must be code")
	case scope != "snsapi_base" && scope != "snsapi_privateinfo" && scope != "snsapi_userinfo":
		pageError(w, codeArgument, "unknown scope")
	case scope == "snsapi_privateinfo" && q.Get("agentid") == "" && !s.isSuite(q.Get("appid")):
		pageError(w, codeNoAgentID, "snsapi_privateinfo needs agentid")
	case !stateChars.MatchString(q.Get("state")):
		pageError(w, codeArgument, "state is letters and digits, at most 128")
	default:
		s.leadBack(w, r, scope != "snsapi_base")
	}
}

// loginPage is the page with a QR code, scanned at once (docs 98152, 91019).
func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) {
	if kind := r.URL.Query().Get("login_type"); r.URL.Path == "/wwlogin/sso/login" && kind != "CorpApp" && kind != "ServiceApp" {
		pageError(w, codeArgument, "login_type must be CorpApp or ServiceApp")
		return
	}
	s.leadBack(w, r, false)
}

// leadBack sends the browser to redirect_uri with a code of the visitor.
func (s *Server) leadBack(w http.ResponseWriter, r *http.Request, private bool) {
	q := r.URL.Query()
	code, no := s.visit(q.Get("appid"), q.Get("agentid"), q.Get("redirect_uri"), private)
	if no != nil {
		pageError(w, no.code, no.detail)
		return
	}
	more := url.Values{"code": {code}}
	if q.Has("state") {
		more.Set("state", q.Get("state"))
	}
	if q.Has("login_type") {
		more.Set("appid", q.Get("appid"))
	}
	leave(w, q.Get("redirect_uri"), more)
}

// leave sends a browser away.
func leave(w http.ResponseWriter, to string, more url.Values) {
	back, err := withQuery(to, more)
	if err != nil {
		pageError(w, codeRedirect, "redirect_uri is not valid")
		return
	}
	w.Header().Set("Location", back)
	w.WriteHeader(http.StatusFound)
}

// visit makes a code for the visitor of a page. appID is a corp's or a suite's.
func (s *Server) visit(appID, agentID, redirect string, private bool) (string, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.visitorCode()
	o.private = private
	if s.suites[appID] != nil {
		o.suite = appID
	} else if s.corps[appID] == nil {
		return "", refuse(codeCorpID, "invalid appid")
	}
	if no := s.checkRedirect(appID, agentID, redirect); no != nil {
		return "", no
	}
	return s.keepCode(s.login.codes, oauthCodeLife, o), nil
}

// visitorCode is who opens pages. The lock is held.
func (s *Server) visitorCode() oauthCode {
	c, user := s.locate(s.login.visitor)
	if s.login.visitor == "" && len(c.memberOrder) > 0 {
		user = c.memberOrder[0]
	}
	return oauthCode{user: user, corp: c}
}

// checkRedirect compares redirect_uri with the app's trusted domain, where it has one.
func (s *Server) checkRedirect(appID, agentID, redirect string) *refusal {
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return refuse(codeRedirect, "redirect_uri is not valid")
	}
	if agentID == "" {
		return nil
	}
	id, err := strconv.ParseInt(agentID, 10, 64)
	a := s.apps[appKey{appID, id}]
	if err != nil || a == nil {
		return refuse(codeBadAgentID, "invalid agentid")
	}
	if d := a.settings.text("redirect_domain"); d != "" && d != u.Host && d != u.Hostname() && !strings.HasSuffix(u.Hostname(), "."+d) {
		return refuse(codeRedirect, "redirect_uri does not belong to the app's trusted domain")
	}
	return nil
}

func (s *Server) isSuite(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.suites[id] != nil
}

// pageError is what the visitor sees instead of a page.
func pageError(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte("<!doctype html><title>error</title><p>" + html.EscapeString(text) + " (" + strconv.Itoa(code) + ")"))
}
