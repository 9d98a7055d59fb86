package crypto

import "errors"

// ErrRefused is what every refusal wraps: outside, all refusals look alike.
var ErrRefused = errors.New("crypto: callback refused")

// Reason says precisely why a callback was refused. It is for logs and metrics, never for an answer.
type Reason string

// Reasons of a refusal.
const (
	ReasonSignature Reason = "signature" // msg_signature or what it covers is missing, or it does not match
	ReasonEncoding  Reason = "encoding"  // ciphertext is not base64
	ReasonCipher    Reason = "cipher"    // length, padding or inner length is wrong: another AES key, or garbage
	ReasonReceiver  Reason = "receiver"  // decrypted, but meant for somebody else
)

// Refusal is the precise error of Open; errors.Is(err, ErrRefused) holds.
type Refusal struct {
	Reason Reason
	Detail string
}

func (r *Refusal) Error() string { return "crypto: refused: " + string(r.Reason) + ": " + r.Detail }

// Unwrap makes every refusal an ErrRefused.
func (r *Refusal) Unwrap() error { return ErrRefused }

func refuse(reason Reason, detail string) *Refusal { return &Refusal{Reason: reason, Detail: detail} }
