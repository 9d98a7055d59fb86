package outbox

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	pushed, delivered, dead, paced *prometheus.CounterVec
	sent, failed, invalid          *prometheus.CounterVec
	latency                        prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer, o *Outbox) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "wecombot", Subsystem: "outbox", Name: name, Help: help}, labels)
	}
	m := &metrics{
		pushed:    counter("pushed_total", "Deliveries handed over.", "app"),
		delivered: counter("delivered_total", "Deliveries confirmed by the platform.", "app"),
		dead:      counter("dead_total", "Deliveries given up.", "app"),
		paced:     counter("paced_total", "Sends held back by the limits for one member.", "app"),
		sent:      counter("sent_total", "Messages accepted by the platform.", "app", "msgtype"),
		failed:    counter("failed_total", "Sends refused or unanswered, by reaction class.", "app", "class"),
		invalid:   counter("invalid_total", "Receivers refused in an accepted send.", "app", "kind"),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "wecombot", Subsystem: "outbox", Name: "latency_seconds",
			Help:    "From the push to the platform's confirmation.",
			Buckets: []float64{.01, .03, .1, .3, 1, 3, 10, 30, 100, 300, 1000, 10000},
		}),
	}
	if reg == nil {
		return m
	}
	reg.MustRegister(m.pushed, m.delivered, m.dead, m.paced, m.sent, m.failed, m.invalid, m.latency)
	reg.MustRegister(&depth{o: o})
	return m
}

// depth reads the queues' state at each scrape.
type depth struct{ o *Outbox }

var (
	descDepth = prometheus.NewDesc("wecombot_outbox_depth", "Deliveries in the store by queue and state.", []string{"queue", "state"}, nil)
	descAge   = prometheus.NewDesc("wecombot_outbox_oldest_seconds", "Age of the oldest delivery that is not dead.", []string{"queue"}, nil)
)

// Describe implements prometheus.Collector.
func (d *depth) Describe(ch chan<- *prometheus.Desc) { ch <- descDepth; ch <- descAge }

// Collect implements prometheus.Collector.
func (d *depth) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, q := range d.o.queues() {
		st, err := q.queue.Stats(ctx)
		if err != nil {
			continue
		}
		for state, n := range map[string]int{"ready": st.Ready, "waiting": st.Waiting, "leased": st.Leased, "dead": st.Dead} {
			ch <- prometheus.MustNewConstMetric(descDepth, prometheus.GaugeValue, float64(n), q.name, state)
		}
		age := 0.0
		if !st.Oldest.IsZero() {
			age = d.o.now().Sub(st.Oldest).Seconds()
		}
		ch <- prometheus.MustNewConstMetric(descAge, prometheus.GaugeValue, age, q.name)
	}
}
