package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wecombot/wecombot/wecom/spec"
)

const (
	apiPrefix = "/cgi-bin/"
	maxUpload = 64 << 20 // bytes of a request that are read; the platform's own limits come before
	maxKept   = 16 << 10 // bytes of a body that the record of calls keeps
)

// Call is an API call, as recorded. The token and other secrets of the query are masked.
type Call struct {
	Seq     int64         `json:"seq"`
	Time    time.Time     `json:"time"`
	Method  string        `json:"method"`
	Path    string        `json:"path"`            // "/cgi-bin/message/send"
	Query   string        `json:"query,omitempty"` // without secrets
	Body    string        `json:"body,omitempty"`  // at most 16 KiB; of an upload only its length
	Status  int           `json:"status"`          // of HTTP; 0 when the connection was cut instead
	ErrCode int           `json:"errcode"`
	ErrMsg  string        `json:"errmsg,omitempty"`
	Answer  string        `json:"answer,omitempty"` // at most 16 KiB; tokens are masked
	CorpID  string        `json:"corp_id,omitempty"`
	AgentID int64         `json:"agent_id,omitempty"` // of the token's app
	Token   string        `json:"token,omitempty"`    // "ab12…", enough to tell two apart
	Took    time.Duration `json:"took"`               // nanoseconds
	Fault   string        `json:"fault,omitempty"`    // the injected one that befell it
}

// call is a request on its way through a handler. The server's lock is held meanwhile.
type call struct {
	s      *Server
	caller string // address, without port
	query  url.Values
	header http.Header
	body   []byte
	app    *app     // whose token it is; nil without
	corp   *corp    // the app's
	silent bool     // injected: accept, show nobody
	in     fields   // the body of a call that was checked by the specification
	suite  *suite   // whose token it is
	later  []func() // what happens once the lock is free
}

// answer is what is written back.
type answer struct {
	status int // 0: 200
	header http.Header
	body   []byte
	code   int
	msg    string
}

// refusal is an errcode.
type refusal struct {
	code   int
	detail string
}

func refuse(code int, detail string) *refusal { return &refusal{code: code, detail: detail} }

func refusef(code int, format string, args ...any) *refusal {
	return &refusal{code: code, detail: fmt.Sprintf(format, args...)}
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.code, r.detail) }

func (r *refusal) answer() answer {
	msg := fmt.Sprintf("%s, hint: [%d], more info at https://open.work.weixin.qq.com/devtool/query?e=%d", r.detail, r.code, r.code)
	return answer{code: r.code, msg: msg, body: encode(map[string]any{"errcode": r.code, "errmsg": msg})}
}

// fields are what an answer holds beside errcode and errmsg.
type fields map[string]any

func (f fields) answer() answer {
	all := map[string]any{"errcode": 0, "errmsg": "ok"}
	maps.Copy(all, f)
	return answer{msg: "ok", body: encode(all)}
}

func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // our own values
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

func writeAnswer(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	maps.Copy(w.Header(), a.header)
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = w.Write(a.body) // the client may be gone
}

// Route is an API path that the simulator serves.
type Route struct{ Method, Path string }

// Routes lists what is served, by path.
func Routes() []Route {
	var out []Route
	for _, r := range served() {
		out = append(out, Route{r.method, r.op.Path})
	}
	slices.SortFunc(out, func(a, b Route) int { return strings.Compare(a.Path, b.Path) })
	return out
}

type route struct {
	method string
	op     *spec.Operation
	open   bool // needs no access token
	handle func(*call) (fields, *refusal)
	raw    func(*call) (answer, *refusal) // where the answer is not JSON
}

