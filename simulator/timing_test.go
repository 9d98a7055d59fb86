package simulator_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

// direct is a transport without a network: it calls the app, and gives up with the request's context.
type direct struct{ app http.HandlerFunc }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	done := make(chan *http.Response, 1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	in := httptest.NewRequest(r.Method, r.URL.String(), bytes.NewReader(body)).WithContext(r.Context())
	go func() {
		out := httptest.NewRecorder()
		d.app(out, in)
		done <- out.Result()
	}()
	select {
	case res := <-done:
		return res, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func TestFiveSecondsThreeTimes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		latency  time.Duration // of the app
		attempts int
		total    time.Duration
		received bool
	}{
		{0, 1, 0, true},
		{4900 * time.Millisecond, 1, 4900 * time.Millisecond, true},
		{5100 * time.Millisecond, 3, 15 * time.Second, false},
		{time.Hour, 3, 15 * time.Second, false},
	} {
		synctest.Test(t, func(t *testing.T) { // time stands still until everybody waits
			app := func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-time.After(tt.latency):
				case <-r.Context().Done():
				}
			}
			srv := simulator.New(simulator.WithoutListener(), simulator.WithTransport(direct{app}))
			defer srv.Close()
			srv.AddMember(simulator.Member{UserID: "lisi"})
			a := srv.AddApp(simulator.App{CallbackURL: "http://app.example/callback"})
			began := time.Now()
			d := srv.Say(t.Context(), a, "lisi", "hi")
			if took := time.Since(began); len(d.Attempts) != tt.attempts || took != tt.total || d.Received != tt.received {
				t.Errorf("an app that takes %v: %d attempts, %v, received %v; want %d, %v, %v",
					tt.latency, len(d.Attempts), took, d.Received, tt.attempts, tt.total, tt.received)
			}
		})
	}
}
