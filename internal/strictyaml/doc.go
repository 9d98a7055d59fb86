// Package strictyaml decodes YAML that people write by hand, and says everything that is wrong with it at once:
//
//	type Config struct {
//		Listen  string        `yaml:"listen" default:":8080" doc:"address of the callback endpoint"`
//		Level   string        `yaml:"level" enum:"debug|info|warn|error" default:"info"`
//		Timeout time.Duration `yaml:"timeout" min:"1s" max:"5s" default:"4s"`
//		Name    string        `yaml:"name,required"`
//	}
//	var c Config
//	for _, p := range strictyaml.Decode("bot.yaml", raw, &c, strictyaml.Options{Env: os.LookupEnv}) {
//		fmt.Println(p) // bot.yaml:3:1: unknown key "nmae" (did you mean "name"?)
//	}
//
// # Tags
//
// `yaml:"name"` gives the key; a field without it, or with "-", is left alone. Options after the name: required (the
// key must be there and not be empty) and inline (the keys of an embedded struct stand with ours). enum, min, max and
// default say what a value may be and is when absent; doc describes it in the JSON Schema that Schema writes.
//
// # Types
//
// Strings take any single value as it is written; whole numbers, decimal numbers, true and false must be such.
// time.Duration is written 4s, 10m, 1h30m or 7d, Size 64KiB or 1MiB. A []T of single values takes one value too. A
// map[string]T takes any keys, `any` everything. A type with UnmarshalText gets the text. A type with UnmarshalYAML
// (Unmarshaler) gets the Node and decides itself, so it can be "a string or a mapping". *Node keeps a part of the
// document to be decoded later, by somebody who knows its type; with the tag `yaml:",self"` it keeps the mapping of the
// struct it stands in.
//
// # Places
//
// Where, as a field of a struct, records where the struct and each of its keys stand; Text is a string that knows the
// place of each of its characters, through quotes, escapes, folding and indentation. Later validation points with
// them.
//
// # Expansion
//
// With Options.Env, ${NAME} is replaced by that environment variable and ${file:path} by that file's content, anywhere
// in a value, never in a key; $$ is a dollar sign. What was put in is never read as YAML and never stands in a message.
//
// # Bounds
//
// Size, depth, and what aliases may multiply are bounded; nothing in a file makes Decode panic. This package is the only
// one that imports go.yaml.in/yaml.
package strictyaml
