package daemon

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/wecom"
	"github.com/wecombot/wecombot/wecom/spec"
)

// apiTimeout bounds a call whose answer is JSON, its retries included.
const apiTimeout = time.Minute

// apiOptions are the flags of botd api.
type apiOptions struct {
	app, suite, data, output string
	all, raw, list, describe bool
}

func (c *cli) apiCommand() *cobra.Command {
	var o apiOptions
	cmd := c.withJSON(c.withConfig(&cobra.Command{
		Use: "api [METHOD] PATH [k=v …]", Short: "Make any call of the platform's API, checked before it leaves",
		Long: `Parameters go to the query or the body, as the specification says:
  name=text            a value; given again, one more of a list
  a.b=text             a field of an object
  name:=JSON           any value: tagid:=[1,2]
  name==text           in the query, whatever the specification says
  media=@FILE          an upload
Flags come before or after. What the specification knows is filled in: the app's agentid, fixed values. An unknown name,
a missing one and another type are errors, exit code 2, and nothing is sent; --raw sends anything. A refusal of the
platform is exit code 1.

--list [WORD…] finds calls, --describe PATH tells everything about one; neither needs a configuration.`,
		Example: `  botd api user/get userid=zhangsan
  botd api POST /cgi-bin/message/send touser=zhangsan msgtype=text text.content=你好
  botd api user/list_id --all
  botd api media/upload type=image media=@logo.png
  botd api media/get media_id=3a8a… --output logo.png
  botd api --describe message/send
  botd api --list tag`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.list:
				return c.listOperations(args)
			case len(args) == 0:
				return usagef("botd api needs a PATH; botd api --list shows them all")
			case o.describe:
				return c.describeOperation(args)
			}
			return c.api(cmd.Context(), o, args)
		},
	}))
	f := cmd.Flags()
	f.StringVar(&o.app, "app", "", "the app's `name`, or a corp's as botd suites lists it; may be left out when there is only one")
	f.StringVar(&o.suite, "suite", "", "the suite's `name`, for calls of third-party apps and of providers; may be left out when there is only one")
	f.StringVarP(&o.data, "data", "d", "", "the `body`: JSON, @FILE, or - for standard input")
	f.StringVarP(&o.output, "output", "o", "", "write the answer to a `file`")
	f.BoolVar(&o.all, "all", false, "follow the pages of a list to its end")
	f.BoolVar(&o.raw, "raw", false, "check nothing, and allow paths that the specification does not know")
	f.BoolVar(&o.list, "list", false, "list the calls that contain all words")
	f.BoolVar(&o.describe, "describe", false, "describe a call instead of making it")
	return cmd
}

func (c *cli) api(ctx context.Context, o apiOptions, args []string) error {
	method, path, pairs := splitAPIArgs(args)
	op, err := findOperation(method, path)
	switch {
	case err != nil && !o.raw:
		return err
	case err != nil:
		op = rawOperation(method, path, o.data != "")
	case o.suite != "":
		op = ofSuite(op)
	}
	r := &apiRequest{op: op, raw: o.raw, query: url.Values{}, named: map[string]bool{}}
	if err := r.read(o.data, c.stdin); err != nil {
		return err
	}
	if err := r.take(pairs); err != nil {
		return err
	}
	defer r.close()
	caller, err := c.caller(ctx, r, o)
	if err != nil {
		return err
	}
	defer caller.close()
	r.fill(caller.app, caller.given)
	if !o.raw {
		if err := r.check(); err != nil {
			return err
		}
	}
	return c.runAPI(ctx, o, r, caller)
}

func (c *cli) runAPI(ctx context.Context, o apiOptions, r *apiRequest, caller *apiCaller) error {
	switch {
	case o.all && r.op.Paging == nil:
		return usagef("%s has no pages: leave --all out", opName(r.op))
	case o.all:
		return c.answer(o, func(w io.Writer) error { return r.pages(ctx, caller.client, w) })
	case r.op.Answers == spec.URL:
		return c.answer(o, func(w io.Writer) error { _, err := fmt.Fprintln(w, r.link(caller)); return err })
	case r.op.Go == "Token":
		return c.answer(o, func(w io.Writer) error { return printToken(ctx, r.op, caller, w) })
	case r.op.Answers == spec.File && o.output == "" && terminal(c.stdout):
		return usagef("%s answers a file: name one with --output, or pipe it", opName(r.op))
	}
	if r.op.Answers == spec.JSON {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, apiTimeout)
		defer cancel()
	}
	d, err := caller.client.Open(ctx, r.request())
	if err != nil {
		return explainError(err)
	}
	defer d.Close()
	if d.JSON {
		return c.answer(o, func(w io.Writer) error { return printAnswer(w, d) })
	}
	if r.op.Answers == spec.JSON && !o.raw {
		return fmt.Errorf("%s: the answer is %s, not JSON", opName(r.op), cmp.Or(d.ContentType, "something"))
	}
	return c.answer(o, func(w io.Writer) error { _, err := io.Copy(w, d); return err })
}

