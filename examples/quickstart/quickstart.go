// Package quickstart is the bot that botd dev serves when it is given none: rules only, no code.
package quickstart

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
)

// Files are the bot's files, bot.yaml at the root.
//
//go:embed bot.yaml rules
var Files embed.FS

// Version changes with the files' content.
func Version() string {
	h := sha256.New()
	_ = fs.WalkDir(Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := Files.ReadFile(path)
		h.Write([]byte(path + "\x00"))
		h.Write(b)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:4])
}
