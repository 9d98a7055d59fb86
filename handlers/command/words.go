package command

import "github.com/wecombot/wecombot/internal/bilingual"

// sentence is something a member reads, in both languages.
type sentence = bilingual.Sentence

var (
	sayUsage      = sentence{"%s\n用法：%s", "%s\nUsage: %s"}
	sayMissing    = sentence{"还缺少：%s", "Missing: %s"}
	sayTooMany    = sentence{"多了：%s", "Too much: %s"}
	sayNoValue    = sentence{"%s 后面要有值", "%s needs a value"}
	sayNoOption   = sentence{"没有选项 %s", "There is no option %s"}
	sayNearOption = sentence{"没有选项 %s，是不是 %s？", "There is no option %s, did you mean %s?"}
	sayEnum       = sentence{"%s 应为：%s", "%s must be one of: %s"}
	sayNoDate     = sentence{"%s：看不懂日期「%s」，例如 2026-12-01 或 明天", "%s: cannot read the date %q, write 2026-12-01 or tomorrow"}
	sayNoDuration = sentence{"%s：看不懂时长「%s」，例如 30m 或 1h30m", "%s: cannot read the duration %q, write 30m or 1h30m"}
	sayNoInt      = sentence{"%s 应为整数，不是「%s」", "%s must be a whole number, not %q"}
	sayNoNumber   = sentence{"%s 应为数字，不是「%s」", "%s must be a number, not %q"}
	sayNoBool     = sentence{"%s 应为 true 或 false，不是「%s」", "%s must be true or false, not %q"}
	sayBetween    = sentence{"%s 应在 %s 到 %s 之间", "%s must be from %s to %s"}
	sayAtLeast    = sentence{"%s 不能小于 %s", "%s must be at least %s"}
	sayAtMost     = sentence{"%s 不能大于 %s", "%s must be at most %s"}

	sayUnknown = sentence{"没有命令 /%s。", "There is no command /%s."}
	sayNear    = sentence{"没有命令 /%s，是不是 %s？", "There is no command /%s, did you mean %s?"}
	sayDenied  = sentence{"你没有使用 /%s 的权限，需要角色：%s。", "You may not use /%s; it takes the role %s."}
)
