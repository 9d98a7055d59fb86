// Package notify turns webhooks of other systems into messages: Alertmanager, GitHub, GitLab, and plain JSON from a script.
//
//	plugins:
//	  notify:
//	    hooks:
//	      - {name: ops, token: "${OPS_TOKEN}", to: {tags: [3]}}
//
//	curl -H "Authorization: Bearer $OPS_TOKEN" -d '{"text": "备份完成"}' https://bot.example/plugins/hr/notify/ops
//
// The sender is known by the hook's token: as bearer token, as ?token= where a system can set nothing else, as GitLab's
// secret token, or as the secret of GitHub's signature. What kind of webhook it is shows in the request itself.
package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// maxBody bounds a webhook, in bytes.
const maxBody = 1 << 20

// Config is the plugin's part of bot.yaml.
type Config struct {
	Hooks []Hook `yaml:"hooks,required" doc:"one for each sender"`
}

// Hook is one address that a system sends to.
type Hook struct {
	Name  string         `yaml:"name,required" doc:"the last part of its URL"`
	Token plugins.Secret `yaml:"token,required" doc:"what the sender shows; at least 16 characters"`
	To    plugins.To     `yaml:"to,required" doc:"who gets the messages"`
	// Pick lets the JSON of a plain webhook name other receivers.
	Pick bool `yaml:"pick" doc:"whether plain JSON may say {\"to\": {\"users\": [...]}} itself"`
}

// Validate checks what tags cannot say.
func (c *Config) Validate() error {
	var errs []error
	names := map[string]bool{}
	for _, h := range c.Hooks {
		switch {
		case strings.ContainsAny(h.Name, "/?#% "):
			errs = append(errs, fmt.Errorf("hook %q: a name is part of a URL: use letters, digits and -", h.Name))
		case names[h.Name]:
			errs = append(errs, fmt.Errorf("hook %q is named twice", h.Name))
		case len(h.Token.Reveal()) < 16:
			errs = append(errs, fmt.Errorf("hook %q: its token is shorter than 16 characters", h.Name))
		case h.To.Targets() == 0:
			errs = append(errs, fmt.Errorf("hook %q: to names nobody", h.Name))
		}
		names[h.Name] = true
	}
	return errors.Join(errs...)
}

// Needs declares the receivers of the hooks.
func (c *Config) Needs() plugins.Needs {
	var n plugins.Needs
	for _, h := range c.Hooks {
		n.Send |= h.To.Targets()
		if h.Pick {
			n.Send |= plugins.ToMembers | plugins.ToDepartments | plugins.ToTags
		}
	}
	return n
}

type notifier struct {
	env   plugins.Env
	hooks map[string]Hook
}

// New makes the plugin.
func New(e plugins.Env, c Config) (plugins.Plugin, error) {
	n := &notifier{env: e, hooks: map[string]Hook{}}
	for _, h := range c.Hooks {
		n.hooks[h.Name] = h
	}
	return n, nil
}

// Mount adds nothing: members do not talk to this plugin.
func (n *notifier) Mount(*router.Router) {}

// Web answers POST /NAME. Unknown hooks and wrong tokens look alike.
func (n *notifier) Web() http.Handler { return http.HandlerFunc(n.serve) }

func (n *notifier) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "send a POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, "cannot be read", http.StatusBadRequest)
		return
	}
	hook, known := n.hooks[strings.Trim(r.URL.Path, "/")]
	if !hook.knows(r, body) || !known {
		http.Error(w, "unknown hook or wrong token", http.StatusForbidden)
		return
	}
	if err := n.pass(r.Context(), hook, r.Header, body); err != nil {
		n.refuse(w, hook, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// refuse answers so that a sender tries again what may go well then: a full store, not a broken body.
func (n *notifier) refuse(w http.ResponseWriter, hook Hook, err error) {
	var bad badRequest
	if errors.As(err, &bad) {
		http.Error(w, bad.Error(), http.StatusBadRequest)
		return
	}
	n.env.Log.Error("webhook not passed on", "hook", hook.Name, "err", err)
	http.Error(w, "cannot be kept now", http.StatusServiceUnavailable)
}

// badRequest is a webhook that makes no sense, now or later.
type badRequest struct{ reason string }

func (b badRequest) Error() string { return b.reason }

// pass makes a message of the webhook and hands it to the outbox.
func (n *notifier) pass(ctx context.Context, hook Hook, header http.Header, body []byte) error {
	m, err := n.read(header, body)
	if err != nil || m.reply == nil {
		return err
	}
	to := hook.To
	if m.to != nil {
		if !hook.Pick {
			return badRequest{"this hook does not choose its receivers (pick: true would let it)"}
		}
		to = plugins.To{Users: m.to.Users, Departments: m.to.Departments, Tags: m.to.Tags}
		if to.Targets() == 0 {
			return badRequest{"to names nobody"}
		}
	}
	if _, err := m.reply.Units(reply.Options{}); err != nil {
		return badRequest{"the message cannot be shown: " + err.Error()}
	}
	return n.env.Send(ctx, plugins.Message{ID: hook.Name + "/" + m.id, To: to, Reply: m.reply, Broadcast: true})
}

// sameFor is within what time two equal bodies are one webhook that was sent twice, and not two events.
const sameFor = 5 * time.Minute

// identity is the sender's own number of the webhook, or a hash of its body.
func (n *notifier) identity(number string, body []byte) string {
	if number != "" {
		return number
	}
	sum := sha256.Sum256(body)
	return fmt.Sprintf("%s-%d", hex.EncodeToString(sum[:8]), n.env.Clock().Unix()/int64(sameFor.Seconds()))
}
