package rules

import "github.com/wecombot/wecombot/internal/bilingual"

// sentence is something a member reads, in both languages.
type sentence = bilingual.Sentence

var (
	sayNoForm          = sentence{"现在没有正在填写的内容", "There is nothing to cancel"}
	askNumber          = sentence{"请输入数字", "Please enter a number"}
	askTime            = sentence{"看不懂这个时间", "I cannot read this time"}
	askDuration        = sentence{"看不懂这段时间", "I cannot read this duration"}
	askDurationExample = sentence{"2小时，30分钟", "2h, 30 minutes"}
	askDepartment      = sentence{"没有找到这个部门，请输入部门名称", "No department found by that; please enter its name"}
	askDepartmentID    = sentence{"请输入部门编号", "Please enter the department's number"}
	askDepartmentMany  = sentence{"有多个部门，请输入编号：%s", "There are several; please enter the number: %s"}
	askFile            = sentence{"请发一张图片、一段语音或视频", "Please send a picture, a voice message or a video"}
	askLocation        = sentence{"请发送位置", "Please send a location"}
	askOther           = sentence{"这个回答不合适，请再说一次", "This answer does not fit; please try again"}
	askWhich           = sentence{"修改哪一项？", "Which answer do you want to change?"}
	askConfirm         = sentence{"请回复 确认、修改 或 取消", "Please reply yes, edit or no"}
	confirmChoices     = sentence{"确认|修改|取消", "Yes|Edit|No"}

	sayTransferred = sentence{"已转给同事，请稍候。回复「结束」可以结束人工服务。", "A colleague has been told and will answer here. Reply “end” to end this."}
	sayNewTransfer = sentence{"【#%d %s】请求人工服务。回复「#%d 内容」答复，「#%d 结束」结束。", "[#%d %s] asks for a person. Reply “#%d text” to answer, “#%d end” to end."}
	sayRelayed     = sentence{"【#%d %s】%s", "[#%d %s] %s"}
	sayTaken       = sentence{"#%d 已由 %s 接手。", "#%d is with %s now."}
	sayEnded       = sentence{"人工服务已结束。", "The conversation with our colleague has ended."}
	sayEndedFor    = sentence{"【#%d】已结束。", "[#%d] has ended."}
	sayNoTransfer  = sentence{"#%d 已经结束，没有送达。", "#%d has ended; this was not delivered."}
	sayDelivered   = sentence{"已送达 #%d。", "Delivered to #%d."}
)
