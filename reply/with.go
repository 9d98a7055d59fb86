package reply

import "fmt"

// WithFallback sets what members who read in WeChat get instead of those parts of r that are not shown there
// (markdown, cards, mini-program notices). Without it they get the plain reading of each part.
func WithFallback(r Reply, text string) Reply { return fallback{r, text} }

type fallback struct {
	Reply
	text string
}

func (f fallback) Units(o Options) ([]Unit, error) {
	text, err := checkText("fallback_text", f.text)
	if err != nil {
		return nil, err
	}
	us, err := unitsOf(f.Reply, o)
	said := false
	for i := range us {
		if us[i].Fallback == "" {
			continue
		}
		us[i].Fallback, us[i].InFallback = "", said
		if !said {
			us[i].Fallback, said = text, true
		}
	}
	return us, err
}

// WithSafe makes r confidential: 1 is not to be forwarded and has a watermark, 2 (articles of MPNews only) may be shared
// within the corp. Only text, image, video, file and mpnews can be (doc 90236); a confidential answer is never passive.
func WithSafe(r Reply, safe int) Reply { return confidential{r, safe} }

type confidential struct {
	Reply
	safe int
}

func (s confidential) Units(o Options) ([]Unit, error) {
	us, err := unitsOf(s.Reply, o)
	if err != nil {
		return nil, err
	}
	for i := range us {
		switch t := us[i].MsgType; {
		case s.safe < 0 || s.safe > 2 || s.safe == 2 && t != "mpnews":
			return nil, &FieldError{Field: "safe", Reason: fmt.Sprintf("cannot be %d for %s", s.safe, t)}
		case s.safe > 0 && t != "text" && t != "image" && t != "video" && t != "file" && t != "mpnews":
			return nil, &FieldError{Field: "safe", Reason: "is not for " + t}
		case s.safe > 0:
			us[i].Safe, us[i].passive = s.safe, nil
			if us[i].Media != nil {
				us[i].Media = us[i].Media.active()
			}
		}
	}
	return us, nil
}

// active is the reference without the passive form that an upload would make possible.
func (r MediaRef) active() *MediaRef { r.passive = nil; return &r }

// unitsOf takes a nil reply for silence.
func unitsOf(r Reply, o Options) ([]Unit, error) {
	if r == nil {
		return nil, nil
	}
	return r.Units(o)
}
