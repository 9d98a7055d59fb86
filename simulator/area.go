package simulator

import "maps"

// areas are the calls beside messages that keep state, by path below /cgi-bin/.
func areas() map[string]handler {
	all := map[string]handler{}
	for _, part := range []map[string]handler{
		contactCalls(), customerCalls(), officeCalls(), appCalls(), mediaCalls(), providerCalls(), shelfCalls(),
	} {
		maps.Copy(all, part)
	}
	return all
}
