package wecom

import (
	"context"
	"errors"
	"net/url"
)

// SuiteTickets knows the suite ticket (suite_ticket) that the platform pushed last: it comes every ten minutes and
// serves for thirty (doc 90628).
type SuiteTickets interface {
	SuiteTicket(ctx context.Context, suiteID string) (string, error)
}

// NewSuite returns a client for a suite's secret. Its token is asked for with the latest ticket.
func NewSuite(suiteID, secret string, tickets SuiteTickets, opts ...Option) (*Suite, error) {
	if suiteID == "" || secret == "" || tickets == nil {
		return nil, errors.New("wecom: suite id, secret and tickets must not be empty")
	}
	core, err := newCore(DefaultBaseURL, opts, "suite", suiteID)
	if err != nil {
		return nil, err
	}
	return newSuite(bearer(core, suiteSecret{suiteID, secret, tickets}, map[string]string{"suite_id": suiteID})), nil
}

// Token returns the suite's access token, from the cache where it can.
//
//wecom:op POST /cgi-bin/service/get_suite_token 90600
func (s *Suite) Token(ctx context.Context) (string, error) { return s.conn.token.get(ctx) }

// Close stops token renewals that run in the background, those of the corps too, and waits for them.
func (s *Suite) Close() error {
	s.conn.core.close()
	return nil
}

// Corp returns a client that acts for a corp which installed the suite. Keep it: it holds the corp's token. Closing the
// suite closes it.
func (s *Suite) Corp(corpID, permanentCode string) (*Client, error) {
	if corpID == "" || permanentCode == "" {
		return nil, errors.New("wecom: corp id and permanent code must not be empty")
	}
	cred := suiteCorp{suiteID: s.conn.given["suite_id"], corpID: corpID, code: permanentCode}
	return newClient(&conn{
		core:  s.conn.core,
		gate:  newGate(), // limits count per corp
		token: newTokenSource(s.conn, cred),
		given: map[string]string{"corp_id": corpID},
	}), nil
}

// LoginURL builds the link of the login page with a QR code, where members of every corp log in at the provider. GetUser
// tells who comes back. OAuth.LoginURL is the same page for one corp (docs 98152, 98171).
func (s *SuiteOAuthService) LoginURL(redirectURI, state string) string {
	return s.conn.link("https://login.work.weixin.qq.com", "/wwlogin/sso/login", url.Values{
		"login_type":   {"ServiceApp"},
		"appid":        {s.conn.given["suite_id"]},
		"redirect_uri": {redirectURI},
		"state":        {state},
	}, "")
}

// suiteSecret is the credential of a suite, doc 90600.
type suiteSecret struct {
	suiteID, secret string
	tickets         SuiteTickets
}

func (s suiteSecret) key() string   { return "suite:" + s.suiteID + ":" + fingerprint(s.secret) }
func (s suiteSecret) param() string { return "suite_access_token" }

func (s suiteSecret) fetch(ctx context.Context, c *conn) (Token, error) {
	r := c.operation("POST", "/cgi-bin/service/get_suite_token", nil)
	ticket, err := s.tickets.SuiteTicket(ctx, s.suiteID)
	if err != nil {
		return Token{}, wrapOp(r, err)
	}
	r.secrets = []string{s.secret, ticket}
	body := map[string]string{"suite_id": s.suiteID, "suite_secret": s.secret, "suite_ticket": ticket}
	return c.fetchToken(ctx, r, body, "suite_access_token")
}

// suiteCorp is the credential of a suite at one corp, doc 90605.
type suiteCorp struct{ suiteID, corpID, code string }

func (s suiteCorp) key() string {
	return "suite:" + s.suiteID + ":" + s.corpID + ":" + fingerprint(s.code)
}
func (s suiteCorp) param() string { return "access_token" }

func (s suiteCorp) fetch(ctx context.Context, c *conn) (Token, error) {
	r := c.operation("POST", "/cgi-bin/service/get_corp_token", nil)
	r.secrets = []string{s.code}
	body := map[string]string{"auth_corpid": s.corpID, "permanent_code": s.code}
	return c.fetchToken(ctx, r, body, "access_token")
}

// QRCodeRequest is the request of SuiteAuthorizations.GetQRCode.
type QRCodeRequest struct {
	SuiteID string `json:"suite_id"`       // filled in
	AppID   int    `json:"appid,omitzero"` // old suites with several apps only, default 1
	State   string `json:"state,omitzero"` // letters and digits, at most 32 bytes
	// 0 framed for print, 1 framed for screens, 2 plain small (default), 3 plain medium, 4 plain large
	Style *int `json:"style,omitzero"`
}

// GetQRCode downloads the QR code that installs the suite, as PNG. The caller closes it.
//
//wecom:op POST /cgi-bin/service/get_app_qrcode 95430
func (s *SuiteAuthorizationsService) GetQRCode(ctx context.Context, r *QRCodeRequest) (*Download, error) {
	p, err := jsonPayload(s.qrCode(r, 1))
	op := s.conn.operation("POST", "/cgi-bin/service/get_app_qrcode", nil)
	if err != nil {
		return nil, wrapOp(op, err)
	}
	op.body = p
	return s.conn.core.download(ctx, op)
}

// GetQRCodeURL returns the address of the QR code that installs the suite.
func (s *SuiteAuthorizationsService) GetQRCodeURL(ctx context.Context, r *QRCodeRequest) (string, error) {
	var out struct {
		QRCode string `json:"qrcode"`
	}
	err := s.conn.call(ctx, "POST", "/cgi-bin/service/get_app_qrcode", nil, s.qrCode(r, 2), &out)
	return out.QRCode, err
}

func (s *SuiteAuthorizationsService) qrCode(r *QRCodeRequest, result int) any {
	body := struct {
		QRCodeRequest
		ResultType int `json:"result_type"`
	}{ResultType: result}
	if r != nil {
		body.QRCodeRequest = *r
	}
	body.SuiteID = s.conn.given["suite_id"]
	return body
}
