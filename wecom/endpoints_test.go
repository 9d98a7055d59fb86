package wecom_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wecombot/wecombot/wecom"
	"github.com/wecombot/wecombot/wecom/spec"
)

// TestEveryOperation calls every method with a request that fills in every field of the specification, and compares
// what arrives, and what is returned for an answer that fills in every field, with the specification.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	for op := range spec.Operations() {
		t.Run(op.ID, func(t *testing.T) {
			t.Parallel()
			switch {
			case op.Answers == spec.URL:
				testLink(t, op)
			case special[op.ID] != nil:
				special[op.ID](t, op)
			default:
				testCall(t, op)
				if op.Paging != nil {
					testPages(t, op)
				}
			}
		})
	}
}

// special are the operations whose Go method is not shaped like the specification.
var special = map[string]func(*testing.T, *spec.Operation){
	"get_access_token":            testToken,
	"provider_get_provider_token": testToken,
	"provider_get_suite_token":    testToken,
	"official_get_access_token":   testToken,
	"message_send":                testSend,
	"provider_get_app_qrcode":     testQRCode,
}

// given are the credentials of the clients under test.
var given = map[string]string{"corp_id": "ww1", "suite_id": "suite1", "app_id": "wx1", "secret": "s3cret", "key": "k3y", "ticket": "t1cket"}

// endpoint is a server that expects one operation.
type endpoint struct {
	*httptest.Server
	op *spec.Operation

	mu     sync.Mutex
	seen   []*http.Request
	bodies [][]byte
	answer func(n int, w http.ResponseWriter) // of the n-th call
}

func newEndpoint(t *testing.T, op *spec.Operation) *endpoint {
	e := &endpoint{op: op}
	e.answer = func(_ int, w http.ResponseWriter) { _ = json.NewEncoder(w).Encode(op.SampleAnswer()) }
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != e.op.Path {
		if strings.Contains(r.URL.Path, "token") {
			fmt.Fprint(w, `{"access_token":"t0ken","suite_access_token":"t0ken","provider_access_token":"t0ken","expires_in":7200}`)
			return
		}
		http.Error(w, "unexpected "+r.URL.Path, http.StatusNotFound)
		return
	}
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen, e.bodies = append(e.seen, r), append(e.bodies, body)
	e.answer(len(e.seen), w)
}

func (e *endpoint) last() (*http.Request, []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.seen) == 0 {
		return nil, nil
	}
	return e.seen[len(e.seen)-1], e.bodies[len(e.bodies)-1]
}

type tickets struct{}

func (tickets) SuiteTicket(context.Context, string) (string, error) { return given["ticket"], nil }

// client returns the client that has the operation.
func client(t *testing.T, name string, opts ...wecom.Option) any {
	t.Helper()
	var c any
	var err error
	switch name {
	case "Client":
		c, err = wecom.NewClient(given["corp_id"], given["secret"], opts...)
	case "Suite":
		c, err = wecom.NewSuite(given["suite_id"], given["secret"], tickets{}, opts...)
	case "Provider":
		c, err = wecom.NewProvider(given["corp_id"], given["secret"], opts...)
	case "OfficialAccount":
		c, err = wecom.NewOfficialAccount(given["app_id"], given["secret"], opts...)
	case "Webhook":
		c, err = wecom.NewWebhook(given["key"], opts...)
	}
	if err != nil || c == nil {
		t.Fatalf("client %s: %v", name, err)
	}
	return c
}

// method finds "Users.Get" or "Token" in a client.
func method(t *testing.T, c any, path string) reflect.Value {
	t.Helper()
	v := reflect.ValueOf(c)
	if service, verb, ok := strings.Cut(path, "."); ok {
		v, path = v.Elem().FieldByName(service), verb
		if !v.IsValid() {
			t.Fatalf("%T has no field %s", c, service)
		}
	}
	m := v.MethodByName(path)
	if !m.IsValid() {
		t.Fatalf("%v has no method %s", v.Type(), path)
	}
	return m
}

