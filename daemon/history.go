package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/rules"
	"github.com/wecombot/wecombot/storage"
)

// keepRevisions is how many earlier revisions of an app's rules can be shown and returned to.
const keepRevisions = 50

// savedRevision is what a revision was made of.
type savedRevision struct {
	Revision string            `json:"revision"`
	First    time.Time         `json:"first"` // when it first answered
	Files    map[string][]byte `json:"files"`
}

// pin keeps an earlier revision answering, as long as the files on disk are those it was chosen over.
type pin struct {
	Revision string `json:"revision"`
	Over     string `json:"over"`
}

// history keeps the revisions of the rules, the switched-off rules and the pin, in the store.
type history struct {
	kv storage.KV
}

// snapshot reads files once, so that what is compiled is what is kept.
func snapshot(files []string) map[string][]byte {
	m := map[string][]byte{}
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil {
			m[f] = b
		}
	}
	return m
}

// reader reads from a snapshot; what is not in it is read from disk, for the error.
func reader(files map[string][]byte) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if b, ok := files[name]; ok {
			return b, nil
		}
		return os.ReadFile(name)
	}
}

func revisionKey(app, revision string) string { return "revision/" + app + "/" + revision }

// save keeps a revision that begins to answer, and forgets the oldest.
func (h history) save(ctx context.Context, app, revision string, files map[string][]byte) error {
	if _, err := h.kv.Get(ctx, revisionKey(app, revision)); err == nil {
		return nil
	}
	if err := h.put(ctx, revisionKey(app, revision), savedRevision{revision, time.Now(), files}); err != nil {
		return fmt.Errorf("keep revision %s: %w", revision, err)
	}
	all, err := h.list(ctx, app)
	if err != nil {
		return err
	}
	for _, old := range all[:max(0, len(all)-keepRevisions)] {
		if err := h.kv.Delete(ctx, revisionKey(app, old.Revision)); err != nil {
			return fmt.Errorf("forget revision %s: %w", old.Revision, err)
		}
	}
	return nil
}

// list returns the kept revisions, oldest first.
func (h history) list(ctx context.Context, app string) ([]savedRevision, error) {
	var all []savedRevision
	for e, err := range h.kv.Scan(ctx, revisionKey(app, "")) {
		if err != nil {
			return nil, fmt.Errorf("read revisions: %w", err)
		}
		var r savedRevision
		if err := json.Unmarshal(e.Value, &r); err != nil {
			return nil, fmt.Errorf("read revision %s: %w", e.Key, err)
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b savedRevision) int { return a.First.Compare(b.First) })
	return all, nil
}

// find returns a kept revision by the beginning of its name.
func (h history) find(ctx context.Context, app, prefix string) (savedRevision, error) {
	all, err := h.list(ctx, app)
	if err != nil {
		return savedRevision{}, err
	}
	var found []savedRevision
	for _, r := range all {
		if strings.HasPrefix(r.Revision, prefix) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return savedRevision{}, fmt.Errorf("no revision %q: %w", prefix, storage.ErrNotFound)
	}
	return savedRevision{}, fmt.Errorf("%q is the beginning of %d revisions: %w", prefix, len(found), storage.ErrConflict)
}

func (h history) off(ctx context.Context, app string) (map[string]bool, error) {
	off := map[string]bool{}
	return off, h.get(ctx, "off/"+app, &off)
}

// setOff switches a rule off or on, and reports whether that changed anything.
func (h history) setOff(ctx context.Context, app, rule string, off bool) (bool, error) {
	set, err := h.off(ctx, app)
	if err != nil || set[rule] == off {
		return false, err
	}
	if off {
		set[rule] = true
	} else {
		delete(set, rule)
	}
	return true, h.put(ctx, "off/"+app, set)
}

func (h history) pinned(ctx context.Context, app string) (pin, error) {
	var p pin
	return p, h.get(ctx, "pin/"+app, &p)
}

func (h history) get(ctx context.Context, key string, out any) error {
	e, err := h.kv.Get(ctx, key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	return json.Unmarshal(e.Value, out)
}

func (h history) put(ctx context.Context, key string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = h.kv.Put(ctx, key, b, 0)
	return err
}

// load compiles an app's rules: those on disk, or those of the revision that was returned to over them.
func (n *node) load(cfg *Config, a App, previous *ruleSet) (*ruleSet, []strictyaml.Problem) {
	ctx := context.Background()
	set, problems := n.compile(cfg, a, snapshot(a.RuleFiles), previous)
	if len(problems) > 0 {
		return set, problems
	}
	p, err := n.history.pinned(ctx, a.Name)
	if err != nil || p.Revision == "" || p.Over != set.Revision {
		return set, nil
	}
	saved, err := n.history.find(ctx, a.Name, p.Revision)
	if err != nil {
		n.log.Error("revision to return to is gone", "app", a.Name, "err", err)
		return set, nil
	}
	old, problems := n.compile(cfg, withFiles(a, saved.Files), saved.Files, previous)
	if len(problems) > 0 {
		n.log.Error("revision to return to cannot be loaded", "app", a.Name, "revision", saved.Revision, "problem", problems[0].String())
		return set, nil
	}
	return old, nil
}

func withFiles(a App, files map[string][]byte) App {
	a.RuleFiles = slices.Sorted(maps.Keys(files))
	return a
}

// rollback makes an earlier revision answer until the files on disk change.
func (n *node) rollback(ctx context.Context, app, revision string) (string, error) {
	saved, err := n.history.find(ctx, app, revision)
	if err != nil {
		return "", err
	}
	a, _ := n.cfg.App(app)
	disk, problems := n.compile(n.cfg, a, snapshot(a.RuleFiles), nil)
	over := disk.Revision
	if len(problems) > 0 {
		over = "" // what is on disk cannot answer anyway; the pin is void when it can
	}
	if err := n.history.put(ctx, "pin/"+app, pin{saved.Revision, over}); err != nil {
		return "", err
	}
	set, problems := n.compile(n.cfg, withFiles(a, saved.Files), saved.Files, n.set(app))
	if len(problems) > 0 {
		return "", problems[0]
	}
	return saved.Revision, n.use(app, set)
}

// switchRule takes a rule out of routing, or puts it back, at once and over restarts.
func (n *node) switchRule(ctx context.Context, app, rule string, off bool) error {
	known := slices.ContainsFunc(n.set(app).Rules, func(r rules.Info) bool { return r.Name == rule })
	if !known {
		return fmt.Errorf("no rule %q: %w", rule, storage.ErrNotFound)
	}
	changed, err := n.history.setOff(ctx, app, rule, off)
	if err != nil || !changed {
		return err
	}
	n.reloading.Lock()
	defer n.reloading.Unlock()
	a, _ := n.cfg.App(app)
	saved, err := n.history.find(ctx, app, n.set(app).Revision)
	if err != nil {
		return err
	}
	set, problems := n.compile(n.cfg, withFiles(a, saved.Files), saved.Files, n.set(app))
	if len(problems) > 0 {
		return problems[0]
	}
	return n.use(app, set)
}

// difference shows what changed between two revisions, by lines.
func difference(old, now savedRevision) string {
	var b bytes.Buffer
	names := slices.Sorted(maps.Keys(old.Files))
	for name := range now.Files {
		if _, ok := old.Files[name]; !ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		b.Write(diff.Diff(name+" "+old.Revision, old.Files[name], name+" "+now.Revision, now.Files[name]))
	}
	return b.String()
}
