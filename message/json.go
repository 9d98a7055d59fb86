package message

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

func isJSON(doc []byte) bool {
	for _, c := range doc {
		if !isSpace(c) {
			return c == '{'
		}
	}
	return false
}

// xmlOfJSON turns a JSON document into the XML one with the same names: a list becomes repeated elements.
func xmlOfJSON(doc []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber() // MsgId exceeds 2^53
	w := xmlWriter{dec: dec, buf: make([]byte, 0, 2*len(doc))}
	err := w.value("xml", 1)
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			err = fmt.Errorf("%w: text after the JSON object", ErrMalformed)
		}
	}
	return w.buf, err
}

type xmlWriter struct {
	dec *json.Decoder
	buf []byte
}

func (w *xmlWriter) value(name string, depth int) error {
	token, err := w.dec.Token()
	if err != nil { // the decoder's own error may show a part of the document
		return fmt.Errorf("%w: JSON syntax at byte %d", ErrMalformed, w.dec.InputOffset())
	}
	if depth > maxDepth {
		return fmt.Errorf("%w: JSON nesting too deep", ErrMalformed)
	}
	if token == json.Delim('[') {
		return w.list(name, depth)
	}
	w.tag("<", name)
	switch v := token.(type) {
	case json.Delim:
		if err := w.object(depth); err != nil {
			return err
		}
	case string:
		w.text(v)
	case json.Number:
		w.buf = append(w.buf, v...)
	case bool:
		w.buf = fmt.Append(w.buf, v)
	}
	w.tag("</", name)
	return nil
}

// list repeats the element. A list within a list has no counterpart; its items get the same name, one level down.
func (w *xmlWriter) list(name string, depth int) error {
	for w.dec.More() {
		if err := w.value(name, depth+1); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return w.syntax(err)
}

func (w *xmlWriter) object(depth int) error {
	for w.dec.More() {
		key, err := w.dec.Token()
		if err != nil {
			return w.syntax(err)
		}
		name, _ := key.(string)
		if err := w.value(elementName(name), depth+1); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return w.syntax(err)
}

func (w *xmlWriter) syntax(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: JSON syntax at byte %d", ErrMalformed, w.dec.InputOffset())
}

func (w *xmlWriter) tag(open, name string) {
	w.buf = append(w.buf, open...)
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '>')
}

func (w *xmlWriter) text(s string) {
	w.buf = append(w.buf, openCDATA...)
	w.buf = append(w.buf, strings.ReplaceAll(s, closeCDATA, "]]]]><![CDATA[>")...)
	w.buf = append(w.buf, closeCDATA...)
}

// elementName makes a key one name for the scanner and one step of a path.
func elementName(key string) string {
	name := strings.Map(func(r rune) rune {
		if r <= ' ' || strings.ContainsRune(`<>/&'"=!?[]`, r) {
			return '_'
		}
		return r
	}, key)
	if name == "" {
		return "_"
	}
	return name
}
