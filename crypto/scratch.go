package crypto

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1" // the platform signs with it
	"encoding/hex"
	"slices"
)

// maxKept is the buffer size, in bytes, beyond which a scratch is not reused: one huge callback must not pin memory.
const maxKept = 64 << 10

// scratch is what one Open or Seal needs besides its result. CBC modes are kept too: making one copies the whole
// key schedule, while resetting its IV is free.
type scratch struct {
	keys  []key
	enc   []cipher.BlockMode // by key, made when first used
	dec   []cipher.BlockMode
	buf   []byte // cipher bytes
	text  []byte // what is signed
	given []byte // the signature to compare with
	noise [32 * randomSize]byte
	used  int // bytes of noise
}

func newScratch(keys []key) *scratch {
	return &scratch{
		keys: keys,
		enc:  make([]cipher.BlockMode, len(keys)),
		dec:  make([]cipher.BlockMode, len(keys)),
		used: len(scratch{}.noise),
	}
}

func (c *Crypter) release(s *scratch) {
	if cap(s.buf)+cap(s.text) <= maxKept {
		c.scratch.Put(s)
	}
}

// grow returns the cipher buffer with room for n bytes.
func (s *scratch) grow(n int) []byte {
	s.buf = slices.Grow(s.buf[:0], n)[:n]
	return s.buf
}

// random hands out fresh noise; asking the system for it in portions is what makes that cheap.
func (s *scratch) random() []byte {
	if s.used == len(s.noise) {
		_, _ = rand.Read(s.noise[:]) // never fails: it ends the process instead
		s.used = 0
	}
	s.used += randomSize
	return s.noise[s.used-randomSize : s.used]
}

func (s *scratch) encrypter(i int) cipher.BlockMode {
	if !reset(s.enc[i], &s.keys[i]) {
		s.enc[i] = cipher.NewCBCEncrypter(s.keys[i].block, s.keys[i].iv[:])
	}
	return s.enc[i]
}

func (s *scratch) decrypter(i int) cipher.BlockMode {
	if !reset(s.dec[i], &s.keys[i]) {
		s.dec[i] = cipher.NewCBCDecrypter(s.keys[i].block, s.keys[i].iv[:])
	}
	return s.dec[i]
}

func reset(mode cipher.BlockMode, k *key) bool {
	m, ok := mode.(interface{ SetIV([]byte) })
	if ok {
		m.SetIV(k.iv[:])
	}
	return ok
}

type signature [2 * sha1.Size]byte

// sign is the SHA-1 over the four values, sorted by their bytes and joined (doc 90968). The three short ones are
// sorted first; the ciphertext goes before the first that is greater.
func (s *scratch) sign(token, timestamp, nonce string, ciphertext []byte) (hexed signature) {
	a, b, c := token, timestamp, nonce
	if a > b {
		a, b = b, a
	}
	if b > c {
		b, c = c, b
	}
	if a > b {
		a, b = b, a
	}
	text, placed := s.text[:0], false
	for _, v := range [...]string{a, b, c} {
		if !placed && v > string(ciphertext) { // compares without copying
			text, placed = append(text, ciphertext...), true
		}
		text = append(text, v...)
	}
	if !placed {
		text = append(text, ciphertext...)
	}
	s.text = text
	sum := sha1.Sum(text)
	hex.Encode(hexed[:], sum[:])
	return hexed
}
