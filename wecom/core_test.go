package wecom_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/wecom"
)

const sendPath = "/cgi-bin/message/send"

func TestRetries(t *testing.T) {
	t.Parallel()
	status := func(n int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(n)
			fmt.Fprint(w, body)
		}
	}
	html := status(200, "<html>please log in</html>")
	for _, tt := range []struct {
		name   string
		path   string
		answer func(http.ResponseWriter, *http.Request)
		tries  int
	}{
		{"a busy answer", getUser, refuse(-1), 3},
		{"a version conflict", getUser, refuse(6000), 3},
		{"too many concurrent calls", getUser, refuse(45033), 3},
		{"HTTP 502", getUser, status(502, "<html>"), 3},
		{"HTTP 503 with JSON", getUser, status(503, "{}"), 3},
		{"an answer that is not JSON", getUser, html, 3},
		{"a lost connection", getUser, drop, 3},
		{"a refusal", getUser, refuse(60111), 1},
		{"an untrusted address", getUser, refuse(60020), 1},
		{"a busy answer to a message", sendPath, refuse(-1), 3},
		{"a lost answer to a message", sendPath, drop, 1},
		{"HTTP 502 to a message", sendPath, status(502, ""), 1},
		{"a lost answer to a creation", "/cgi-bin/department/create", drop, 1},
		{"a lost answer to a query by POST", "/cgi-bin/user/list_id", drop, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			c := p.client(t, "s3cret")
			mustGet(t, c)
			before := p.count(tt.path)
			for range 5 {
				p.queue(tt.path, tt.answer)
			}
			method := "POST"
			if tt.path == getUser {
				method = "GET"
			}
			if err := c.Do(t.Context(), method, tt.path, nil, map[string]int{}, nil); err == nil {
				t.Fatal("no error")
			}
			if got := p.count(tt.path) - before; got != tt.tries {
				t.Errorf("%d tries, want %d", got, tt.tries)
			}
		})
	}
}

func TestRetryStopsAtTheDeadline(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := p.client(t, "s3cret", wecom.WithBackoff(time.Hour))
	mustGet(t, c)
	p.queue(getUser, refuse(-1))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := c.Users.Get(ctx, "zhangsan"); !errors.Is(err, wecom.ErrBusy) {
		t.Errorf("Get = %v, want the platform's answer at once", err)
	}
}

func TestSentTellsWhetherTheRequestLeft(t *testing.T) {
	t.Parallel()
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		p := newPlatform(t)
		c := p.client(t, "s3cret", wecom.WithRetry(0))
		mustGet(t, c)
		p.Close()
		var lost *wecom.TransportError
		if _, err := c.Messages.Send(t.Context(), &wecom.SendRequest{MsgType: "text"}); !errors.As(err, &lost) || lost.Sent {
			t.Errorf("Send = %#v, want a TransportError that was not sent", err)
		}
	})
	t.Run("the answer does not come in time", func(t *testing.T) {
		t.Parallel()
		p := newPlatform(t)
		c := p.client(t, "s3cret")
		mustGet(t, c)
		ctx, cancel := context.WithCancel(t.Context())
		p.queue(sendPath, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		var lost *wecom.TransportError
		_, err := c.Messages.Send(ctx, &wecom.SendRequest{MsgType: "text"})
		if !errors.As(err, &lost) || !lost.Sent || !errors.Is(err, context.Canceled) {
			t.Errorf("Send = %#v, want a TransportError that was sent", err)
		}
	})
}

func TestNothingSecretInErrorsAndLogs(t *testing.T) {
	t.Parallel()
	p, log := newPlatform(t), &logs{}
	c := p.client(t, "s3cret", wecom.WithLogger(log.logger()), wecom.WithRetry(0))
	mustGet(t, c)
	var errs []error
	collect := func(answers ...func(http.ResponseWriter, *http.Request)) {
		p.queue(getUser, answers...)
		_, err := c.Users.Get(t.Context(), "zhangsan")
		errs = append(errs, err)
	}
	collect(drop)
	collect(reply(42001, "expired token-1"), reply(42001, "expired token-1"))
	collect(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere?x="+r.URL.RawQuery, http.StatusFound)
	})
	p.Close()
	_, err := c.Users.Get(t.Context(), "zhangsan")
	errs = append(errs, err, p.client(t, "s3cret").Do(t.Context(), "GET", "/x", nil, nil, nil))
	for _, err := range errs {
		if err == nil {
			t.Fatal("no error")
		}
		for _, secret := range []string{"token-1", "s3cret", "access_token"} {
			if strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
				t.Errorf("%q in error %v", secret, err)
			}
			if strings.Contains(log.String(), secret) {
				t.Errorf("%q in log:\n%s", secret, log)
			}
		}
	}
	wantCount(t, p, "/elsewhere", 0)
}

func TestBodyIsLiteralJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		body any
		want string
	}{
		{"a <b> & \"c\" \\", `"a <b> & \"c\" \\"`},
		{"你好\u2028\u2029 😀", "\"你好\u2028\u2029 😀\""},
		{"tab\tline\nbell\a\x1dend", `"tab\tline\nbellend"`},
		{"half \xff", "\"half \ufffd\""},
		{`\u003c is text`, `"\\u003c is text"`},
		{json.RawMessage(`{"a":"\u4f60\ud83d\ude00\u0022\u005c\ud83d"}`), "{\"a\":\"你😀\\\"\\\\\ufffd\"}"},
		{nil, ""},
	} {
		p := newPlatform(t)
		if err := p.client(t, "s3cret").Do(t.Context(), "POST", "/x", nil, tt.body, nil); err != nil {
			t.Fatal(err)
		}
		if got := p.lastBody(); got != tt.want {
			t.Errorf("body of %q = %q, want %q", tt.body, got, tt.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	write := func(s string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) }
	}
	t.Run("no errcode is success", func(t *testing.T) {
		t.Parallel()
		p := newPlatform(t)
		p.queue(getUser, write(`{"userid":"zhangsan"}`))
		mustGet(t, p.client(t, "s3cret"))
	})
	t.Run("the platform's complaint about our JSON is logged", func(t *testing.T) {
		t.Parallel()
		p, log := newPlatform(t), &logs{}
		p.queue(getUser, write(`{"errcode":0,"errmsg":"Warning: wrong json format. ok","userid":"zhangsan"}`))
		mustGet(t, p.client(t, "s3cret", wecom.WithLogger(log.logger())))
		if !strings.Contains(log.String(), "level=WARN") {
			t.Errorf("log:\n%s", log)
		}
	})
	t.Run("a field of another type fails once", func(t *testing.T) {
		t.Parallel()
		p := newPlatform(t)
		p.queue(getUser, write(`{"userid":7}`))
		var bad *wecom.TransportError
		if _, err := p.client(t, "s3cret").Users.Get(t.Context(), "zhangsan"); !errors.As(err, &bad) {
			t.Errorf("Get = %v", err)
		}
		wantCount(t, p, getUser, 1)
	})
	t.Run("an endless answer ends", func(t *testing.T) {
		t.Parallel()
		p := newPlatform(t)
		p.queue(getUser, write(`{"userid":"`+strings.Repeat("x", 17<<20)+`"}`))
		if _, err := p.client(t, "s3cret").Users.Get(t.Context(), "zhangsan"); err == nil || !strings.Contains(err.Error(), "16 MiB") {
			t.Errorf("Get = %v", err)
		}
		wantCount(t, p, getUser, 1)
	})
}

