// Package quickstart is the bot that botd dev serves when it is given none: rules only, no code.
package quickstart

import "embed"

// Files are the bot's files, bot.yaml at the root.
//
//go:embed bot.yaml rules
var Files embed.FS
