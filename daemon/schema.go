package daemon

import "github.com/wecombot/wecombot/internal/strictyaml"

// ConfigSchema is the JSON Schema of bot.yaml, what `botd schema config` prints.
func ConfigSchema() ([]byte, error) {
	return strictyaml.SchemaOf("botd configuration", &Config{}, true)
}
