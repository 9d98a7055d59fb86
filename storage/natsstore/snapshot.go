package natsstore

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

// snapshot is a machine as JSON.
type snapshot struct {
	Version int                  `json:"v"`
	Seq     uint64               `json:"seq"`
	Now     int64                `json:"now"`
	Count   uint64               `json:"count"`
	Items   []item               `json:"items"`
	Dead    []*grave             `json:"dead"`
	Acked   []ackedID            `json:"acked"`
	Partly  map[string]savedPush `json:"partly,omitempty"`
}

type savedPush struct {
	Items []item `json:"items"`
	At    int64  `json:"at"`
}

func (m *machine) encode() ([]byte, error) {
	s := snapshot{Version: version, Seq: m.seq, Now: m.now, Count: m.count, Dead: m.dead.order, Acked: m.acked.order}
	for e := range m.sched.All() {
		s.Items = append(s.Items, itemOf(e.Item, m.bodies[e.Seq]))
	}
	if len(m.partly) > 0 {
		s.Partly = map[string]savedPush{}
	}
	for key, p := range m.partly {
		s.Partly[key] = savedPush{Items: p.items, At: p.at}
	}
	return json.Marshal(s)
}

func decodeMachine(raw []byte) (*machine, error) {
	var s snapshot
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	if s.Version > version {
		return nil, errNewer
	}
	m := newMachine()
	m.seq, m.now, m.count = s.Seq, s.Now, s.Count
	m.sched.Advance(m.now)
	for _, it := range s.Items {
		m.add(it)
	}
	for _, g := range s.Dead {
		m.dead.add(g)
		m.use(g.Body)
	}
	for _, a := range s.Acked {
		m.acked.add(a.ID, a.At)
	}
	for key, p := range s.Partly {
		m.partly[key] = partial{items: p.Items, at: p.At}
	}
	return m, nil
}

// grave is a dead letter.
type grave struct {
	item
	Died   int64 `json:"died"` // unix ns
	Reason text  `json:"reason"`
}

// graves are the dead letters, oldest first.
type graves struct {
	order []*grave
	byID  map[text]*grave
}

func (g *graves) add(d *grave) {
	g.order = append(g.order, d)
	g.byID[d.ID] = d
}

func (g *graves) remove(d *grave) {
	delete(g.byID, d.ID)
	g.order = slices.DeleteFunc(g.order, func(o *grave) bool { return o == d })
}

// acked remembers the ids that are done.
type acked struct {
	at    map[text]int64 // unix ns
	order []ackedID
}

type ackedID struct {
	ID text  `json:"id"`
	At int64 `json:"at"`
}

func (a *acked) add(id text, now int64) {
	a.at[id] = now
	a.order = append(a.order, ackedID{ID: id, At: now})
}

func (a *acked) forget(now int64) {
	for len(a.order) > 0 && lanes.After(a.order[0].At, storage.AckedFor) <= now {
		delete(a.at, a.order[0].ID)
		a.order = a.order[1:]
	}
}
