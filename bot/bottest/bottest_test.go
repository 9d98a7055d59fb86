package bottest_test

import (
	"testing"
	"time"

	"github.com/wecombot/wecombot/bot/bottest"
	"github.com/wecombot/wecombot/plugins/greet"
)

func TestTalk(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, bottest.Plugin("greet", greet.New, "word: 嗨"), bottest.RulesText(`
rules:
  - {name: two, match: {exact: two}, reply: [one, two]}
  - {name: md, match: {exact: md}, reply: {markdown: '**bold** text'}}
  - {name: name, match: {exact: name}, reply: '{{ user.name }}'}
  - {name: time, match: {exact: time}, reply: '{{ now.Format("15:04:05") }}'}
schedules:
  - {name: friday, cron: '0 17 * * 5', send: {to: {departments: [2]}, text: 周报}}
`))
	u := b.User("zhangsan", bottest.Name("张三"), bottest.Departments(2))
	u.Says("在吗").Expect("嗨，zhangsan")
	u.Says("two").Expect("one", "two")
	u.Says("md").Expect("bold text")
	u.Says("time").Expect("10:00:04")
	b.Restart()
	b.SlowAPI("user/get", 6*time.Second)
	u.Says("name").ExpectLater("张三")
	u.Says("什么").ExpectNone()
	b.Advance(3 * 24 * time.Hour)
	u.Expect("周报")
}
