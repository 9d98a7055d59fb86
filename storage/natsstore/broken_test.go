package natsstore_test

import (
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/natsstore"
)

// cable is a connection to the server that can be cut.
type cable struct {
	net.Listener
	server string
	mu     sync.Mutex
	conns  map[net.Conn]bool
}

func newCable(t *testing.T, rawURL string) (*cable, string) {
	t.Helper()
	u := must(url.Parse(rawURL))(t)
	c := &cable{Listener: must(net.Listen("tcp", "127.0.0.1:0"))(t), server: u.Host, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { c.Close() })
	go c.serve()
	return c, strings.Replace(rawURL, u.Host, c.Addr().String(), 1)
}

func (c *cable) serve() {
	for {
		client, err := c.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", c.server)
		if err != nil {
			client.Close()
			continue
		}
		c.mu.Lock()
		c.conns[client] = true
		c.mu.Unlock()
		go func() { io.Copy(server, client); server.Close() }()
		go func() { io.Copy(client, server); client.Close() }()
	}
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		conn.Close()
		delete(c.conns, conn)
	}
}

func TestConnectionsBreak(t *testing.T) {
	t.Parallel()
	direct := server(t)
	var stores []storage.Store
	stop := make(chan struct{})
	var cutting sync.WaitGroup
	for range 2 {
		c, url := newCable(t, direct)
		stores = append(stores, open(t, url, natsstore.WithSnapshots(50, 30*time.Second)))
		cutting.Go(func() {
			for range 6 {
				select {
				case <-stop:
					return
				case <-time.After(150 * time.Millisecond):
					c.cut()
				}
			}
		})
	}
	share(t, stores, 6, 40)
	close(stop)
	cutting.Wait()
}
