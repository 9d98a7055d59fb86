package storage

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of the contracts.
const (
	MaxName      = 64        // bytes of a KV's or queue's name
	MaxKey       = 512       // bytes of a key, an item's ID, a lane
	MaxValue     = 1 << 20   // bytes of a value or body
	MaxReason    = 4 << 10   // bytes of a dead letter's reason; what is longer is cut
	DefaultLimit = 1_000_000 // items of a queue that are not dead
	AckedFor     = 24 * time.Hour
)

// CheckName returns ErrInvalid for what cannot name a KV or a queue. Backends call the Check functions first.
func CheckName(name string) error {
	ok := name != "" && len(name) <= MaxName
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-'
	}
	if !ok {
		return fmt.Errorf("%w: name %q, want 1 to %d of [a-z0-9.-]", ErrInvalid, name, MaxName)
	}
	return nil
}

// CheckKey returns ErrInvalid for what cannot be a key. Keys may tell who said what, so the error does not show them.
func CheckKey(key string) error {
	switch {
	case key == "":
		return fmt.Errorf("%w: empty key", ErrInvalid)
	case len(key) > MaxKey:
		return fmt.Errorf("%w: key of %d bytes, at most %d", ErrInvalid, len(key), MaxKey)
	case strings.IndexByte(key, 0) >= 0:
		return fmt.Errorf("%w: key with a zero byte", ErrInvalid)
	}
	return nil
}

// CheckWrite returns ErrInvalid for what KV cannot keep.
func CheckWrite(key string, value []byte, ttl time.Duration) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	if ttl < 0 {
		return fmt.Errorf("%w: ttl %v", ErrInvalid, ttl)
	}
	return CheckBody(value)
}

// CheckBody returns ErrInvalid for a value or body over its limit.
func CheckBody(body []byte) error {
	if len(body) > MaxValue {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrInvalid, len(body), MaxValue)
	}
	return nil
}

// CheckItems returns ErrInvalid for what Queue.Push cannot take.
func CheckItems(items []Item) error {
	for _, it := range items {
		switch {
		case it.ID == "" || len(it.ID) > MaxKey:
			return fmt.Errorf("%w: item id of %d bytes, want 1 to %d", ErrInvalid, len(it.ID), MaxKey)
		case len(it.Lane) > MaxKey:
			return fmt.Errorf("%w: lane of %d bytes, at most %d", ErrInvalid, len(it.Lane), MaxKey)
		}
		if err := CheckBody(it.Body); err != nil {
			return err
		}
	}
	return nil
}

// CheckLease returns ErrInvalid for a lease without duration.
func CheckLease(lease time.Duration) error {
	if lease <= 0 {
		return fmt.Errorf("%w: lease %v", ErrInvalid, lease)
	}
	return nil
}

// CutReason returns a reason that is not too long and still whole characters.
func CutReason(reason string) string {
	if len(reason) <= MaxReason {
		return reason
	}
	cut := MaxReason
	for cut > MaxReason-utf8.UTFMax && !utf8.RuneStart(reason[cut]) {
		cut--
	}
	return reason[:cut]
}
