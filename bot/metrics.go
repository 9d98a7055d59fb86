package bot

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	exits, refused, attempts, verified, mode, failures *prometheus.CounterVec
	took, handled                                      *prometheus.HistogramVec
	remaining, parts                                   prometheus.Histogram
	off                                                *prometheus.GaugeVec
}

func newMetrics(reg prometheus.Registerer, b *Bot) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "wecombot", Name: name, Help: help}, labels)
	}
	seconds := []float64{.001, .003, .01, .03, .1, .3, 1, 2, 3, 4, 5, 10, 30, 100, 300}
	m := &metrics{
		exits:    counter("callbacks_total", "Callbacks by exit: answered, deferred, duplicate or refused.", "app", "exit"),
		refused:  counter("callbacks_refused_total", "Refused callbacks by reason.", "app", "reason"),
		attempts: counter("callback_attempts_total", "Deliveries of messages by the platform, by attempt.", "app", "attempt"),
		verified: counter("url_verifications_total", "URL verifications answered.", "app"),
		mode:     counter("answers_total", "Answers by the way of their beginning: passive, active or silent.", "app", "mode"),
		failures: counter("handler_failures_total", "Failed handlers by rule and kind.", "app", "route", "kind"),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "wecombot", Name: "callback_seconds",
			Help: "Time to answer a callback.", Buckets: seconds}, []string{"app"}),
		handled: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "wecombot", Name: "handler_seconds",
			Help: "Time of handlers by rule.", Buckets: seconds}, []string{"app", "route"}),
		remaining: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "wecombot", Name: "callback_deadline_remaining_seconds",
			Help: "What was left of the platform's 5 seconds.", Buckets: []float64{0, .1, .25, .5, .75, 1, 1.5, 2, 3, 4, 4.5, 4.9}}),
		parts: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "wecombot", Name: "answer_parts",
			Help: "Messages of one answer.", Buckets: []float64{0, 1, 2, 3, 5, 10, 30}}),
		off: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "wecombot", Name: "rule_switched_off",
			Help: "1 while a rule is switched off after failures in a row."}, []string{"app", "route"}),
	}
	if reg != nil {
		reg.MustRegister(m.exits, m.refused, m.attempts, m.verified, m.mode, m.failures, m.took, m.handled, m.remaining, m.parts, m.off,
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "wecombot", Name: "messages_in_flight",
				Help: "Messages being handled or waiting for their turn."}, func() float64 { return float64(b.lanes.running()) }),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "wecombot", Name: "inbox_depth",
				Help: "Accepted messages whose answer is not ready."}, b.inboxDepth))
	}
	return m
}

func (b *Bot) inboxDepth() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	st, err := b.inbox.queue.Stats(ctx)
	if err != nil {
		return -1
	}
	return float64(st.Ready + st.Waiting + st.Leased)
}
