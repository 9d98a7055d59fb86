package outbox

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/reply"
)

// Receivers are all who get a message.
type Receivers struct {
	Users       []string
	Departments []int
	Tags        []int
	Everyone    bool   // all who can see the app
	Chat        string // chatid of a group chat that the app made
}

// Deliveries renders a message for its receivers. There is one for each call that it takes: like d, but with the call's
// target and units, and its number behind the ID.
func (r Receivers) Deliveries(message reply.Reply, d Delivery) ([]Delivery, error) {
	var ds []Delivery
	for i, to := range r.Targets() {
		var o reply.Options
		if to.Chat != "" {
			o.Target = reply.TargetChat
		}
		units, err := message.Units(o)
		if err != nil {
			return nil, err
		}
		one := d
		one.ID, one.To, one.Units = d.ID+"/"+strconv.Itoa(i), to, units
		ds = append(ds, one)
	}
	return ds, nil
}

// Receivers of one call of message/send (doc 90236).
const (
	maxUsers       = 1000
	maxDepartments = 100
	maxTags        = 100
)

// Targets makes calls of the receivers, each within the platform's limits. Who is named twice over, by his department and
// his tag, gets one message only within one call, so there is one call where possible. A chat is a call of its own.
func (r Receivers) Targets() []To {
	var out []To
	if r.Everyone {
		out = []To{{User: "@all"}}
	} else {
		users, parties, tags := chunks(r.Users, maxUsers), chunks(texts(r.Departments), maxDepartments), chunks(texts(r.Tags), maxTags)
		for i := range max(len(users), len(parties), len(tags)) {
			out = append(out, To{User: nth(users, i), Party: nth(parties, i), Tag: nth(tags, i)})
		}
	}
	if r.Chat != "" {
		out = append(out, To{Chat: r.Chat})
	}
	return out
}

func chunks(ids []string, n int) (out []string) {
	for c := range slices.Chunk(ids, n) {
		out = append(out, strings.Join(c, "|"))
	}
	return out
}

func nth(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

func texts(ids []int) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strconv.Itoa(id)
	}
	return out
}
