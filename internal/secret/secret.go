// Package secret keeps a string that must never be printed.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

const mask = "***"

// Secret prints as *** wherever a value can be printed: fmt (every verb), slog, JSON, YAML, text; also inside another
// struct and in its unexported fields, where fmt cannot call methods, because the text stands behind a pointer.
// The zero value is the empty secret. Compare with Equal.
type Secret struct{ text *string }

// New hides s.
func New(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{&s}
}

// Reveal is the only way to the text. Call it where the text is used, not earlier.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal compares in constant time for texts of one length.
func (s Secret) Equal(t Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(t.Reveal())) == 1
}

// String is "***", or "" for the empty secret, so that a missing one can be seen.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return mask
}

// Format prints the mask whatever the verb.
func (s Secret) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, s.String()) }

// LogValue is the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is the mask.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText hides a copy of b; it never fails.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = New(string(b))
	return nil
}
