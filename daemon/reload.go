package daemon

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

// settleTime is how long files must be quiet before they are read: editors write in several steps.
const settleTime = 150 * time.Millisecond

// proveTime bounds the tests of a reload.
const proveTime = time.Minute

// watch reloads the rules when a file of the configuration changes. It watches folders, not files, as editors replace
// files by renaming others.
func (n *node) watch(ctx context.Context) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the rules: %w", err)
	}
	n.follow(w)
	n.wg.Go(func() {
		defer w.Close()
		quiet := time.NewTimer(0)
		if !quiet.Stop() {
			<-quiet.C
		}
		for {
			select {
			case <-ctx.Done():
				return
			case e, ok := <-w.Events:
				if !ok {
					return
				}
				if e.Op != fsnotify.Chmod {
					quiet.Reset(settleTime)
				}
			case err := <-w.Errors:
				n.log.Error("watch the rules", "err", err)
				quiet.Reset(settleTime) // events may be lost: read everything
			case <-quiet.C:
				n.reload()
				n.follow(w)
			}
		}
	})
	return nil
}

// follow watches the folders of all files that are read now, and those that patterns look into.
func (n *node) follow(w *fsnotify.Watcher) {
	n.mu.RLock()
	files := slices.Clone(n.cfg.Files)
	for _, a := range n.cfg.templates() {
		for _, pattern := range a.Rules {
			files = append(files, n.cfg.Resolve(pattern))
		}
	}
	n.mu.RUnlock()
	for _, f := range files {
		dir := filepath.Dir(f)
		if slices.Contains(w.WatchList(), dir) {
			continue
		}
		if err := w.Add(dir); err != nil {
			n.log.Warn("rules folder is not watched", "folder", dir, "err", err)
		}
	}
}

// reload reads everything anew and swaps the rules of the apps whose revision changed. Any problem keeps everything as
// it is. It returns the problems.
func (n *node) reload() []strictyaml.Problem {
	n.reloading.Lock()
	defer n.reloading.Unlock()
	cfg, problems := n.reread()
	if len(problems) == 0 {
		problems = n.reloadApps(cfg)
	}
	n.mu.Lock()
	n.problems = problems
	n.mu.Unlock()
	if len(problems) == 0 {
		n.reloads.WithLabelValues("ok").Inc()
		n.stale.Set(0)
		return nil
	}
	n.reloads.WithLabelValues("failed").Inc()
	n.stale.Set(1)
	n.log.Error("rules not reloaded: the last good ones go on", "problems", len(problems))
	for _, p := range problems {
		n.log.Error(p.String())
	}
	return problems
}

// reloadApps loads all apps' rules before it swaps any.
func (n *node) reloadApps(cfg *Config) []strictyaml.Problem {
	type change struct {
		app string
		set *ruleSet
	}
	var changes []change
	var problems []strictyaml.Problem
	for _, old := range n.running() {
		a, ok := cfg.App(old.Name)
		if !ok {
			continue
		}
		previous := n.set(a.Name)
		set, ps := n.load(cfg, a, previous)
		if len(ps) == 0 && set.Revision != previous.Revision {
			ps = n.prove(cfg, a, set)
		}
		problems = append(problems, ps...)
		if len(ps) == 0 && set.Revision != previous.Revision {
			changes = append(changes, change{a.Name, set})
		}
	}
	if len(problems) > 0 {
		return unique(problems)
	}
	if needsRestart(n.cfg, cfg) {
		n.log.Warn("bot.yaml changed beyond its rules: restart botd to apply it")
	}
	n.mu.Lock()
	n.cfg.Files = cfg.Files
	n.mu.Unlock()
	for _, c := range changes {
		if err := n.use(c.app, c.set); err != nil {
			n.log.Error("swap rules", "app", c.app, "err", err)
			continue
		}
		n.log.Info("rules reloaded", "app", c.app, "revision", c.set.Revision, "rules", len(c.set.Rules))
	}
	return nil
}

// prove runs the examples of changed rules, and the conversation tests beside them.
func (n *node) prove(cfg *Config, a App, set *ruleSet) []strictyaml.Problem {
	problems := set.CheckExamples()
	files, err := testFiles([]string{filepath.Dir(cfg.Path)})
	if err != nil || len(files) == 0 || len(cfg.Apps) > 1 { // of several apps nothing says whose a test is
		return problems
	}
	ctx, cancel := context.WithTimeout(context.Background(), proveTime)
	defer cancel()
	report, _, ps := runTests(ctx, n.registry, cfg, a, files)
	problems = append(problems, ps...)
	if report != nil {
		for _, r := range report.Results {
			problems = append(problems, r.Problems...)
		}
	}
	return problems
}

// needsRestart compares what a reload does not touch.
func needsRestart(old, now *Config) bool {
	same := func(a, b App) bool {
		return a.Name == b.Name && a.CorpID == b.CorpID && a.AgentID == b.AgentID && a.Secret.Reveal() == b.Secret.Reveal() &&
			a.Token.Reveal() == b.Token.Reveal() && slices.Equal(reveal(a.EncodingAESKey), reveal(b.EncodingAESKey)) && a.ReplyMode == b.ReplyMode
	}
	return !old.dev && (old.Storage != now.Storage || old.Log != now.Log || old.Language != now.Language || old.Timezone != now.Timezone ||
		!slices.EqualFunc(old.Apps, now.Apps, same) || !slices.EqualFunc(old.Suites, now.Suites, func(a, b Suite) bool {
		return a.SuiteID == b.SuiteID && a.SuiteSecret.Equal(b.SuiteSecret) && a.StorageKey.Equal(b.StorageKey) &&
			a.ProviderCorpID == b.ProviderCorpID && same(a.template(a.Name), b.template(b.Name))
	}))
}
