package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

func TestTheModelUsesARuleAsATool(t *testing.T) {
	t.Parallel()
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Messages []struct{ Role, Content string }
			Tools    []any
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || len(q.Tools) != 1 {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		last := q.Messages[len(q.Messages)-1]
		if last.Role != "tool" { // the call comes in pieces
			fmt.Fprint(w, `data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"order","arguments":"{\"no\":"}}]}}]}`, "\n\n")
			fmt.Fprint(w, `data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"42\"}"}}]}}]}`, "\n\ndata: [DONE]\n\n")
			return
		}
		answer, _ := json.Marshal("查到了：" + last.Content)
		fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%s}}]}\n\ndata: [DONE]\n\n", answer)
	}))
	t.Cleanup(model.Close)
	d := newDaemon(t, "rules:\n  - {name: order, match: {regex: '^订单 (?P<no>\\d+)$'}, reply: '{{ user.name }} 的订单 {{ args.no }} 明天到'}\n")
	b, err := os.ReadFile(d.dir + "/bot.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d.write("bot.yaml", string(b)+fmt.Sprintf(`    plugins:
      llm:
        url: %s/v1
        model: small
        markdown: false
        tools: [{name: order, description: 查订单, rule: order, say: '订单 {no}', parameters: {no: 订单号}}]
`, model.URL))
	d.start()
	if got := d.says("zhangsan", "我的四十二号订单到哪了？"); !strings.Contains(got, "查到了：张三 的订单 42 明天到") {
		t.Errorf("the answer is %q; log:\n%s", got, d.output())
	}
}
