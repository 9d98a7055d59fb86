package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// ErrNoEncrypt is an envelope without Encrypt, or with an empty one.
var ErrNoEncrypt = errors.New("message: envelope without Encrypt")

// Envelope is the outer, unauthenticated document of a callback. Only Encrypt may be trusted, and only after
// its signature was checked. The slices alias the input.
type Envelope struct {
	ToUserName []byte
	AgentID    []byte
	Encrypt    []byte
	JSON       bool // the JSON edition: the reply envelope is JSON too
}

// ParseEnvelope finds the fields of the outer XML (or JSON) document. It returns ErrMalformed or ErrNoEncrypt.
func ParseEnvelope(body []byte) (Envelope, error) {
	body = trimMark(body)
	var e Envelope
	var err error
	if isJSON(body) {
		e, err = parseJSONEnvelope(body)
	} else {
		e, err = parseXMLEnvelope(body)
	}
	if err == nil && len(e.Encrypt) == 0 {
		err = ErrNoEncrypt
	}
	if err != nil {
		return Envelope{}, err
	}
	return e, nil
}

func trimMark(body []byte) []byte {
	if len(body) >= 3 && string(body[:3]) == byteOrderMark {
		return body[3:]
	}
	return body
}

func parseXMLEnvelope(body []byte) (Envelope, error) {
	var e Envelope
	z := scanner{s: unsafe.String(unsafe.SliceData(body), len(body))} // read only, and gone when we return
	for z.next() {
		if z.kind != startTag || z.depth != 2 {
			continue
		}
		if target := e.target(z.name); target != nil && *target == nil {
			*target = z.bytes(body, z.value())
		} else {
			z.skip()
		}
	}
	return e, z.err
}

func (e *Envelope) target(name string) *[]byte {
	switch {
	case strings.EqualFold(name, "Encrypt"):
		return &e.Encrypt
	case strings.EqualFold(name, "AgentID"):
		return &e.AgentID
	case strings.EqualFold(name, "ToUserName"):
		return &e.ToUserName
	}
	return nil
}

// bytes is the value that was just read as a part of body where possible.
func (z *scanner) bytes(body []byte, value string) []byte {
	if z.from < 0 {
		return []byte(value)
	}
	return body[z.from : z.from+len(value) : z.from+len(value)]
}

func parseJSONEnvelope(body []byte) (Envelope, error) {
	var doc struct {
		ToUserName looseText `json:"tousername"`
		AgentID    looseText `json:"agentid"`
		Encrypt    looseText `json:"encrypt"`
	}
	if json.Unmarshal(body, &doc) != nil { // its error may show a part of the document
		return Envelope{}, fmt.Errorf("%w: JSON envelope", ErrMalformed)
	}
	return Envelope{ToUserName: doc.ToUserName, AgentID: doc.AgentID, Encrypt: doc.Encrypt, JSON: true}, nil
}

// looseText is a JSON string, or a number where the other edition has a string. Anything else reads as empty.
type looseText []byte

func (t *looseText) UnmarshalJSON(raw []byte) error {
	var s string
	switch {
	case raw[0] == '"':
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		*t = []byte(s)
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		*t = append([]byte(nil), raw...)
	}
	return nil
}
