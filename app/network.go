package app

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// newTransport returns what all calls share, so that they find warm connections. For each request it asks proxy.
func newTransport(proxy func(*http.Request) (*url.URL, error)) *http.Transport {
	transport := &http.Transport{}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok { // which a program may have replaced
		transport = standard.Clone()
	}
	transport.Proxy = proxy
	return transport
}

// proxyFor returns the proxy that the person chose. This computer, where the practice service is, needs none.
func (a *App) proxyFor(request *http.Request) (*url.URL, error) {
	if isThisComputer(request.URL.Hostname()) {
		return nil, nil
	}
	switch chosen := a.Settings().Proxy; chosen {
	case "":
		return http.ProxyFromEnvironment(request)
	case NoProxy:
		return nil, nil
	default:
		return url.Parse(chosen)
	}
}

func isThisComputer(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// forgetConnections closes the connections that nobody uses, because they lead over a proxy that was changed.
func (a *App) forgetConnections() {
	if transport, ok := a.linker.Transport.(interface{ CloseIdleConnections() }); ok {
		transport.CloseIdleConnections()
	}
}
