package bottest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// network joins the parts of a world: HTTP over pipes in memory, so that the clock sees who waits for whom.
type network struct {
	mu    sync.Mutex
	hosts map[string]*pipes
}

// pipes is a listener whose connections are pipes.
type pipes struct {
	host   string
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// listen makes a host known; the latest of a name is the one that is called.
func (n *network) listen(host string) net.Listener {
	p := &pipes{host: host, accept: make(chan net.Conn), closed: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts == nil {
		n.hosts = map[string]*pipes{}
	}
	n.hosts[host] = p
	return p
}

func (n *network) find(host string) *pipes {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.hosts[host]
}

// transport calls the hosts of the network only.
func (n *network) transport() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		p := n.find(host)
		if p == nil {
			return nil, fmt.Errorf("dial %s: no such host in the test", host)
		}
		return p.dial(ctx)
	}}
}

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.accept <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, fmt.Errorf("dial %s: connection refused", p.host)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accept:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return address(p.host) }

type address string

func (a address) Network() string { return "pipe" }
func (a address) String() string  { return string(a) }

// outside is what plugins and rules reach: the hosts that the test serves, and servers on this machine. A host that
// nobody serves is noted.
type outside struct {
	hosts   map[string]http.Handler
	inside  *http.Transport // to hosts
	machine *http.Transport // to this machine; every call has a connection of its own, since an idle one never rests
	unknown func(r *http.Request) error
}

func (o *outside) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.URL.Hostname()
	if o.hosts[host] != nil {
		r = r.Clone(r.Context())
		r.URL.Scheme = "http" // a pipe needs no TLS
		return o.inside.RoundTrip(r)
	}
	if ip, err := netip.ParseAddr(host); host == "localhost" || err == nil && ip.IsLoopback() {
		return o.machine.RoundTrip(r)
	}
	return nil, o.unknown(r)
}
