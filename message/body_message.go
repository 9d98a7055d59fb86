package message

// Text is a text message (doc 90239). Content may hold emoticons as [微笑].
type Text struct {
	Content string `wire:"Content|Text>Content,raw"`
}

// Image is a picture a member sent. MediaID is good for 3 days.
type Image struct {
	PicURL  string
	MediaID string
}

// Voice is a recording. Format is "amr" or "speex".
type Voice struct {
	MediaID string
	Format  string
}

// Video is a video and its preview picture.
type Video struct {
	MediaID      string
	ThumbMediaID string
}

// Location is a place a member sent.
type Location struct {
	Latitude  float64 `wire:"Location_X"` // degrees
	Longitude float64 `wire:"Location_Y"` // degrees
	Scale     int     // of the map
	Label     string  // the address in words
	AppType   string  // "wxwork" from the WeCom client, empty from WeChat
}

// Link is a link a member sent.
type Link struct {
	Title       string
	Description string
	URL         string
	PicURL      string
}
