package wecom

import (
	"context"
	"errors"
	"net/url"
)

// OfficialBaseURL is the API host of official accounts.
const OfficialBaseURL = "https://api.weixin.qq.com"

// NewOfficialAccount returns a client for an official account's secret.
func NewOfficialAccount(appID, secret string, opts ...Option) (*OfficialAccount, error) {
	if appID == "" || secret == "" {
		return nil, errors.New("wecom: app id and secret must not be empty")
	}
	core, err := newCore(OfficialBaseURL, opts, "official", appID)
	if err != nil {
		return nil, err
	}
	c := bearer(core, officialSecret{appID, secret}, map[string]string{"app_id": appID, "secret": secret})
	c.anonymous, c.secrets = true, []string{secret} // a login needs the secret itself; Token is for other programs
	return newOfficialAccount(c), nil
}

// Token returns the account's base access token, from the cache where it can. A token asked for elsewhere ends this one
// five minutes later.
//
//wecom:op GET /cgi-bin/token offiaccount/Basic_Information/Get_access_token
func (a *OfficialAccount) Token(ctx context.Context) (string, error) { return a.conn.token.get(ctx) }

// Close stops a token renewal that runs in the background and waits for it.
func (a *OfficialAccount) Close() error {
	a.conn.core.close()
	return nil
}

// officialSecret is the credential of an official account.
type officialSecret struct{ appID, secret string }

func (s officialSecret) key() string   { return "official:" + s.appID + ":" + fingerprint(s.secret) }
func (s officialSecret) param() string { return "access_token" }

func (s officialSecret) fetch(ctx context.Context, c *conn) (Token, error) {
	r := c.operation("GET", "/cgi-bin/token", url.Values{
		"grant_type": {"client_credential"}, "appid": {s.appID}, "secret": {s.secret},
	})
	r.secrets = []string{s.secret}
	return c.fetchToken(ctx, r, nil, "access_token")
}
