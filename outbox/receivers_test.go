package outbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
)

func TestTargets(t *testing.T) {
	t.Parallel()
	many := strings.Split(strings.Repeat("u|", 1000)+"u", "|")
	hundred := strings.Repeat("0|", 99) + "0"
	for _, tt := range []struct {
		name string
		to   outbox.Receivers
		want []outbox.To
	}{
		{"nobody is no call", outbox.Receivers{}, nil},
		{"one member", outbox.Receivers{Users: []string{"lisi"}}, []outbox.To{{User: "lisi"}}},
		{"all kinds in one call", outbox.Receivers{Users: []string{"lisi", "wangwu"}, Departments: []int{1, 2}, Tags: []int{7}},
			[]outbox.To{{User: "lisi|wangwu", Party: "1|2", Tag: "7"}}},
		{"too many members go into the next call", outbox.Receivers{Users: many, Departments: []int{1}},
			[]outbox.To{{User: strings.Join(many[:1000], "|"), Party: "1"}, {User: "u"}}},
		{"too many departments and tags too", outbox.Receivers{Departments: make([]int, 101), Tags: make([]int, 101)},
			[]outbox.To{{Party: hundred, Tag: hundred}, {Party: "0", Tag: "0"}}},
		{"everyone is everyone named", outbox.Receivers{Users: []string{"lisi"}, Everyone: true}, []outbox.To{{User: "@all"}}},
		{"a chat comes beside members", outbox.Receivers{Everyone: true, Chat: "c"}, []outbox.To{{User: "@all"}, {Chat: "c"}}},
	} {
		if got := tt.to.Targets(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: Targets = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestDeliveriesAreRenderedForTheirTarget(t *testing.T) {
	t.Parallel()
	to := outbox.Receivers{Users: []string{"lisi"}, Chat: "c"}
	ds, err := to.Deliveries(reply.Notice("出差申请").Open(reply.Page("https://example.com")), outbox.Delivery{ID: "x", App: "hr", Broadcast: true})
	if err != nil || len(ds) != 2 {
		t.Fatalf("Deliveries = %+v, %v; want two", ds, err)
	}
	for i, want := range []struct{ id, msgType string }{{"x/0", "template_card"}, {"x/1", "text"}} { // appchat has no cards
		if d := ds[i]; d.ID != want.id || d.Units[0].MsgType != want.msgType || d.App != "hr" || !d.Broadcast {
			t.Errorf("delivery %d = %+v, want id %s with %s", i, d, want.id, want.msgType)
		}
	}
}
