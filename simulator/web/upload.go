package web

import (
	"errors"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/simulator"
)

const maxFile = 20 << 20 // bytes that a member may send at once

// upload sends a picture, a recording or a film as a member: multipart fields user, app, corp and file.
func (p *page) upload(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFile+maxBody)
	file, head, err := r.FormFile("file")
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		refuse(w, http.StatusRequestEntityTooLarge, "the file is over 20 MiB")
		return
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "no file in the form")
		return
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		refuse(w, http.StatusBadRequest, "the file ends early")
		return
	}
	agent, _ := strconv.ParseInt(r.FormValue("app"), 10, 64) // 0 is no app
	o := order{Corp: r.FormValue("corp"), User: r.FormValue("user"), App: agent}
	m, ok := p.mediaMessage(o.Corp, head.Filename, data)
	if !ok {
		refuse(w, http.StatusUnsupportedMediaType, "members send pictures (png, jpg), recordings (amr) and films (mp4) to apps")
		return
	}
	p.start(w, o, m)
}

// mediaMessage stores a file and makes the message that tells an app of it. Apps get no other kinds (doc 90239).
func (p *page) mediaMessage(corp, name string, data []byte) (simulator.Message, bool) {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg":
		return simulator.Image(p.srv.AddPicture(corp, name, data)), true
	case ".amr":
		return simulator.Voice(p.srv.AddMedia(corp, "voice", name, data), "amr"), true
	case ".mp4":
		return simulator.Video(p.srv.AddMedia(corp, "video", name, data), p.srv.AddMedia(corp, "image", "thumb.png", data)), true
	}
	return simulator.Message{}, false
}
