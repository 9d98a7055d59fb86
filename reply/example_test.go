package reply_test

import (
	"fmt"

	"github.com/wecombot/wecombot/reply"
)

func ExampleText() {
	us, err := reply.Text("你好").Units(reply.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(us[0].Body))
	fmt.Println(string(us[0].AppendPassive(nil, reply.Header{To: "zhangsan", From: "ww1", CreateTime: 1700000000})))
	// Output:
	// {"content":"你好"}
	// <xml><ToUserName><![CDATA[zhangsan]]></ToUserName><FromUserName><![CDATA[ww1]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content></xml>
}
