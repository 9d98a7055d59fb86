package crypto

import "errors"

// ErrRefused is what every refusal wraps: outside, all refusals look alike.
var ErrRefused = errors.New("crypto: callback refused")

// Reason says precisely why a callback was refused. It is for logs and metrics, never for an answer.
type Reason string

// Reasons of a refusal.
const (
	ReasonSignature Reason = "signature" // msg_signature is missing or does not match
	ReasonEncoding  Reason = "encoding"  // ciphertext is not base64
	ReasonCipher    Reason = "cipher"    // length, padding or inner length is wrong
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

// Crypter opens and seals the callbacks of one endpoint. It is safe for concurrent use.
type Crypter struct{}

// New takes the callback's Token, one or more EncodingAESKeys (the first seals by default; several while a key is
// being changed) and the accepted receiver ids (a corp id, a suite id, or "").
func New(token string, keys []string, receivers ...string) (*Crypter, error) { panic("not yet") }

// Opened is a verified, decrypted callback.
type Opened struct {
	Message  []byte // the inner XML or JSON
	Receiver string // the accepted receiver id; a reply is sealed for the same one
	Key      int    // index of the key that opened it; a reply is sealed with the same one
}

// Open verifies the signature in constant time, then decrypts (docs 90930, 90968).
func (c *Crypter) Open(signature, timestamp, nonce string, ciphertext []byte) (Opened, error) {
	panic("not yet")
}

// Sealed is an encrypted reply.
type Sealed struct {
	Ciphertext []byte // base64
	Signature  string
	Timestamp  int64
	Nonce      string
}

// Seal encrypts message for receiver with key number key (Opened.Key; 0 for a new callback).
func (c *Crypter) Seal(message []byte, receiver string, key int, timestamp int64, nonce string) (Sealed, error) {
	panic("not yet")
}

// AppendXML appends the reply envelope of doc 90930.
func (s Sealed) AppendXML(dst []byte) []byte { panic("not yet") }

// AppendJSON appends the JSON edition of the reply envelope.
func (s Sealed) AppendJSON(dst []byte) []byte { panic("not yet") }

// GenerateToken returns a fresh callback Token of 32 letters and digits.
func GenerateToken() string { panic("not yet") }

// GenerateAESKey returns a fresh EncodingAESKey of 43 letters and digits.
func GenerateAESKey() string { panic("not yet") }
