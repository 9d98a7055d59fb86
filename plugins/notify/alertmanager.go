package notify

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wecombot/wecombot/internal/when"
	"github.com/wecombot/wecombot/reply"
)

// alertHook is Alertmanager's webhook, version 4.
type alertHook struct {
	Status       string            `json:"status"`
	GroupLabels  map[string]string `json:"groupLabels"`
	CommonLabels map[string]string `json:"commonLabels"`
	ExternalURL  string            `json:"externalURL"`
	Truncated    int               `json:"truncatedAlerts"`
	Alerts       []alert           `json:"alerts"`
}

type alert struct {
	Status       string            `json:"status"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL"`
}

func isAlerts(body []byte) bool {
	var probe struct {
		Alerts   json.RawMessage `json:"alerts"`
		GroupKey *string         `json:"groupKey"`
	}
	return json.Unmarshal(body, &probe) == nil && probe.Alerts != nil && probe.GroupKey != nil
}

// maxAlerts is how many alerts of a group are written out.
const maxAlerts = 10

func (n *notifier) alerts(body []byte) (reply.Reply, error) {
	var h alertHook
	if err := decode(body, &h); err != nil {
		return nil, err
	}
	if len(h.Alerts) == 0 {
		return nil, nil
	}
	firing := 0
	for _, a := range h.Alerts {
		if a.Status == "firing" {
			firing++
		}
	}
	var b strings.Builder
	name := h.CommonLabels["alertname"]
	if name == "" {
		name = h.GroupLabels["alertname"]
	}
	if name == "" {
		name = h.Alerts[0].Labels["alertname"]
	}
	switch {
	case firing > 0:
		fmt.Fprintf(&b, n.env.Say("🔥 **%s** %d 条告警", "🔥 **%s** %d firing"), escape(name), firing)
	default:
		fmt.Fprintf(&b, n.env.Say("✅ **%s** 已恢复", "✅ **%s** resolved"), escape(name))
	}
	if severity := h.CommonLabels["severity"]; severity != "" {
		fmt.Fprintf(&b, "（%s）", escape(severity))
	}
	b.WriteString("\n\n")
	for _, a := range h.Alerts[:min(maxAlerts, len(h.Alerts))] {
		n.alert(&b, a, h.CommonLabels)
	}
	if more := max(0, len(h.Alerts)-maxAlerts) + h.Truncated; more > 0 {
		fmt.Fprintf(&b, n.env.Say("- 还有 %d 条\n", "- and %d more\n"), more)
	}
	if h.ExternalURL != "" {
		b.WriteString("\n" + link("Alertmanager", h.ExternalURL))
	}
	return reply.Markdown(b.String()), nil
}

// alert is one line: what is wrong, where, since when.
func (n *notifier) alert(b *strings.Builder, a alert, common map[string]string) {
	now := n.env.Clock().In(n.env.Location)
	what := a.Annotations["summary"]
	if what == "" {
		what = a.Annotations["description"]
	}
	var where []string
	for _, k := range slices.Sorted(maps.Keys(a.Labels)) {
		if _, same := common[k]; !same && k != "alertname" {
			where = append(where, a.Labels[k])
		}
	}
	if what == "" {
		what = strings.Join(where, " ")
		where = nil
	}
	if what == "" {
		what = a.Labels["alertname"]
	}
	mark := ""
	if a.Status == "resolved" {
		mark = "✅ "
	}
	fmt.Fprintf(b, "- %s%s", mark, link(clip(what, 200), a.GeneratorURL))
	if len(where) > 0 {
		fmt.Fprintf(b, "（%s）", escape(clip(strings.Join(where, " "), 100)))
	}
	if !a.StartsAt.IsZero() {
		fmt.Fprintf(b, n.env.Say("，自 %s", ", since %s"), when.Moment(a.StartsAt, now, n.env.English()))
	}
	b.WriteString("\n")
}
