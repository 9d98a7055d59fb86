package simulator

import (
	"maps"
	"net/netip"
	"time"
)

// wrongSecretLimit is how many gettoken calls with a wrong secret an address may make before it is shut out for an
// hour. The platform does not say how many; it is few enough that a loop meets it and a typing mistake does not.
const (
	wrongSecretLimit = 30
	wrongSecretBan   = time.Hour
)

type token struct {
	value    string
	app      *app   // nil: of another kind
	suite    *suite // of a suite_access_token
	provider string // of a provider_access_token: the provider's corp id
	expires  time.Time
	revoked  bool
}

type wrongSecrets struct {
	count  int
	banned time.Time // until
}

// getToken answers the same token as long as it is valid (doc 91039).
func getToken(c *call) (fields, *refusal) {
	s, now := c.s, c.s.opt.now()
	corpID, secret := c.query.Get("corpid"), c.query.Get("corpsecret")
	if corpID == "" {
		return nil, refuse(codeNoCorpID, "corpid missing")
	}
	if secret == "" {
		return nil, refuse(codeNoSecret, "corpsecret missing")
	}
	wrong := s.wrong[c.caller]
	if wrong != nil && now.Before(wrong.banned) {
		return nil, refuse(codeFrequency, "reach max api daily quota limit, too many calls with a wrong secret")
	}
	if s.corps[corpID] == nil {
		return nil, refuse(codeCorpID, "invalid corpid")
	}
	a := s.appBySecret(corpID, secret)
	if a == nil {
		s.countWrongSecret(c.caller, now)
		return nil, refuse(codeSecret, "invalid credential")
	}
	if a.token == nil || a.token.revoked || !now.Before(a.token.expires) {
		maps.DeleteFunc(s.tokens, func(_ string, t *token) bool { return now.Sub(t.expires) > 24*time.Hour })
		a.token = &token{value: randomText(214), app: a, expires: now.Add(s.opt.tokenLife)}
		s.tokens[a.token.value] = a.token
	}
	left := a.token.expires.Sub(now)
	return fields{"access_token": a.token.value, "expires_in": int64(left / time.Second)}, nil
}

func (s *Server) appBySecret(corpID, secret string) *app {
	for _, a := range s.order {
		if a.CorpID == corpID && sameText(a.Secret, secret) {
			return a
		}
	}
	return nil
}

func (s *Server) countWrongSecret(caller string, now time.Time) {
	w := s.wrong[caller]
	if w == nil {
		w = &wrongSecrets{}
		s.wrong[caller] = w
	}
	if w.count++; w.count >= wrongSecretLimit {
		w.count, w.banned = 0, now.Add(wrongSecretBan)
	}
}

// trusts checks the caller against 企业可信IP.
func (a *app) trusts(caller string) *refusal {
	if len(a.TrustedIPs) == 0 {
		return nil
	}
	ip, err := netip.ParseAddr(caller)
	if err == nil {
		for _, p := range a.TrustedIPs {
			if p.Contains(ip.Unmap()) {
				return nil
			}
		}
	}
	return refuse(codeUntrustedIP, "not allow to access from your ip, from ip: "+caller)
}

// authorise finds the app of the access token.
func (s *Server) authorise(c *call) *refusal {
	value := c.query.Get("access_token")
	if value == "" {
		return refuse(codeNoToken, "access_token missing")
	}
	t := s.tokens[value]
	if t == nil || t.revoked || t.app == nil {
		return refuse(codeBadToken, "invalid access_token")
	}
	if !s.opt.now().Before(t.expires) {
		return refuse(codeTokenExpired, "access_token expired")
	}
	c.app, c.corp = t.app, s.corps[t.app.CorpID]
	return t.app.trusts(c.caller)
}

// RevokeTokens makes all access tokens invalid, as the platform may do at any time: they answer 40014 from now on.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		t.revoked = true
	}
}

func callbackIPs(*call) (fields, *refusal) {
	return fields{"ip_list": []string{"127.0.0.1", "::1"}}, nil
}

func domainIPs(*call) (fields, *refusal) { return fields{"ip_list": []string{"127.0.0.0/8"}}, nil }