func testCall(t *testing.T, op *spec.Operation) {
	e := newEndpoint(t, op)
	if op.Answers != spec.JSON {
		e.answer = func(_ int, w http.ResponseWriter) {
			w.Header().Set("Content-Disposition", `attachment; filename="a.bin"`)
			_, _ = w.Write([]byte("bytes"))
		}
	}
	m := method(t, client(t, op.Client, wecom.WithBaseURL(e.URL), wecom.WithRetry(0)), op.Go)
	args := arguments(t, op, m.Type(), op.SampleBody(), nil)
	out := m.Call(args)
	if err, _ := out[len(out)-1].Interface().(error); err != nil {
		t.Fatalf("%s = %v", op.Go, err)
	}
	checkRequest(t, op, e)
	if len(out) == 2 {
		checkAnswer(t, op, out[0])
	} else if len(op.Answer) > 0 {
		t.Errorf("%s drops the answer %v", op.Go, op.Answer)
	}

	e.answer = func(_ int, w http.ResponseWriter) { fmt.Fprint(w, `{"errcode":60111,"errmsg":"no"}`) }
	out = m.Call(arguments(t, op, m.Type(), op.SampleBody(), nil))
	if err, _ := out[len(out)-1].Interface().(error); !errors.Is(err, wecom.ErrUserNotFound) {
		t.Errorf("%s of a refusal = %v", op.Go, err)
	}
	if len(out) == 2 && !out[0].IsZero() {
		t.Errorf("%s of a refusal returns %v", op.Go, out[0])
	}
}

// arguments makes the arguments of a method from a sample body and query.
func arguments(t *testing.T, op *spec.Operation, m reflect.Type, body map[string]any, query url.Values) []reflect.Value {
	t.Helper()
	if query == nil {
		query = op.SampleQuery()
	}
	args := []reflect.Value{}
	first := 0
	if m.NumIn() > 0 && m.In(0) == reflect.TypeFor[context.Context]() {
		args, first = append(args, reflect.ValueOf(t.Context())), 1
	}
	if op.Token == spec.UserToken {
		args, first = append(args, reflect.ValueOf("us3r-token")), first+1
	}
	asked, queries := []spec.Field{}, []spec.Field{}
	for _, f := range op.Query {
		if f.Fixed == "" && f.Given == "" {
			asked, queries = append(asked, f), append(queries, f)
		}
	}
	for _, f := range op.Body {
		if f.Fixed == "" && f.Given == "" {
			asked = append(asked, f)
		}
	}
	value := func(f spec.Field) any {
		if v, ok := body[f.Name]; ok {
			return v
		}
		if f.Kind == spec.String {
			return query.Get(f.Name)
		}
		return json.RawMessage(query.Get(f.Name))
	}
	for i := first; i < m.NumIn(); i++ {
		in := m.In(i)
		switch {
		case in == reflect.TypeFor[*wecom.File]():
			args = append(args, reflect.ValueOf(&wecom.File{Name: "年假.txt", Body: strings.NewReader("contents")}))
		case isRequest(in) && len(asked) != 1 && m.NumIn()-first-len(op.Files) == 1:
			args = append(args, request(t, in, body, query, queries))
		default:
			v := reflect.New(in)
			decode(t, value(asked[i-first]), v.Interface())
			args = append(args, v.Elem())
		}
	}
	return args
}

