package simulator

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

type vector struct {
	ID               string `json:"id"`
	Token            string `json:"token"`
	EncodingAESKey   string `json:"encodingAESKey"`
	ReceiveID        string `json:"receiveid"`
	Timestamp        string `json:"timestamp"`
	Nonce            string `json:"nonce"`
	Signature        string `json:"signature"`
	Ciphertext       string `json:"ciphertext"`
	Random           string `json:"random16_hex"`
	Plaintext        string `json:"plaintext"`
	SignatureMatches bool   `json:"signature_matches"`
}

func vectors(t *testing.T) (good, bad []vector) {
	t.Helper()
	raw, err := os.ReadFile("testdata/90968/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Vectors, Negative []vector }
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all.Vectors, all.Negative
}

func TestEnvelopeAgreesWithThePublishedSamples(t *testing.T) {
	t.Parallel()
	good, _ := vectors(t)
	for _, v := range good {
		e, err := newEnvelope(v.Token, v.EncodingAESKey)
		if err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		if got := e.signature(v.Timestamp, v.Nonce, v.Ciphertext); got != v.Signature {
			t.Errorf("%s: signature = %s, want %s", v.ID, got, v.Signature)
		}
		random, err := hex.DecodeString(v.Random)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := e.seal(random, []byte(v.Plaintext), v.ReceiveID)
		if err != nil || sealed != v.Ciphertext {
			t.Errorf("%s: seal = %q, %v, want %q", v.ID, sealed, err, v.Ciphertext)
		}
		opened, err := e.open(v.Ciphertext, v.ReceiveID)
		if err != nil || string(opened) != v.Plaintext {
			t.Errorf("%s: open = %q, %v, want %q", v.ID, opened, err, v.Plaintext)
		}
	}
}

func TestEnvelopeRefusesWhatMustBeRefused(t *testing.T) {
	t.Parallel()
	_, bad := vectors(t)
	for _, v := range bad {
		e, err := newEnvelope(v.Token, v.EncodingAESKey)
		if err != nil {
			continue
		}
		if matches := e.signature(v.Timestamp, v.Nonce, v.Ciphertext) == v.Signature; matches != v.SignatureMatches {
			t.Errorf("%s: signature matches = %v, want %v", v.ID, matches, v.SignatureMatches)
		}
		if !v.SignatureMatches {
			continue
		}
		if got, err := e.open(v.Ciphertext, v.ReceiveID); err == nil {
			t.Errorf("%s: open = %q, want an error", v.ID, got)
		}
	}
}

func TestEnvelopeRoundTripsEveryLength(t *testing.T) {
	t.Parallel()
	e, err := newEnvelope("token", randomText(42)+"A")
	if err != nil {
		t.Fatal(err)
	}
	for n := range 96 {
		message := bytes.Repeat([]byte("x"), n)
		sealed, err := e.seal(randomBytes(randomSize), message, "ww1")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.open(sealed, "ww1"); err != nil || !bytes.Equal(got, message) {
			t.Errorf("open of a sealed message of %d bytes = %q, %v", n, got, err)
		}
	}
}
