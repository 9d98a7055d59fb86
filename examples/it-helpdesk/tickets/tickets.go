// Package tickets is a ticket system as small as can be, in memory. It stands for the one that a company has, so that the
// helpdesk bot can be tried and tested; it is no part of the bot.
//
//	POST /tickets       {"user", "kind", "title", "urgent", "photo"} → the ticket with its number
//	GET  /tickets/{no}  → the ticket
//	PUT  /tickets/{no}  {"state", "by"} → the ticket
//	POST /passwords     {"user"} → {"minutes": 30}
//
// A second POST with the Idempotency-Key of an earlier one is answered by the same ticket.
package tickets

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

// Ticket is one of them.
type Ticket struct {
	No     int    `json:"no"`
	User   string `json:"user"`
	Kind   string `json:"kind"`
	Title  string `json:"title"`
	Urgent bool   `json:"urgent"`
	Photo  string `json:"photo"`
	State  string `json:"state"` // open, taken, solved
	By     string `json:"by"`
}

const first = 1042 // number of the first ticket

// System keeps tickets. It is an http.Handler, safe for concurrent use.
type System struct {
	token string
	mux   *http.ServeMux

	mu      sync.Mutex
	tickets []Ticket
	byKey   map[string]int // number by Idempotency-Key
}

// New returns an empty system; callers send the token as a bearer token.
func New(token string) *System {
	s := &System{token: token, mux: http.NewServeMux(), byKey: map[string]int{}}
	s.mux.HandleFunc("POST /tickets", s.create)
	s.mux.HandleFunc("GET /tickets/{no}", s.change)
	s.mux.HandleFunc("PUT /tickets/{no}", s.change)
	s.mux.HandleFunc("POST /passwords", func(w http.ResponseWriter, _ *http.Request) { answer(w, map[string]int{"minutes": 30}) })
	return s
}

// List is all tickets.
func (s *System) List() []Ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.tickets)
}

// ServeHTTP serves the API.
func (s *System) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+s.token {
		http.Error(w, "wrong token", http.StatusUnauthorized)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *System) create(w http.ResponseWriter, r *http.Request) {
	t := Ticket{State: "open"}
	if err := json.NewDecoder(r.Body).Decode(&t); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	if no, again := s.byKey[key]; again {
		answer(w, s.tickets[no-first])
		return
	}
	t.No = first + len(s.tickets)
	s.tickets = append(s.tickets, t)
	if key != "" {
		s.byKey[key] = t.No
	}
	answer(w, t)
}

func (s *System) change(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	no, err := strconv.Atoi(r.PathValue("no"))
	if i := no - first; err != nil || i < 0 || i >= len(s.tickets) {
		http.Error(w, "no such ticket", http.StatusNotFound)
		return
	}
	t := &s.tickets[no-first]
	if r.Method == http.MethodPut {
		var to struct{ State, By string }
		if err := json.NewDecoder(r.Body).Decode(&to); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		t.State, t.By = to.State, to.By
	}
	answer(w, *t)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