// answer writes to the file of --output, or to stdout. A file is only there when it is whole.
func (c *cli) answer(o apiOptions, write func(io.Writer) error) error {
	if o.output == "" || o.output == "-" {
		return write(c.stdout)
	}
	f, err := os.OpenFile(o.output+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // may hold what is private
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), o.output)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// printAnswer prints JSON: indented for people, on one line for programs.
func printAnswer(w io.Writer, r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if terminal(w) {
		err = json.Indent(&out, b, "", "  ")
	} else {
		err = json.Compact(&out, b)
	}
	if err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err = w.Write(out.Bytes())
	return err
}

func printToken(ctx context.Context, op *spec.Operation, caller *apiCaller, w io.Writer) error {
	t, ok := caller.client.(interface {
		Token(ctx context.Context) (string, error)
	})
	if !ok {
		return usagef("%s: no credentials", opName(op))
	}
	token, err := t.Token(ctx)
	if err != nil {
		return explainError(err)
	}
	b, err := json.Marshal(map[string]string{op.Answer[0].Name: token})
	if err != nil {
		return err
	}
	return printAnswer(w, bytes.NewReader(b))
}

// apiClient is what a call leaves through.
type apiClient interface {
	Open(ctx context.Context, r *wecom.Request) (*wecom.Download, error)
}

// apiCaller is a client and what is known of it.
type apiCaller struct {
	client apiClient
	app    App               // that calls are made as; may be empty
	given  map[string]string // parameters that follow from the credential, by the names of wecom/spec
}

func (a *apiCaller) close() {
	if c, ok := a.client.(io.Closer); ok {
		_ = c.Close()
	}
}

// caller makes the client that has the operation.
func (c *cli) caller(ctx context.Context, r *apiRequest, o apiOptions) (*apiCaller, error) {
	switch r.op.Client {
	case "Webhook":
		return c.webhookCaller(r, o.app)
	case "Client", "":
		return c.appCaller(ctx, o.app)
	case "Suite":
		return c.suiteCaller(ctx, r, o.suite)
	case "Provider":
		return c.providerCaller(r, o.suite)
	}
	return nil, noCredentials(r.op)
}

func noCredentials(op *spec.Operation) error {
	return usagef("%s needs the credentials of %s, which the configuration does not hold", opName(op), credentialName(op.Client))
}

func (c *cli) webhookCaller(r *apiRequest, app string) (*apiCaller, error) {
	key := r.query.Get("key")
	if key == "" {
		return nil, usagef("%s: give the webhook's key: key=…", opName(r.op))
	}
	base := wecom.DefaultBaseURL
	if cfg, err := c.loadOptional(); err != nil {
		return nil, err
	} else if a, err := cfg.pick(app); err == nil {
		base = a.APIBase
	}
	w, err := wecom.NewWebhook(key, c.clientOptions(base)...)
	return &apiCaller{client: w, given: map[string]string{"key": key}}, err
}

func (c *cli) appCaller(ctx context.Context, name string) (*apiCaller, error) {
	cfg, err := c.load()
	if err != nil {
		return nil, err
	}
	a, client, err := c.asApp(ctx, cfg, name)
	if err != nil {
		return nil, err
	}
	return &apiCaller{client: client, app: a, given: map[string]string{"corp_id": a.CorpID, "secret": withheld}}, nil
}

// withheld stands for what a client fills in by itself.
const withheld = "***"

func credentialName(client string) string {
	switch client {
	case "Suite":
		return "a third-party suite (suite_access_token)"
	case "Provider":
		return "a service provider (provider_access_token)"
	}
	return "an official account (appid and secret)"
}

// loadOptional is the configuration, or an empty one where there is no file.
func (c *cli) loadOptional() (*Config, error) {
	if _, err := os.Stat(c.config); errors.Is(err, fs.ErrNotExist) {
		return &Config{}, nil
	}
	return c.load()
}

func opName(op *spec.Operation) string { return strings.TrimSpace(op.Method + " " + op.Path) }