func TestSendRequestOnTheWire(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := p.client(t, "s3cret")
	for _, tt := range []struct {
		r    wecom.SendRequest
		want string
	}{
		{wecom.SendRequest{ToUser: "a|b", AgentID: 7, MsgType: "text", Body: map[string]string{"content": "<>"}},
			`{"agentid":7,"msgtype":"text","text":{"content":"<>"},"touser":"a|b"}`},
		{wecom.SendRequest{ToParty: "1", ToTag: "2", MsgType: "file", Body: struct{}{}, Safe: 1, EnableIDTrans: true,
			DuplicateCheck: true, DuplicateCheckInterval: 60},
			`{"agentid":0,"duplicate_check_interval":60,"enable_duplicate_check":1,"enable_id_trans":1,"file":{},` +
				`"msgtype":"file","safe":1,"toparty":"1","totag":"2"}`},
	} {
		if _, err := c.Messages.Send(t.Context(), &tt.r); err != nil {
			t.Fatal(err)
		}
		if got := p.lastBody(); got != tt.want {
			t.Errorf("Send(%+v) sent %s, want %s", tt.r, got, tt.want)
		}
	}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		body func() io.Reader
		want int // requests when the token is refused first
		ok   bool
	}{
		{"a seeker is measured and repeated", func() io.Reader { return strings.NewReader("GIF89a...") }, 2, true},
		{"a stream is sent once", func() io.Reader { return io.LimitReader(strings.NewReader("GIF89a..."), 9) }, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			c := p.client(t, "s3cret")
			mustGet(t, c)
			p.revoke()
			_, err := c.Media.Upload(t.Context(), wecom.MediaFile, &wecom.File{Name: "年假\"表\".gif\r\n", ContentType: "image/gif", Body: tt.body()})
			if (err == nil) != tt.ok {
				t.Fatalf("Upload = %v", err)
			}
			wantCount(t, p, "/cgi-bin/media/upload", tt.want)
			boundary, _, _ := strings.Cut(strings.TrimPrefix(p.lastBody(), "--"), "\r\n")
			part, err := multipart.NewReader(strings.NewReader(p.lastBody()), boundary).NextRawPart()
			if err != nil {
				t.Fatal(err)
			}
			if b, _ := io.ReadAll(part); string(b) != "GIF89a..." || part.FormName() != "media" || part.Header.Get("Content-Type") != "image/gif" {
				t.Errorf("part %v holds %q", part.Header, b)
			}
			d := part.Header.Get("Content-Disposition")
			if !strings.Contains(d, `filename="年假_表_.gif"`) || strings.Contains(d, "filelength=9") != tt.ok {
				t.Errorf("Content-Disposition: %s", d)
			}
		})
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	file := func(w http.ResponseWriter, kind, name, body string) {
		w.Header().Set("Content-Type", kind)
		if name != "" {
			w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		}
		_, _ = io.WriteString(w, body)
	}
	p := newPlatform(t)
	c := p.client(t, "s3cret")
	const path = "/cgi-bin/media/get"
	big := bytes.Repeat([]byte("0123456789"), 2<<20)
	p.queue(path,
		func(w http.ResponseWriter, _ *http.Request) { file(w, "image/png", "年假.png", string(big)) },
		func(w http.ResponseWriter, _ *http.Request) {
			file(w, "application/json", "data.json", `{"errcode":7}`)
		},
		func(w http.ResponseWriter, _ *http.Request) {
			file(w, "application/json", "", `{"errcode":40007,"errmsg":"x"}`)
		},
		func(w http.ResponseWriter, _ *http.Request) {
			file(w, "text/plain", "", `{"errcode":42001,"errmsg":"x"}`)
		},
		func(w http.ResponseWriter, _ *http.Request) { file(w, "audio/amr", "", `AMR`) },
	)
	read := func(want string) {
		t.Helper()
		d, err := c.Media.Get(t.Context(), "m1")
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if b, err := io.ReadAll(d); err != nil || string(b) != want {
			t.Errorf("%d bytes, %v, want %d", len(b), err, len(want))
		}
	}
	read(string(big))
	read(`{"errcode":7}`)
	if _, err := c.Media.Get(t.Context(), "m1"); !errors.Is(err, wecom.ErrInvalidMedia) {
		t.Errorf("Get = %v, want 40007", err)
	}
	read("AMR") // after a renewed token
}

func TestNewClientRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		corp, secret string
		opt          wecom.Option
	}{
		{"", "s", wecom.WithRetry(1)},
		{"c", "", wecom.WithRetry(1)},
		{"c", "s", wecom.WithRetry(-1)},
		{"c", "s", wecom.WithBaseURL("qyapi.weixin.qq.com")},
		{"c", "s", wecom.WithBaseURL("ftp://x")},
	} {
		if _, err := wecom.NewClient(tt.corp, tt.secret, tt.opt); err == nil {
			t.Errorf("NewClient(%q, %q, …) took it", tt.corp, tt.secret)
		}
	}
}
