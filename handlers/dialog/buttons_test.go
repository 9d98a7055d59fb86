package dialog

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

func defineOrder(e *Engine) *Definition {
	return e.Define("order", func(d *D) (reply.Reply, error) {
		drink, err := d.AskChoice("喝什么？", []string{"茶", "咖啡"}, Buttons())
		if err != nil {
			return nil, err
		}
		if err := d.Confirm("要一杯"+drink+"，确定吗？", Buttons()); err != nil {
			return nil, err
		}
		return reply.Text(drink + "好了"), nil
	})
}

// card is the keys of the buttons of the card that is answered to text.
func (b *bot) card(text string) map[string]string {
	b.t.Helper()
	q := &router.Request{Message: b.text(text), App: "hr"}
	r, err := b.table.Handle(b.t.Context(), q)
	if err != nil {
		b.t.Fatal(err)
	}
	units, err := r.Units(reply.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	var body struct {
		Buttons []struct{ Text, Key string } `json:"button_list"`
	}
	if err := json.Unmarshal(units[len(units)-1].Body, &body); err != nil {
		b.t.Fatal(err)
	}
	keys := map[string]string{}
	for _, btn := range body.Buttons {
		keys[btn.Text] = btn.Key
	}
	return keys
}

func (b *bot) click(key, want string) {
	b.t.Helper()
	m := b.parse(fmt.Sprintf("<MsgType>event</MsgType><Event>template_card_event</Event><EventKey>%s</EventKey><TaskId>t</TaskId>", key))
	for range 2 { // delivered twice
		got, err := b.deliver("hr", "zhangsan", m)
		if err != nil {
			b.t.Fatal(err)
		}
		b.expect("click "+key, got, want)
	}
}

func TestButtons(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineOrder)
	first := b.card("开始")
	if len(first) != 2 || first["茶"] == "" {
		t.Fatalf("buttons %v, want 茶 and 咖啡", first)
	}
	b.click(first["咖啡"], "要一杯咖啡，确定吗？")
	b.click(first["茶"], "已经过期")
	b.talk("返回", "喝什么？")
	second := b.card("茶")
	b.restart()
	b.click(second["是"], "茶好了")
	b.click(second["否"], "已经过期")
	again := b.card("开始")
	b.click(first["茶"], "已经过期") // of the dialog before
	b.click(again["茶"], "要一杯茶")
	b.talk("好", "茶好了")
}

func TestClickShowsTheChoice(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineOrder)
	keys := b.card("开始")
	m := b.parse("<MsgType>event</MsgType><Event>template_card_event</Event><EventKey>" + keys["茶"] + "</EventKey><TaskId>t</TaskId>")
	got, err := b.deliver("hr", "zhangsan", m)
	if err != nil || !strings.HasPrefix(got, "已选择：茶 | ") {
		t.Errorf("answer to the click: %q, %v", got, err)
	}
}

func TestManyChoicesAreText(t *testing.T) {
	t.Parallel()
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("many", func(d *D) (reply.Reply, error) {
			c, err := d.AskChoice("哪个？", []string{"a", "b", "c", "d", "e", "f", "g"}, Buttons())
			return reply.Text(c), err
		})
	})
	b.talk("开始", "哪个？\n1. a\n2. b", "7", "g")
}
