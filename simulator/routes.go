package simulator

import "net/http"

// routes is everything that is served, by path below /cgi-bin/.
func routes() map[string]route {
	get := func(h func(*call) (fields, *refusal)) route { return route{method: http.MethodGet, handle: h} }
	post := func(h func(*call) (fields, *refusal)) route { return route{method: http.MethodPost, handle: h} }
	return map[string]route{
		"gettoken":          {method: http.MethodGet, open: true, handle: getToken},
		"getcallbackip":     get(callbackIPs),
		"get_api_domain_ip": get(domainIPs),

		"user/get": get(getUser),

		"message/send":                 post(sendMessage),
		"message/recall":               post(recallMessage),
		"message/update_template_card": post(updateCard),

		"menu/create": post(createMenu),
		"menu/get":    get(getMenu),
		"menu/delete": get(deleteMenu),

		"media/upload": post(uploadMedia),
		"media/get":    {method: http.MethodGet, raw: getMedia},
	}
}