func isRequest(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

// request fills a request struct. Its fields without a name in JSON are the parameters of the query, in their order.
func request(t *testing.T, typ reflect.Type, body map[string]any, query url.Values, queries []spec.Field) reflect.Value {
	t.Helper()
	v := reflect.New(typ.Elem())
	decode(t, body, v.Interface())
	next := 0
	for i := range typ.Elem().NumField() {
		f := typ.Elem().Field(i)
		if f.Tag.Get("json") != "-" {
			continue
		}
		if next == len(queries) {
			t.Fatalf("%v has no parameter for %s", typ, f.Name)
		}
		text := query.Get(queries[next].Name)
		if f.Type.Kind() == reflect.String {
			text = strconv.Quote(text)
		}
		decode(t, json.RawMessage(text), v.Elem().Field(i).Addr().Interface())
		next++
	}
	if next != len(queries) {
		t.Errorf("%v lacks parameters: %d of %v", typ, next, queries)
	}
	return v
}

// decode puts a sample into a Go value and accepts no field that the value does not have.
func decode(t *testing.T, sample, into any) {
	t.Helper()
	if err := strict(sample, into); err != nil {
		t.Fatalf("%T does not hold the sample: %v", into, err)
	}
}

func strict(sample, into any) error {
	b, err := json.Marshal(sample)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

func checkRequest(t *testing.T, op *spec.Operation, e *endpoint) {
	t.Helper()
	r, body := e.last()
	if r == nil {
		t.Fatal("no request arrived")
	}
	if r.Method != op.Method {
		t.Errorf("method %s, want %s", r.Method, op.Method)
	}
	want := op.SampleQuery()
	for _, f := range op.Query {
		if f.Given != "" {
			want.Set(f.Name, given[f.Given])
		}
	}
	switch {
	case op.Token == spec.UserToken:
		want.Set(op.TokenParam, "us3r-token")
	case op.TokenParam != "":
		want.Set(op.TokenParam, "t0ken")
	}
	if diff := cmp.Diff(want, r.URL.Query()); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	if len(op.Files) > 0 {
		checkForm(t, r, body)
		return
	}
	if len(op.Body) == 0 && r.Method == http.MethodGet {
		if len(body) > 0 {
			t.Errorf("a body: %s", body)
		}
		return
	}
	sample := op.SampleBody()
	for _, f := range op.Body {
		if f.Given != "" {
			sample[f.Name] = given[f.Given]
		}
	}
	if diff := cmp.Diff(normal(t, sample), normal(t, json.RawMessage(body))); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	for _, p := range op.CheckBody(body) {
		t.Errorf("body: %v", p)
	}
	for _, p := range op.CheckQuery(r.URL.Query()) {
		t.Errorf("query: %v", p)
	}
}

func checkForm(t *testing.T, r *http.Request, body []byte) {
	t.Helper()
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(part); string(b) != "contents" || part.FormName() != "media" {
		t.Errorf("part %v holds %q", part.Header, b)
	}
}

// checkAnswer compares what a method returned with the sample answer, both as Go values and as JSON.
func checkAnswer(t *testing.T, op *spec.Operation, got reflect.Value) {
	t.Helper()
	if d, ok := got.Interface().(*wecom.Download); ok {
		defer d.Close()
		if b, err := io.ReadAll(d); err != nil || string(b) != "bytes" || d.Name != "a.bin" {
			t.Errorf("downloaded %q, %v as %q", b, err, d.Name)
		}
		return
	}
	sample := any(answerOf(op))
	want := reflect.New(got.Type())
	err := strict(sample, want.Interface())
	if err != nil && len(op.Answer) == 1 {
		sample = answerOf(op)[op.Answer[0].Name]
		want = reflect.New(got.Type())
		err = strict(sample, want.Interface())
	}
	if err != nil {
		t.Fatalf("%v does not hold the answer: %v", got.Type(), err)
	}
	if diff := cmp.Diff(want.Elem().Interface(), got.Interface()); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(normal(t, sample), normal(t, got.Interface())); diff != "" {
		t.Errorf("answer as JSON (-sample +encoded):\n%s", diff)
	}
}

func answerOf(op *spec.Operation) map[string]any {
	m := op.SampleAnswer()
	delete(m, "errcode")
	delete(m, "errmsg")
	return m
}

// normal is a value as JSON sees it, without nulls.
func normal(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return withoutNulls(out)
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, v any) bool { return v == nil })
		for k := range v {
			v[k] = withoutNulls(v[k])
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return v
}

// testPages follows an iterator over three pages of one item, and stops it early.
func testPages(t *testing.T, op *spec.Operation) {
	p := op.Paging
	text := false // whether cursors are text
	for _, f := range slices.Concat(op.Query, op.Body) {
		if f.Name == p.Ask {
			text = f.Kind == spec.String
		}
	}
	cursor := func(n int) any {
		switch {
		case n == 0 && text:
			return ""
		case text:
			return "page-" + strconv.Itoa(n)
		}
		return n
	}
	e := newEndpoint(t, op)
	e.answer = func(n int, w http.ResponseWriter) {
		a := op.SampleAnswer()
		last := n == 3
		switch {
		case p.Size != "" && n > 3:
			a[p.Items] = []any{}
		case p.Total != "":
			a[p.Next], a[p.Total] = n, 3
		case p.More != "":
			a[p.Next], a[p.More] = cursor(n), 1
			if last {
				a[p.More] = 0
			}
		case last:
			a[p.Next] = cursor(0)
		case p.Next != "":
			a[p.Next] = cursor(n)
		}
		_ = json.NewEncoder(w).Encode(a)
	}
	m := method(t, client(t, op.Client, wecom.WithBaseURL(e.URL)), op.All)
	body := map[string]any{}
	for k, v := range op.SampleBody() {
		if k != p.Ask && k != "limit" {
			body[k] = v
		}
	}
	if p.Size != "" {
		body[p.Size] = 1
	}
	query := op.SampleQuery()
	query.Del(p.Ask)
	args := iteratorArguments(t, op, m.Type(), body, query)

	items := 0
	for pair := range pairs(m.Call(args)[0]) {
		if err, _ := pair[1].Interface().(error); err != nil {
			t.Fatal(err)
		}
		items++
	}
	if items != 3 {
		t.Errorf("%s yields %d items, want 3", op.All, items)
	}
	for i, r := range e.seen[:3] {
		got := r.URL.Query().Get(p.Ask)
		if op.Query == nil {
			var sent map[string]any
			_ = json.Unmarshal(e.bodies[i], &sent)
			got = fmt.Sprint(sent[p.Ask])
		}
		want := fmt.Sprint(cursor(i))
		if i == 0 && (got == "<nil>" || got == "") {
			continue
		}
		if got != want {
			t.Errorf("page %d was asked for as %q, want %q", i+1, got, want)
		}
	}
	before := len(e.seen)
	e.answer = func(_ int, w http.ResponseWriter) { fmt.Fprint(w, `{"errcode":60011,"errmsg":"no"}`) }
	failures := 0
	for pair := range pairs(m.Call(args)[0]) {
		if err, _ := pair[1].Interface().(error); !errors.Is(err, wecom.ErrNoPermission) {
			t.Errorf("a refusal yields %v", err)
		}
		failures++
	}
	if failures != 1 || len(e.seen) != before+1 {
		t.Errorf("a refusal is yielded %d times after %d calls", failures, len(e.seen)-before)
	}
}

func iteratorArguments(t *testing.T, op *spec.Operation, m reflect.Type, body map[string]any, query url.Values) []reflect.Value {
	t.Helper()
	short := *op // without what the iterator sets itself
	drop := func(f spec.Field) bool { return f.Name == op.Paging.Ask && m.NumIn() > 1 && !isRequest(m.In(1)) }
	short.Query = slices.DeleteFunc(slices.Clone(op.Query), drop)
	short.Body = slices.DeleteFunc(slices.Clone(op.Body), drop)
	return arguments(t, &short, m, body, query)
}

// pairs drives an iter.Seq2 of unknown types.
func pairs(seq reflect.Value) func(yield func([2]reflect.Value) bool) {
	return func(yield func([2]reflect.Value) bool) {
		for a, b := range seq.Seq2() {
			if !yield([2]reflect.Value{a, b}) {
				return
			}
		}
	}
}

func testLink(t *testing.T, op *spec.Operation) {
	m := method(t, client(t, op.Client), op.Go)
	link := m.Call(arguments(t, op, m.Type(), op.SampleBody(), nil))[0].String()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Scheme + "://" + u.Host; got != op.Host || u.Path != op.Path || u.Fragment != op.Fragment {
		t.Errorf("%s, want %s%s#%s", link, op.Host, op.Path, op.Fragment)
	}
	want := op.SampleQuery()
	for _, f := range op.Query {
		if f.Given != "" {
			want.Set(f.Name, given[f.Given])
		}
	}
	if diff := cmp.Diff(want, u.Query()); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	// In development the pages are the simulator's.
	m = method(t, client(t, op.Client, wecom.WithBaseURL("http://127.0.0.1:9")), op.Go)
	if link := m.Call(arguments(t, op, m.Type(), op.SampleBody(), nil))[0].String(); !strings.HasPrefix(link, "http://127.0.0.1:9"+op.Path) {
		t.Errorf("with another API host: %s", link)
	}
}

func testToken(t *testing.T, op *spec.Operation) {
	e := newEndpoint(t, op)
	m := method(t, client(t, op.Client, wecom.WithBaseURL(e.URL)), op.Go)
	out := m.Call([]reflect.Value{reflect.ValueOf(t.Context())})
	want := op.SampleAnswer()[op.Answer[0].Name]
	if out[0].Interface() != want || !out[1].IsNil() {
		t.Errorf("%s = %v, %v, want %v", op.Go, out[0], out[1], want)
	}
	r, body := e.last()
	q, sent := url.Values{}, map[string]any{}
	for _, f := range op.Query {
		q.Set(f.Name, cmpOr(f.Fixed, given[f.Given]))
	}
	for _, f := range op.Body {
		sent[f.Name] = cmpOr(f.Fixed, given[f.Given])
	}
	if diff := cmp.Diff(q, r.URL.Query()); diff != "" || r.Method != op.Method {
		t.Errorf("%s, query (-want +got):\n%s", r.Method, diff)
	}
	if len(op.Body) > 0 {
		if diff := cmp.Diff(normal(t, sent), normal(t, json.RawMessage(body))); diff != "" {
			t.Errorf("body (-want +got):\n%s", diff)
		}
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func testSend(t *testing.T, op *spec.Operation) {
	e := newEndpoint(t, op)
	c := client(t, op.Client, wecom.WithBaseURL(e.URL)).(*wecom.Client)
	sample := op.SampleBody()
	for _, f := range op.Body {
		if f.Kind != spec.Object {
			continue
		}
		got, err := c.Messages.Send(t.Context(), &wecom.SendRequest{
			ToUser: "touser-1", ToParty: "toparty-2", ToTag: "totag-3", AgentID: 1000002, MsgType: f.Name, Body: sample[f.Name],
			Safe: 1, EnableIDTrans: true, DuplicateCheck: true, DuplicateCheckInterval: 60,
		})
		if err != nil {
			t.Fatal(err)
		}
		checkAnswer(t, op, reflect.ValueOf(got))
		_, body := e.last()
		for _, p := range op.CheckBody(body) {
			t.Errorf("%s: %v", f.Name, p)
		}
		var sent map[string]any
		_ = json.Unmarshal(body, &sent)
		if diff := cmp.Diff(normal(t, sample[f.Name]), sent[f.Name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
	}
}

func testQRCode(t *testing.T, op *spec.Operation) {
	e := newEndpoint(t, op)
	s := client(t, op.Client, wecom.WithBaseURL(e.URL)).(*wecom.Suite)
	r := &wecom.QRCodeRequest{AppID: 2, State: "state-3", Style: new(0)}
	link, err := s.Authorizations.GetQRCodeURL(t.Context(), r)
	if err != nil || link != op.SampleAnswer()["qrcode"] {
		t.Errorf("GetQRCodeURL = %q, %v", link, err)
	}
	e.answer = func(_ int, w http.ResponseWriter) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte("PNG"))
	}
	d, err := s.Authorizations.GetQRCode(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if b, _ := io.ReadAll(d); string(b) != "PNG" {
		t.Errorf("GetQRCode read %q", b)
	}
	_, body := e.last()
	want := map[string]any{"suite_id": "suite1", "appid": 2, "state": "state-3", "style": 0, "result_type": 1}
	if diff := cmp.Diff(normal(t, want), normal(t, json.RawMessage(body))); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}
