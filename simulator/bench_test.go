package simulator_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/simulator"
)

// BenchmarkSend is one message/send without a network.
func BenchmarkSend(b *testing.B) {
	srv := simulator.New(simulator.WithoutListener(), simulator.WithHistory(1000))
	defer srv.Close()
	app := srv.AddApp(simulator.App{})
	for i := range 1000 {
		srv.AddMember(simulator.Member{UserID: fmt.Sprintf("u%d", i)})
	}
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, httptest.NewRequest("GET", "/cgi-bin/gettoken?corpid="+app.CorpID+"&corpsecret="+app.Secret, nil))
	_, rest, _ := strings.Cut(w.Body.String(), `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	n := 0
	for b.Loop() {
		body := fmt.Sprintf(`{"touser":"u%d","msgtype":"text","agentid":%d,"text":{"content":"hello %d"}}`, n%1000, app.AgentID, n)
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, httptest.NewRequest("POST", "/cgi-bin/message/send?access_token="+token, strings.NewReader(body)))
		if !strings.Contains(w.Body.String(), `"errcode":0`) {
			b.Fatal(w.Body)
		}
		n++
	}
}
