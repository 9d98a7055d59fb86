package reply

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
)

// Media is a file to send. The first of ID, Data, Path and URL that is set counts.
type Media struct {
	ID   string `json:"id,omitempty"`   // of media/upload, valid for 3 days; with TargetWebhook: of that robot's upload
	Data []byte `json:"data,omitempty"` // the file itself
	Path string `json:"path,omitempty"` // on this machine
	URL  string `json:"url,omitempty"`  // to fetch it from
	Name string `json:"name,omitempty"` // of the file, as members see it; default: the last part of Path or URL
}

// FileName is Name or its default.
func (m Media) FileName() string {
	switch {
	case m.Name != "":
		return m.Name
	case m.Path != "":
		return filepath.Base(m.Path)
	case m.URL != "":
		return path.Base(m.URL)
	}
	return ""
}

// MediaRef is a file that has to be uploaded before its unit can be sent.
type MediaRef struct {
	Type   string    `json:"type"` // of media/upload: image, voice, video, file
	Source Media     `json:"source"`
	Inline bool      `json:"inline,omitempty"` // no upload: the bytes go into the body (WithMediaData)
	Next   *MediaRef `json:"next,omitempty"`

	passive func(dst []byte, id string) []byte
}

// Image is a picture: JPG or PNG, at most 10 MB (2 MB through a webhook).
func Image(m Media) Reply { return mediaMessage{"image", m} }

// Voice is a voice message: AMR, at most 2 MB and 60 seconds.
func Voice(m Media) Reply { return mediaMessage{"voice", m} }

// File is any file of at most 20 MB.
func File(m Media) Reply { return mediaMessage{"file", m} }

type mediaMessage struct {
	kind  string
	media Media
}

type mediaBody struct {
	MediaID     string `json:"media_id"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
}

func (m mediaMessage) Units(o Options) ([]Unit, error) {
	u := Unit{MsgType: m.kind, Plain: m.media.label(m.kind, o)}
	if err := m.media.check(m.kind, m.kind, o); err != nil {
		return nil, err
	}
	if o.Target == TargetWebhook && m.kind == "image" {
		return o.deliver(u.inline(m.media), false)
	}
	u.Body = bodyOf(mediaBody{MediaID: m.media.ID})
	if m.kind == "file" { // doc 90241 has no passive file
		return o.deliver(u.withMedia(m.kind, m.media, nil), false)
	}
	return o.deliver(u.withMedia(m.kind, m.media, func(dst []byte, id string) []byte {
		return appendMedia(dst, m.kind, mediaBody{MediaID: id})
	}), false)
}

// VideoMessage is a video with its texts.
type VideoMessage struct {
	media              Media
	title, description string
}

// Video is an MP4 of at most 10 MB.
func Video(m Media) VideoMessage { return VideoMessage{media: m} }

// Title is at most 128 bytes.
func (v VideoMessage) Title(s string) VideoMessage { v.title = s; return v }

// Description is at most 512 bytes.
func (v VideoMessage) Description(s string) VideoMessage { v.description = s; return v }

// Units renders the video.
func (v VideoMessage) Units(o Options) ([]Unit, error) {
	var c check
	c.bytes("video.title", v.title, 128)
	c.bytes("video.description", v.description, 512)
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := v.media.check("video", "video", o); err != nil {
		return nil, err
	}
	b := mediaBody{MediaID: v.media.ID, Title: v.title, Description: v.description}
	u := Unit{MsgType: "video", Body: bodyOf(b), Plain: lines(v.media.label("video", o), v.title, v.description)}
	u = u.withMedia("video", v.media, func(dst []byte, id string) []byte {
		b.MediaID = id
		return appendMedia(dst, "video", b)
	})
	return o.deliver(u, false)
}

// withMedia makes the unit passive when the media id is known, else it notes the upload.
func (u Unit) withMedia(kind string, m Media, passive func(dst []byte, id string) []byte) Unit {
	if m.ID == "" {
		u.Media = &MediaRef{Type: kind, Source: m, passive: passive}
	} else if passive != nil {
		u.passive = func(dst []byte) []byte { return passive(dst, m.ID) }
	}
	return u
}

// appendMedia appends MsgType and the element of an image, voice or video (doc 90241).
func appendMedia(dst []byte, kind string, b mediaBody) []byte {
	name := map[string]string{"image": "Image", "voice": "Voice", "video": "Video"}[kind]
	dst = appendElement(dst, "MsgType", kind)
	dst = appendOpen(dst, name)
	dst = appendElement(dst, "MediaId", b.MediaID)
	dst = appendOptional(dst, "Title", b.Title)
	dst = appendOptional(dst, "Description", b.Description)
	return appendClose(dst, name)
}

type inlineBody struct {
	Base64 string `json:"base64"`
	MD5    string `json:"md5"` // of the raw bytes, in hex
}

// inline makes the picture of a webhook, whose bytes are in the message (doc 91770).
func (u Unit) inline(m Media) Unit {
	if m.Data != nil {
		return u.WithMediaData(m.Data)
	}
	u.Body = json.RawMessage("{}")
	u.Media = &MediaRef{Type: "image", Source: m, Inline: true}
	return u
}

// WithMediaData fills in the bytes of an image whose MediaRef is Inline.
func (u Unit) WithMediaData(data []byte) Unit {
	sum := md5.Sum(data)
	u.Body = bodyOf(inlineBody{base64.StdEncoding.EncodeToString(data), hex.EncodeToString(sum[:])})
	u.Media = nil
	return u
}

// mediaLimits are the bytes of media/upload (doc 90253).
var mediaLimits = map[string]int{"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}

// check wants a source; data that is there must have an acceptable size. What is elsewhere is checked when it is read.
func (m Media) check(field, kind string, o Options) error {
	var c check
	limit := mediaLimits[kind]
	if o.Target == TargetWebhook && kind == "image" {
		limit = 2 << 20
		if m.ID != "" {
			c.fail(field+".media_id", 0, "cannot be sent by a webhook: it takes the bytes of a picture")
		}
	}
	if m.ID == "" && m.Path == "" && m.URL == "" && m.Data == nil {
		c.fail(field+".media_id", codeNoMedia, "is empty")
	}
	if m.ID == "" && m.Data != nil {
		c.over(field, len(m.Data), limit, "bytes")
		if len(m.Data) <= 5 {
			c.fail(field, codeNoMedia, fmt.Sprintf("has %d bytes, the least is 6", len(m.Data)))
		}
	}
	return c.err()
}

const codeNoMedia = 44001

// label is how a file reads in a text.
func (m Media) label(kind string, o Options) string {
	zh := map[string]string{"image": "图片", "voice": "语音", "video": "视频", "file": "文件"}
	s := "[" + o.say(zh[kind], kind) + "]"
	if name := m.FileName(); name != "" {
		s += " " + name
	}
	return s
}
