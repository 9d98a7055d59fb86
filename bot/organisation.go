package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/wecom"
)

// organisation is what changes seldom and concerns everybody: the tree of departments, who has which tag, all names.
type organisation struct {
	Parents     map[int]int        `json:"parents,omitempty"` // department → the one above
	Tags        map[string][]int   `json:"tags,omitempty"`    // lower-cased user id → tags
	ByParty     map[int][]int      `json:"by_party,omitempty"`
	Departments []wecom.Department `json:"departments,omitempty"`
	Names       []wecom.UserBrief  `json:"names,omitempty"`
}

// Ancestors are the departments above one, nearest first.
func (d *Directory) Ancestors(ctx context.Context, department int) ([]int, error) {
	o, err := d.shared(ctx, "departments", func(ctx context.Context, o *organisation) error {
		nodes, err := d.client.Departments.ListIDs(ctx, 0)
		o.Parents = make(map[int]int, len(nodes))
		for _, n := range nodes {
			o.Parents[n.ID] = n.ParentID
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var above []int
	for at, ok := o.Parents[department]; ok && at > 0 && !slices.Contains(above, at); at, ok = o.Parents[at] {
		above = append(above, at)
	}
	return above, nil
}

// tagsOf are the tags of a member, by himself or by his departments.
func (d *Directory) tagsOf(ctx context.Context, id string, departments []int) ([]int, error) {
	o, err := d.shared(ctx, "tags", func(ctx context.Context, o *organisation) error {
		o.Tags, o.ByParty = map[string][]int{}, map[int][]int{}
		tags, err := d.client.Tags.List(ctx)
		if err != nil {
			return err
		}
		for _, t := range tags {
			m, err := d.client.Tags.ListMembers(ctx, t.TagID)
			if err != nil {
				return err
			}
			for _, u := range m.UserList {
				key := strings.ToLower(u.UserID)
				o.Tags[key] = append(o.Tags[key], t.TagID)
			}
			for _, p := range m.PartyList {
				o.ByParty[p] = append(o.ByParty[p], t.TagID)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	tags := slices.Clone(o.Tags[strings.ToLower(id)])
	for _, dep := range departments {
		tags = append(tags, o.ByParty[dep]...)
	}
	slices.Sort(tags)
	return slices.Compact(tags), nil
}

// Departments finds departments by name.
func (d *Directory) Departments(ctx context.Context, name string) ([]wecom.Department, error) {
	o, err := d.shared(ctx, "department-names", func(ctx context.Context, o *organisation) (err error) {
		o.Departments, err = d.client.Departments.List(ctx, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	var found []wecom.Department
	for _, x := range o.Departments {
		if x.Name == name {
			found = append(found, x)
		}
	}
	return found, nil
}

// account is what a user id looks like (doc 90195).
var account = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$`)

// Members finds members by account, or by name. Several may have one name. An account that the lists do not hold, or of an
// app that may not read them, is asked for by itself.
func (d *Directory) Members(ctx context.Context, name string) ([]router.User, error) {
	found, err := d.named(ctx, name)
	if len(found) > 0 || !account.MatchString(name) {
		return found, err
	}
	if u, failed := d.User(ctx, name); failed == nil {
		return []router.User{*u}, nil
	}
	return nil, err
}

func (d *Directory) named(ctx context.Context, name string) ([]router.User, error) {
	o, err := d.shared(ctx, "names", d.loadNames)
	if err != nil {
		return nil, err
	}
	var found []router.User
	for _, u := range o.Names {
		if strings.EqualFold(u.UserID, name) || u.Name == name {
			found = append(found, router.User{ID: u.UserID, Name: u.Name, Departments: u.Department})
		}
	}
	return found, nil
}

// loadNames walks the tree: the platform lists members by department.
func (d *Directory) loadNames(ctx context.Context, o *organisation) error {
	nodes, err := d.client.Departments.ListIDs(ctx, 0)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, n := range nodes {
		users, err := d.client.Users.ListBrief(ctx, &wecom.UserListBriefRequest{DepartmentID: n.ID})
		if err != nil {
			return err
		}
		for _, u := range users {
			if !seen[u.UserID] {
				seen[u.UserID] = true
				o.Names = append(o.Names, u)
			}
		}
	}
	return nil
}

// shared loads one part of the organisation, once for all who ask, and keeps it for the directory's time.
func (d *Directory) shared(ctx context.Context, part string, load func(context.Context, *organisation) error) (*organisation, error) {
	key := d.prefix + "|" + part // no user id is empty
	if e, err := d.kv.Get(ctx, key); err == nil {
		var o organisation
		if json.Unmarshal(e.Value, &o) == nil {
			return &o, nil
		}
	}
	v, err := d.once(ctx, key, func(ctx context.Context) (any, error) {
		o := &organisation{}
		if err := load(ctx, o); err != nil {
			return nil, fmt.Errorf("load %s: %w", part, err)
		}
		if b, err := json.Marshal(o); err == nil {
			_, _ = d.kv.Put(ctx, key, b, d.ttl)
		}
		return o, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*organisation), nil
}

// once lets one caller work for all; a caller that gives up leaves the work to the others.
func (d *Directory) once(ctx context.Context, key string, work func(context.Context) (any, error)) (any, error) {
	ch := d.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		return work(ctx)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-ch:
		return r.Val, r.Err
	}
}
