package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/internal/secret"
)

func TestNothingPrintsIt(t *testing.T) {
	t.Parallel()
	const text = "s3cr3t-t3xt"
	s := secret.New(text)
	type holder struct {
		Open   secret.Secret
		hidden secret.Secret
		list   []secret.Secret
		byName map[string]secret.Secret
	}
	h := holder{s, s, []secret.Secret{s}, map[string]secret.Secret{"a": s}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%08.3f"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", &s)
		fmt.Fprintf(&out, verb+"\n", h)
		fmt.Fprintf(&out, verb+"\n", &h)
	}
	log := slog.New(slog.NewTextHandler(&out, nil))
	log.Info("text", "secret", s, "holder", h)
	log = slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("json", "secret", s, "holder", h)
	if err := json.NewEncoder(&out).Encode(h); err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text)} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("printed %q in:\n%s", leak, out.String())
		}
	}
	if !strings.Contains(out.String(), `secret=***`) || !strings.Contains(out.String(), `"Open":"***"`) {
		t.Errorf("the mask is missing in:\n%s", out.String())
	}
	if got := s.Reveal(); got != text {
		t.Errorf("Reveal() = %q, want %q", got, text)
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	var s secret.Secret
	if err := s.UnmarshalText(nil); err != nil || !s.IsZero() || s.String() != "" {
		t.Errorf("empty secret = %q, %v, %v", s.String(), s.IsZero(), err)
	}
	if !s.Equal(secret.New("")) || s.Equal(secret.New("x")) || !secret.New("x").Equal(secret.New("x")) {
		t.Error("Equal is wrong")
	}
}
