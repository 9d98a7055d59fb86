package daemon

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/rules"
)

func (c *cli) keygenCommand() *cobra.Command {
	return c.withJSON(&cobra.Command{
		Use: "keygen", Short: "A fresh Token and EncodingAESKey for an app's page", Args: cobra.NoArgs, Example: "  botd keygen",
		RunE: func(*cobra.Command, []string) error {
			token, key := crypto.GenerateToken(), crypto.GenerateAESKey()
			if c.json {
				return c.printJSON(map[string]string{"token": token, "encoding_aes_key": key})
			}
			fmt.Fprintf(c.stdout, "token: %s\nencoding_aes_key: %s\n", token, key)
			return nil
		},
	})
}

func (c *cli) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "schema config|rules", Short: "JSON Schema of bot.yaml or of rules files, for editors",
		Example: "  botd schema rules > rules.schema.json", ValidArgs: []string{"config", "rules"},
		Args: cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(_ *cobra.Command, args []string) error {
			schema := ConfigSchema
			if args[0] == "rules" {
				schema = rules.Schema
			}
			b, err := schema()
			if err != nil {
				return err
			}
			fmt.Fprintln(c.stdout, string(b))
			return nil
		},
	}
}

func (c *cli) versionCommand() *cobra.Command {
	return c.withJSON(&cobra.Command{
		Use: "version", Short: "Version of botd", Args: cobra.NoArgs, Example: "  botd version",
		RunE: func(*cobra.Command, []string) error {
			if c.json {
				return c.printJSON(map[string]string{"version": version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
			}
			fmt.Fprintf(c.stdout, "botd %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	})
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}