// ServeHTTP answers API calls.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, picturePath) {
		s.servePicture(w, r)
		return
	}
	if page := pages[r.URL.Path]; page != nil {
		page(s, w, r)
		return
	}
	began := time.Now()
	path := strings.TrimPrefix(r.URL.Path, apiPrefix) // others keep their slash, and so do their routes
	rt, known := s.routes[path]
	if !known {
		s.record(Call{Method: r.Method, Path: r.URL.Path, Status: http.StatusNotFound, Took: time.Since(began)})
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpload))
	if err != nil {
		return // the client went away, or sends without end
	}
	f := s.takeFault(path)
	rec := Call{Method: r.Method, Path: r.URL.Path, Query: maskQuery(r.URL.Query()), Body: keptBody(r, body), Fault: f.text()}
	if f.kind == faultRevoke {
		s.RevokeTokens()
	}
	if !f.after && f.kind != "" && f.kind != faultRevoke && f.kind != faultDrop {
		rec.Status, rec.ErrCode = f.outcome()
		s.record(rec)
		s.before(w, r, f)
		return
	}
	c := &call{s: s, caller: callerOf(r), query: r.URL.Query(), header: r.Header, body: body, silent: f.kind == faultDrop}
	a := s.serve(c, rt, r.Method)
	for _, do := range c.later {
		do()
	}
	rec.Status, rec.ErrCode, rec.ErrMsg, rec.Took = http.StatusOK, a.code, a.msg, time.Since(began)
	rec.Answer = maskAnswer(a)
	if c.app != nil {
		rec.CorpID, rec.AgentID, rec.Token = c.app.CorpID, c.app.AgentID, mask(c.query.Get("access_token"))
	}
	if f.after {
		rec.Status, _ = f.outcome()
	}
	s.record(rec)
	if !s.spoil(w, r, f, a) {
		writeAnswer(w, a)
	}
}

// outcome is the HTTP status and the errcode that the client gets.
func (f Fault) outcome() (status, errcode int) {
	switch f.kind {
	case faultErrcode:
		return http.StatusOK, f.code
	case faultHTTP:
		return f.code, 0
	case faultTimeout, faultReset:
		return 0, 0
	}
	return http.StatusOK, 0
}

// serve checks method and token and runs the handler, all under the lock.
func (s *Server) serve(c *call, rt route, method string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if method != rt.method {
		return refusef(codeArgument, "invalid method %s, want %s", method, rt.method).answer()
	}
	if !rt.open {
		if no := s.admit(c, rt.op); no != nil {
			return no.answer()
		}
	}
	if a, ok := s.prepared(c, rt.op); ok {
		return a
	}
	if rt.raw != nil {
		a, no := rt.raw(c)
		if no != nil {
			return no.answer()
		}
		return a
	}
	f, no := rt.handle(c)
	if no != nil {
		return no.answer()
	}
	return f.answer()
}

func (s *Server) record(c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callSeq++
	c.Seq, c.Time = s.callSeq, s.opt.now()
	s.calls.add(c)
	s.publish(Event{Kind: EventCall, Call: &c})
	s.opt.log.Debug("api call", "path", c.Path, "errcode", c.ErrCode, "status", c.Status, "took", c.Took)
}

// Calls returns the API calls so far, oldest first.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls.list()
}

// CallsTo returns the calls of one path, "message/send".
func (s *Server) CallsTo(path string) []Call {
	return slices.DeleteFunc(s.Calls(), func(c Call) bool { return c.Path != apiPrefix+path })
}

func callerOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func keptBody(r *http.Request, body []byte) string {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return fmt.Sprintf("[multipart, %d bytes]", len(body))
	}
	var v map[string]any
	if strings.HasPrefix(r.URL.Path, apiPrefix+"service/") && json.Unmarshal(body, &v) == nil && maskFields(v) {
		return string(encode(v))
	}
	return kept(body)
}

func kept(b []byte) string {
	if len(b) > maxKept {
		return strings.ToValidUTF8(string(b[:maxKept]), "") + "…"
	}
	return string(b)
}

// mask keeps enough of a secret to tell two of them apart.
func mask(secret string) string {
	if len(secret) < 12 {
		return "***"
	}
	return secret[:4] + "…"
}

func maskQuery(q url.Values) string {
	shown := url.Values{}
	for k, v := range q {
		switch k {
		case "access_token", "suite_access_token", "provider_access_token", "corpsecret", "secret", "key", "code":
			shown[k] = []string{mask(v[0])}
		default:
			shown[k] = v
		}
	}
	text, err := url.QueryUnescape(shown.Encode())
	if err != nil {
		return shown.Encode()
	}
	return text
}

// secretFields hold what must not be read in the record.
var secretFields = []string{"access_token", "suite_access_token", "provider_access_token", "permanent_code", "refresh_token", "suite_secret", "provider_secret", "suite_ticket", "auth_code"}

func maskFields(v map[string]any) (masked bool) {
	for _, name := range secretFields {
		if t, ok := v[name].(string); ok {
			v[name], masked = mask(t), true
		}
	}
	return masked
}

// maskAnswer keeps JSON answers; of a file only its length.
func maskAnswer(a answer) string {
	if a.header != nil {
		return fmt.Sprintf("[%d bytes]", len(a.body))
	}
	var v map[string]any
	if json.Unmarshal(a.body, &v) == nil {
		if maskFields(v) {
			return string(encode(v))
		}
	}
	return kept(a.body)
}
