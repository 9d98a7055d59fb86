// Package message reads what arrives: the outer document of a callback and, once decrypted, the message or event.
//
//	envelope, err := message.ParseEnvelope(body) // untrusted: only Encrypt counts, and only after verification
//	…
//	m, err := message.Parse(opened.Message)
//	switch {
//	case m.Type == message.TypeText:
//		log.Print(m.From, " says ", m.Text)
//	case m.Event == "scancode_waitmsg":
//		log.Print("scanned ", m.Field("ScanCodeInfo/ScanResult"))
//	}
//	if card, ok := message.As[message.TemplateCardEvent](m); ok {
//		log.Print(m.From, " chose ", card.Options("colour"))
//	}
//
// # What is read
//
// The header that all messages share is in the fields of [Message]. What a kind of message carries beyond it is a
// typed value, [Message.Body] or [As]; docs/events.md lists them. Everything is also reached by [Message.Field], so an
// event that the platform invents tomorrow needs no new release: it is an [Unknown] and routed all the same, and what
// is new in a known event is in [Message.Extra]. Both editions of the wire, XML and JSON, are read; a JSON document is
// turned into the XML one with the same names.
//
// # How it is read
//
// By a scanner of our own, because the wire is looser than encoding/xml: any order, CDATA or not, names whose case
// varies, control characters in what members type. It is as strict as it must be: a document is well formed or it is
// an [ErrMalformed], and an element of the header counts only as a child of the root, the first of its name.
//
// # Promises
//
// No input panics, nesting is bounded, the cost is linear. A [Message] is comparable and safe to share; parsing
// [Message.XML] again gives an equal one. Logging one with slog shows who sent what kind of message and no text;
// credentials in bodies print as ***. Implements docs 90238, 90239 and 90240, and the pages that docs/events.md names.
package message
