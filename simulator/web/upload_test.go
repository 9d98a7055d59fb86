package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/message"
)

func (s *site) upload(user, name string, data []byte) int {
	s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range map[string]string{"user": user, "app": fmt.Sprint(s.app.AgentID), "corp": s.app.CorpID} {
		if err := w.WriteField(k, v); err != nil {
			s.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		s.t.Fatal(err)
	}
	_, _ = part.Write(data)
	w.Close()
	res, err := http.Post(s.page.URL+"/api/upload", w.FormDataContentType(), &b)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestMembersSendPictures(t *testing.T) {
	t.Parallel()
	pictures := make(chan string, 1)
	s := newSite(t, func(m *message.Message) string {
		if m.Type == message.TypeImage {
			pictures <- m.Field("PicUrl")
		}
		return string(m.Type) + " " + m.Field("Format")
	})
	if got := s.upload("lisi", "猫.PNG", pixel()); got != http.StatusAccepted {
		t.Fatalf("api/upload = %d, want 202", got)
	}
	res, err := http.Get(<-pictures)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, _ := io.ReadAll(res.Body); !bytes.Equal(got, pixel()) {
		t.Errorf("the app finds %d bytes at PicUrl, want the picture", len(got))
	}
	if err := s.srv.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	said := s.conversation("lisi")[0]
	var body struct {
		MediaID string `json:"media_id"`
	}
	if err := json.Unmarshal(said.Body, &body); err != nil || said.Type != "image" {
		t.Fatalf("said = %+v, %v", said, err)
	}
	res2, err := http.Get(s.page.URL + "/api/media?corp=ww1&id=" + body.MediaID)
	if err != nil {
		t.Fatal(err)
	}
	defer res2.Body.Close()
	if got, _ := io.ReadAll(res2.Body); !bytes.Equal(got, pixel()) {
		t.Error("the page cannot show what the member sent")
	}
	for name, want := range map[string]int{"a.amr": 202, "a.mp4": 202, "a.pdf": 415, "a": 415} {
		if got := s.upload("lisi", name, []byte("0123456789")); got != want {
			t.Errorf("upload of %s = %d, want %d", name, got, want)
		}
	}
	if got := s.upload("nobody", "a.png", pixel()); got != http.StatusNotFound {
		t.Errorf("upload as nobody = %d, want 404", got)
	}
	if got := s.upload("lisi", "a.png", bytes.Repeat([]byte("x"), 22<<20)); got != http.StatusRequestEntityTooLarge {
		t.Errorf("upload of 22 MiB = %d, want 413", got)
	}
}

func TestChatsOfThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	s.api("appchat/create", `{"userlist":["lisi","wangwu"],"chatid":"g1"}`)
	_, state := s.send(http.MethodGet, "api/state", "")
	if n := len(state["chats"].([]any)); n != 0 {
		t.Errorf("%d chats before the first message, want none", n)
	}
	s.api("appchat/send", `{"chatid":"g1","msgtype":"text","text":{"content":"<@lisi> <b>"}}`)
	_, state = s.send(http.MethodGet, "api/state", "")
	if got := fmt.Sprint(state["chats"]); !strings.Contains(got, "chat:g1") || !strings.Contains(got, "name:群聊") {
		t.Errorf("chats = %s", got)
	}
	_, got := s.send(http.MethodGet, "api/conversation?corp=ww1&chat=g1&user=wangwu", "")
	if html := fmt.Sprint(got["items"]); !strings.Contains(html, "html:@李四 &lt;b&gt;") {
		t.Errorf("conversation of the chat = %s", html)
	}
	if items := s.conversation("wangwu"); len(items) != 0 {
		t.Errorf("the conversation with the app has %d items of the chat", len(items))
	}
}
