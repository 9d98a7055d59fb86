package daemon

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

var errSealed = errors.New("cannot be read: was storage_key changed, or suite_secret without one?")

// vault encrypts what the store keeps of a suite: AES-256-GCM with a key that HKDF-SHA256 makes from storage_key, or from
// suite_secret where there is none. What is sealed for one place cannot be read at another.
type vault struct{ aead cipher.AEAD }

func newVault(s *Suite) (vault, error) {
	material := cmp.Or(s.StorageKey.Reveal(), s.SuiteSecret.Reveal())
	key, err := hkdf.Key(sha256.New, []byte(material), nil, "wecombot suite store "+s.SuiteID, 32)
	if err != nil {
		return vault{}, fmt.Errorf("storage key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return vault{}, fmt.Errorf("storage key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return vault{}, fmt.Errorf("storage key: %w", err)
	}
	return vault{aead}, nil
}

func (v vault) seal(place, text string) []byte {
	return v.aead.Seal(nil, nil, []byte(text), []byte(place))
}

func (v vault) open(place string, sealed []byte) (string, error) {
	text, err := v.aead.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return "", errSealed
	}
	return string(text), nil
}
