package wecom

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// DefaultBaseURL is the platform's API host.
const DefaultBaseURL = "https://qyapi.weixin.qq.com"

// Token is an access token and when it ends. Neither String nor a log shows its value.
type Token struct {
	Value   string
	Expires time.Time
}

// TokenStore shares tokens between processes and over restarts. Keys name corp and a fingerprint of the secret, never
// the secret. A failing store never makes a call fail: the client goes on with what it has in memory.
type TokenStore interface {
	LoadToken(ctx context.Context, key string) (Token, bool, error)
	SaveToken(ctx context.Context, key string, t Token) error
}

// Client calls the platform's API as one app of one corp. Safe for concurrent use.
type Client struct {
	Users    *UsersService    // members (成员)
	Messages *MessagesService // app messages (应用消息)
}

type options struct{}

// Option sets one choice of NewClient; the last one wins.
type Option func(*options)

// WithBaseURL sets the API host: the simulator's address in development. Default DefaultBaseURL.
func WithBaseURL(u string) Option { panic("not yet") }

// WithHTTPClient sets the transport. Default: one with a 10 s timeout per attempt.
func WithHTTPClient(h *http.Client) Option { panic("not yet") }

// WithRetry sets how often a busy answer (class Busy) is tried again; 0 is never. Default 2.
func WithRetry(n int) Option { panic("not yet") }

// WithLogger sets where calls are logged (debug) and refused calls noted. Default: silence.
func WithLogger(l *slog.Logger) Option { panic("not yet") }

// WithTokenStore shares tokens. Default: memory of this client.
func WithTokenStore(s TokenStore) Option { panic("not yet") }

// NewClient returns a client for one app's secret.
func NewClient(corpID, secret string, opts ...Option) (*Client, error) { panic("not yet") }

// Do makes any API call: the access token is added to the query, body (nil, or anything encoding/json takes) is sent as
// literal UTF-8 JSON, the answer is decoded into out (nil: dropped). Errors are *Error (refused by the platform) or
// *TransportError (no usable answer).
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body, out any) error {
	panic("not yet")
}

// Code is an errcode of the global table (doc 90313).
type Code int

func (c Code) Error() string { panic("not yet") }

// Class is what to do about a code.
type Class int

// Classes of errors.md.
const (
	ClassPermanent Class = iota // P: fix the request
	ClassToken                  // T: refresh the token, once
	ClassBusy                   // B: back off, retry
	ClassRate                   // L: stop calling for the ban length
	ClassAdmin                  // A: an administrator has to act
	ClassExpired                // X: get a new object, then repeat
	ClassDone                   // O: treat as done
)

// Class of the code.
func (c Code) Class() Class { panic("not yet") }

// Hint says what to do, in "zh-CN" or "en".
func (c Code) Hint(lang string) string { panic("not yet") }

// Error is a call the platform understood and refused.
type Error struct {
	Op      string // "POST /cgi-bin/message/send", without the query: it holds the token
	Code    Code
	Message string // errmsg, for people: it may change, so nothing matches on it
}

func (e *Error) Error() string { panic("not yet") }

// Unwrap returns the code, so that errors.Is(err, ErrUserNotFound) works.
func (e *Error) Unwrap() error { return e.Code }

// TransportError is a call without a usable answer: network failure, time-out, HTTP 5xx, not JSON.
type TransportError struct {
	Op   string
	Sent bool // the request may have reached the platform: its outcome is unknown
	Err  error
}

func (e *TransportError) Error() string { panic("not yet") }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// UsersService is the member API (成员管理).
type UsersService struct{}

// User is a member (成员), doc 90196. Fields may be empty for want of permission.
type User struct {
	UserID         string   `json:"userid"`
	Name           string   `json:"name"`
	Department     []int    `json:"department"`
	MainDepartment int      `json:"main_department"`
	Position       string   `json:"position"`
	DirectLeader   []string `json:"direct_leader"`
	IsLeaderInDept []int    `json:"is_leader_in_dept"`
}

// Get reads one member. ErrUserNotFound (60111) when there is none.
func (s *UsersService) Get(ctx context.Context, id string) (*User, error) { panic("not yet") }

// MessagesService sends app messages.
type MessagesService struct{}

// SendRequest is one message/send (doc 90236). Body is the object named like MsgType.
type SendRequest struct {
	ToUser, ToParty, ToTag string // joined by "|"; ToUser may be "@all"
	AgentID                int64
	MsgType                string
	Body                   any // marshalled under the key MsgType
	Safe                   int
	EnableIDTrans          bool
	DuplicateCheck         bool
	DuplicateCheckInterval int // seconds; 0: the platform's default, 1800
}

// SendResult is the answer of message/send.
type SendResult struct {
	InvalidUser    string `json:"invaliduser"` // joined by "|"
	InvalidParty   string `json:"invalidparty"`
	InvalidTag     string `json:"invalidtag"`
	UnlicensedUser string `json:"unlicenseduser"`
	MsgID          string `json:"msgid"`
	ResponseCode   string `json:"response_code"`
}

// Send sends one app message.
func (s *MessagesService) Send(ctx context.Context, r *SendRequest) (*SendResult, error) {
	panic("not yet")
}
