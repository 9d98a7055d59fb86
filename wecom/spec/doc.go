// Package spec is the platform's API as a table, for programs that serve, check or list calls instead of making them:
//
//	op := spec.Find("POST", "/cgi-bin/message/recall")
//	for _, p := range op.CheckBody([]byte(`{"msgId":"x"}`)) {
//		fmt.Println(p) // msgId: unknown, did you mean msgid?
//	}
//
// # Where it comes from
//
// The *.yaml files beside it are the specification: README.md explains their keys. go generate in package wecom makes
// from them the methods and types of that package, the table of this one, and docs/api.md. Adding an operation is adding
// YAML.
//
// # Shapes
//
// A [Field] of kind Object names its [Model]; models may contain themselves. Sample requests and answers that fill in
// every field come from [Operation.SampleBody] and its siblings.
//
// Everything here is read-only and safe for concurrent use.
package spec
