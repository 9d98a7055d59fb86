package rules

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/reply"
)

// mediaSpec is a file: {path}, {url} or {id} (a media id), or just a path or URL. A path is relative to the rules file
// and stays in its folder: who may write rules may not thereby read the machine.
type mediaSpec struct {
	Where strictyaml.Where
	Path  strictyaml.Text  `yaml:"path" doc:"relative to the rules file, within its folder"`
	URL   *strictyaml.Text `yaml:"url" doc:"fetched when it is sent"`
	ID    *strictyaml.Text `yaml:"id" doc:"a media id, such as {{ msg.media_id }}"`
	Name  *strictyaml.Text `yaml:"name" doc:"as members see it; default: the last part of path or url"`
}

// UnmarshalYAML takes a path or URL too.
func (m *mediaSpec) UnmarshalYAML(n *strictyaml.Node) {
	type plain mediaSpec
	switch n.Kind() {
	case strictyaml.Mapping:
		if n.Into((*plain)(m)) && !m.Where.Has("path") && !m.Where.Has("url") && !m.Where.Has("id") {
			n.Report("give path, url or id", "%s has no file", n.Name())
		}
	case strictyaml.Scalar:
		t := n.Text()
		m.Where.Pos = t.Pos
		if strings.HasPrefix(t.Value, "http://") || strings.HasPrefix(t.Value, "https://") {
			m.URL = &t
		} else {
			m.Path = t
		}
	default:
		n.Mismatch("a path, a URL, or {path}, {url} or {id}")
	}
}

// JSONSchema describes both forms.
func (m *mediaSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&m.Path), b.Struct(m))
}

// mediaMaker makes the file for a turn.
type mediaMaker func(t *turn) reply.Media

func (c *compiler) mediaOf(m *mediaSpec, s *sight) mediaMaker {
	if m == nil {
		return func(*turn) reply.Media { return reply.Media{} }
	}
	path := ""
	if !m.Path.IsZero() {
		path = c.path(m.Path)
	}
	url, id, name := c.link(m.URL, s), c.text(m.ID, s), c.text(m.Name, s)
	return func(t *turn) reply.Media {
		return reply.Media{ID: t.text(id), Path: path, URL: t.link(url), Name: t.text(name)}
	}
}

// path is the file's place on this machine.
func (c *compiler) path(t strictyaml.Text) string {
	if strings.Contains(t.Value, "{{") {
		c.report(t.Pos, "use one_of, or url", "a path cannot be a template")
	} else if !filepath.IsLocal(t.Value) {
		c.report(t.Pos, "put the file beside the rules", "%q is not within the folder of the rules file", t.Value)
	} else if info, err := os.Stat(filepath.Join(filepath.Dir(t.Pos.File), t.Value)); err != nil || info.IsDir() {
		c.report(t.Pos, "the path is relative to the rules file", "there is no file %q", t.Value)
	}
	return filepath.Join(filepath.Dir(t.Pos.File), t.Value)
}

func (c *compiler) media(m *mediaSpec, s *sight, build func(reply.Media) reply.Reply) maker {
	media := c.mediaOf(m, s)
	return func(t *turn) reply.Reply { return build(media(t)) }
}

// videoSpec is a video.
type videoSpec struct {
	mediaSpec   `yaml:",inline"`
	Title       *strictyaml.Text `yaml:"title" doc:"at most 128 bytes"`
	Description *strictyaml.Text `yaml:"description" doc:"at most 512 bytes"`
}

// UnmarshalYAML takes a path or URL too.
func (v *videoSpec) UnmarshalYAML(n *strictyaml.Node) {
	type plain struct {
		Media       plainMedia       `yaml:",inline"`
		Title       *strictyaml.Text `yaml:"title"`
		Description *strictyaml.Text `yaml:"description"`
	}
	if n.Kind() != strictyaml.Mapping {
		n.Into(&v.mediaSpec)
		return
	}
	var p plain
	n.Into(&p)
	v.mediaSpec, v.Title, v.Description = mediaSpec(p.Media), p.Title, p.Description
}

// plainMedia is a mediaSpec that is always a mapping.
type plainMedia mediaSpec

// JSONSchema describes both forms.
func (v *videoSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&v.Path), b.Struct(v))
}

func (c *compiler) video(v *videoSpec, s *sight) maker {
	media, title, description := c.mediaOf(&v.mediaSpec, s), c.text(v.Title, s), c.text(v.Description, s)
	return func(t *turn) reply.Reply {
		return reply.Video(media(t)).Title(t.text(title)).Description(t.text(description))
	}
}
