package router

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/wecombot/wecombot/reply"
)

// Router collects routes in code. It is for one goroutine; Build gives the Table that serves.
type Router struct {
	routes *routes // shared by a router and its groups
	parent *Router
	mw     []Middleware
}

type routes struct {
	entries  []entry
	names    map[string]int // of routes without a name of their own
	notFound Handler
}

type entry struct {
	rule  Rule
	owner *Router
}

// New is an empty Router.
func New() *Router {
	return &Router{routes: &routes{names: make(map[string]int)}}
}

// Handle routes what m matches to h. The route is named after its matcher; Add gives a name of your choice.
func (r *Router) Handle(m Matcher, h Handler) { r.handle(m, h) }

// HandleFunc is Handle for a function.
func (r *Router) HandleFunc(m Matcher, f func(context.Context, *Request) (reply.Reply, error)) {
	r.handle(m, HandlerFunc(f))
}

func (r *Router) handle(m Matcher, h Handler) {
	if m == nil || h == nil {
		panic("router: a route needs a matcher and a handler")
	}
	source := ""
	if _, file, line, ok := runtime.Caller(2); ok {
		source = filepath.Base(file) + ":" + strconv.Itoa(line)
	}
	r.Add(Rule{Name: r.routes.name(describe(m)), Match: m, Handler: h, Source: source})
}

// name makes a derived name unique: two routes of one matcher are no mistake, the second may be of another group.
func (rs *routes) name(s string) string {
	rs.names[s]++
	if n := rs.names[s]; n > 1 {
		return fmt.Sprintf("%s #%d", s, n)
	}
	return s
}

// Add adds rules as they are; the middleware of r wraps their handlers.
func (r *Router) Add(rules ...Rule) {
	for _, rule := range rules {
		r.routes.entries = append(r.routes.entries, entry{rule, r})
	}
}

// Use wraps every handler of r and of its groups, those of earlier routes too. The first middleware is the outermost.
func (r *Router) Use(mw ...Middleware) { r.mw = append(r.mw, mw...) }

// Group is a router whose routes take their place among those of r and pass mw as well as the middleware of r.
func (r *Router) Group(mw ...Middleware) *Router {
	return &Router{routes: r.routes, parent: r, mw: mw}
}

// NotFound answers messages that no route matched. Events that no route matched are acknowledged in silence: a member
// who opens the app or moves about has asked nothing.
func (r *Router) NotFound(f func(context.Context, *Request) (reply.Reply, error)) {
	r.routes.notFound = r.wrap(HandlerFunc(f))
}

// Rules are the routes in order of appearance, their handlers wrapped.
func (r *Router) Rules() []Rule {
	rules := make([]Rule, len(r.routes.entries))
	for i, e := range r.routes.entries {
		rules[i] = e.rule
		if e.rule.Handler != nil {
			rules[i].Handler = e.owner.wrap(e.rule.Handler)
		}
	}
	return rules
}

// Build gives the routes as a Table. An incomplete route or a name used twice is an error.
func (r *Router) Build() (*Table, error) { return NewTable(r.Rules(), r.routes.notFound) }

func (r *Router) wrap(h Handler) Handler {
	for at := r; at != nil; at = at.parent {
		for i := len(at.mw) - 1; i >= 0; i-- {
			h = at.mw[i](h)
		}
	}
	return h
}
