package daemon

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/internal/secret"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/simulator"
)

// ticketInterval is how often the platform pushes a suite's ticket (doc 90628).
const ticketInterval = 10 * time.Minute

// simulateSuites gives the suites credentials of the simulator's.
func simulateSuites(cfg *Config, sim *simulator.Server) {
	for i := range cfg.Suites {
		s := &cfg.Suites[i]
		s.Token, s.EncodingAESKey = secret.New(crypto.GenerateToken()), []secret.Secret{secret.New(crypto.GenerateAESKey())}
		s.SuiteSecret, s.ProviderSecret, s.StorageKey = secret.New(crypto.GenerateAESKey()), secret.New(crypto.GenerateAESKey()), secret.Secret{}
		s.APIBase = sim.URL
		sim.AddSuite(simulator.Suite{
			ID: s.SuiteID, Name: s.Name, Secret: s.SuiteSecret.Reveal(), Token: s.Token.Reveal(), EncodingAESKey: s.EncodingAESKey[0].Reveal(),
			ProviderCorpID: s.ProviderCorpID, ProviderSecret: s.ProviderSecret.Reveal(),
		})
	}
}

// installSuites lets the simulated company install every suite, and pushes tickets until ctx ends.
func installSuites(ctx context.Context, cfg *Config, sim *simulator.Server, listen net.Addr) {
	if len(cfg.Suites) == 0 {
		return
	}
	corp := simulator.HomeCorpID
	if apps := sim.Apps(); len(apps) > 0 {
		corp = apps[0].CorpID
	}
	for _, s := range cfg.Suites {
		address := "http://127.0.0.1:" + strconv.Itoa(listen.(*net.TCPAddr).Port) + "/suite/" + s.Name
		sim.SetSuiteURLs(s.SuiteID, address, address)
		sim.PushTicket(ctx, s.SuiteID)
		sim.Install(ctx, s.SuiteID, corp)
	}
	go func() {
		t := time.NewTicker(ticketInterval)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
			for _, s := range cfg.Suites {
				sim.PushTicket(ctx, s.SuiteID)
			}
		}
	}()
}

// ignoreSuites marks the places of values that dev replaces.
func ignoreSuites(cfg *Config, ignored map[strictyaml.Pos]bool) {
	for _, s := range cfg.Suites {
		for _, key := range []string{"suite_secret", "token", "encoding_aes_key", "provider_secret", "storage_key"} {
			ignored[s.Where.Of(key)] = true
		}
		for i := range s.EncodingAESKey {
			ignored[s.Where.Item("encoding_aes_key", i)] = true
		}
	}
}
