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
//
// # What is read
//
// The header that all messages share is in the fields of [Message]; everything else is reached by [Message.Field],
// so an event that the platform invents tomorrow needs no new release. Both editions of the wire, XML and JSON, are
// read; a JSON document is turned into the XML one with the same names.
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
// [Message.XML] again gives an equal one. Implements docs 90238, 90239 and 90240.
package message
