package wecom

import (
	"context"
	"errors"
)

// NewProvider returns a client for a service provider's secret.
func NewProvider(corpID, secret string, opts ...Option) (*Provider, error) {
	if corpID == "" || secret == "" {
		return nil, errors.New("wecom: corp id and provider secret must not be empty")
	}
	core, err := newCore(DefaultBaseURL, opts, "provider", corpID)
	if err != nil {
		return nil, err
	}
	return newProvider(bearer(core, providerSecret{corpID, secret}, map[string]string{"corp_id": corpID})), nil
}

// Token returns the provider's access token, from the cache where it can.
//
//wecom:op POST /cgi-bin/service/get_provider_token 91200
func (p *Provider) Token(ctx context.Context) (string, error) { return p.conn.token.get(ctx) }

// Close stops a token renewal that runs in the background and waits for it.
func (p *Provider) Close() error {
	p.conn.core.close()
	return nil
}

// providerSecret is the credential of a service provider, doc 91200.
type providerSecret struct{ corpID, secret string }

func (s providerSecret) key() string   { return "provider:" + s.corpID + ":" + fingerprint(s.secret) }
func (s providerSecret) param() string { return "provider_access_token" }

func (s providerSecret) fetch(ctx context.Context, c *conn) (Token, error) {
	r := c.operation("POST", "/cgi-bin/service/get_provider_token", nil)
	r.secrets = []string{s.secret}
	body := map[string]string{"corpid": s.corpID, "provider_secret": s.secret}
	return c.fetchToken(ctx, r, body, "provider_access_token")
}

const pathLoginInfo = "/cgi-bin/service/get_login_info"

// Get reads the user of a provider login. The auth code works once, for 5 minutes.
//
// Deprecated: the current login page is resolved by SuiteOAuth.GetUser.
//
//wecom:op POST /cgi-bin/service/get_login_info 91125
func (s *ProviderLoginsService) Get(ctx context.Context, authCode string) (*ProviderLogin, error) {
	r := s.conn.operation("POST", pathLoginInfo, nil)
	r.param = "access_token" // QUIRK: the provider's token goes by the corp token's name here (doc 91125)
	out := new(ProviderLogin)
	if err := s.conn.core.json(ctx, r, map[string]string{"auth_code": authCode}, out); err != nil {
		return nil, err
	}
	return out, nil
}
