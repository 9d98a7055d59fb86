package router

import (
	"context"
	"log/slog"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/wecom"
)

// Request is one message or event on its way to a handler.
type Request struct {
	*message.Message
	App     string            // the app's name in the configuration
	Vars    map[string]string // captures of the matcher; "rest" is what follows a prefix
	Route   string            // name of the rule or route that matched
	Attempt int               // of the platform's delivery, 1 to 3
	Log     *slog.Logger      // never nil in a handler

	// User loads the sender's record (cached); nil when the daemon has no directory.
	User func(ctx context.Context) (*User, error)
	// Download opens a file that the member sent, by its media id (doc 90254). The caller closes it. nil when there is no API.
	Download func(ctx context.Context, mediaID string) (*wecom.Download, error)
	// Session holds what earlier rules set for this conversation; nil when there is none.
	Session Session

	turn *turn // what one walk through a table shares; nil outside of it
}

// User is the sender as the directory knows him.
type User struct {
	ID          string
	Name        string
	Departments []int
	Tags        []int
	Leader      string // user id of the direct leader
	Position    string
}

// Session is the small state of one member's conversation with one app.
type Session interface {
	All(ctx context.Context) (map[string]any, error)
	Set(ctx context.Context, values map[string]any) error // merges; a nil value deletes
}

// Handler answers a request; nil, nil acknowledges in silence.
type Handler interface {
	Handle(ctx context.Context, q *Request) (reply.Reply, error)
}

// HandlerFunc is a function as a Handler.
type HandlerFunc func(ctx context.Context, q *Request) (reply.Reply, error)

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, q *Request) (reply.Reply, error) { return f(ctx, q) }

// Middleware wraps a handler.
type Middleware func(Handler) Handler

// Matcher says whether a request matches, and with which captures. It has no side effects.
type Matcher interface {
	Match(ctx context.Context, q *Request) (vars map[string]string, ok bool)
}

// Rule is a named route, from code or from a rules file.
type Rule struct {
	Name     string
	Match    Matcher
	Handler  Handler
	Priority int    // highest first, then order of appearance
	Continue bool   // go on to later rules; the replies are collected
	Source   string // "rules/faq.yaml:12:5" for explain and trace
}
