package simulator

import "net/http"

// routes are the calls with handlers of their own, by path below /cgi-bin/; served has all.
func routes() map[string]route {
	get := func(h func(*call) (fields, *refusal)) route { return route{method: http.MethodGet, handle: h} }
	post := func(h func(*call) (fields, *refusal)) route { return route{method: http.MethodPost, handle: h} }
	return map[string]route{
		"gettoken":          {method: http.MethodGet, open: true, handle: getToken},
		"getcallbackip":     get(callbackIPs),
		"get_api_domain_ip": get(domainIPs),
		"get_jsapi_ticket":  get(ticket),
		"ticket/get":        get(ticket),

		"user/get":              get(getUser),
		"user/simplelist":       get(simpleUsers),
		"user/list":             get(listUsers),
		"user/list_id":          post(userIDs),
		"user/getuserid":        post(userByMobile),
		"user/getuserinfo":      get(userByCodeLegacy),
		"auth/getuserinfo":      get(userByCode),
		"auth/getuserdetail":    post(userDetail),
		"auth/get_tfa_info":     post(secondFactor),
		"user/tfa_succ":         post(confirmSecondFactor),
		"department/list":       get(listDepartments),
		"department/simplelist": get(simpleDepartments),
		"department/get":        get(getDepartment),
		"tag/list":              get(listTags),
		"tag/get":               get(getTag),
		"agent/get":             get(getAgent),
		"agent/list":            get(listAgents),

		"message/send":                 post(sendMessage),
		"message/recall":               post(recallMessage),
		"message/update_template_card": post(updateCard),
		"message/update_taskcard":      post(updateTaskCard),
		"message/get_statistics":       post(statistics),

		"appchat/create": post(createChat),
		"appchat/update": post(updateChat),
		"appchat/get":    get(getChat),
		"appchat/send":   post(sendToChat),

		"linkedcorp/message/send":      post(sendLinked),
		"externalcontact/message/send": post(sendSchool),

		"webhook/send":         {method: http.MethodPost, open: true, handle: sendAsRobot},
		"webhook/upload_media": {method: http.MethodPost, open: true, handle: uploadAsRobot},

		"menu/create": post(createMenu),
		"menu/get":    get(getMenu),
		"menu/delete": get(deleteMenu),

		"media/upload":    post(uploadMedia),
		"media/uploadimg": post(uploadImage),
		"media/get":       {method: http.MethodGet, raw: getMedia},
		"media/get/jssdk": {method: http.MethodGet, raw: getMedia},
	}
}
