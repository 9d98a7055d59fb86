package crypto

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Crypter opens and seals the callbacks of one endpoint. It is safe for concurrent use.
type Crypter struct {
	token     string
	keys      []key
	receivers []string
	scratch   sync.Pool // of *scratch
}

// New takes the callback's Token, one or more EncodingAESKeys (the first seals by default; several while a key is
// being changed) and the accepted receiver ids (a corp id, a suite id, or "" for AI bots; at least one).
func New(token string, keys []string, receivers ...string) (*Crypter, error) {
	c := &Crypter{token: strings.TrimSpace(token), receivers: slices.Clone(receivers)}
	switch n := len(c.token); {
	case n == 0:
		return nil, errors.New("crypto: Token is not set")
	case n > maxTokenLen:
		hint := "it is the short one of the two settings"
		if n == keyLen {
			hint = "is this the EncodingAESKey?"
		}
		return nil, fmt.Errorf("crypto: Token has %d characters, at most %d are possible (%s)", n, maxTokenLen, hint)
	case len(keys) == 0:
		return nil, errors.New("crypto: no EncodingAESKey")
	case len(receivers) == 0:
		return nil, errors.New(`crypto: no receiver id (a corp id, a suite id, or "" for AI bots)`)
	}
	for i, text := range keys {
		k, err := parseKey(text)
		if err != nil && len(keys) > 1 {
			return nil, fmt.Errorf("crypto: key %d: %w", i+1, err)
		}
		if err != nil {
			return nil, fmt.Errorf("crypto: %w", err)
		}
		c.keys = append(c.keys, k)
	}
	c.scratch.New = func() any { return newScratch(c.keys) }
	return c, nil
}

// String keeps token and keys out of logs.
func (c *Crypter) String() string { return "crypto.Crypter" }

// GoString keeps token and keys out of logs.
func (c *Crypter) GoString() string { return "crypto.Crypter" }

// accepted returns our own copy of an accepted receiver id.
func (c *Crypter) accepted(id []byte) (string, bool) {
	for _, r := range c.receivers {
		if r == string(id) {
			return r, true
		}
	}
	return "", false
}

// restorePlus undoes the classic mistake on the way of an echostr: a "+" that somebody's URL decoding made a space.
func restorePlus(ciphertext []byte) []byte {
	if bytes.IndexByte(ciphertext, ' ') < 0 {
		return ciphertext
	}
	return bytes.ReplaceAll(ciphertext, []byte(" "), []byte("+"))
}
