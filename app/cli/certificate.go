package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// The names that a certificate of the sandbox is for: those of the services that it plays.
var sandboxHosts = []string{
	"localhost", "www.flickr.com", "api.flickr.com", "up.flickr.com", "farm66.staticflickr.com", "api.smugmug.com",
	"secure.smugmug.com", "www.smugmug.com", "www.tumblr.com", "api.tumblr.com", "commons.wikimedia.org", "blog.example",
}

// newCertificate makes a certificate for the sandbox, signed by an authority that is made for it alone, and writes both to
// folder as authority.pem and server.pem. The key of the authority is kept nowhere, so that nobody can sign with it.
func newCertificate(folder string, now time.Time) (tls.Certificate, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return tls.Certificate{}, err
	}
	authorityKey, authorityErr := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	serverKey, serverErr := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(authorityErr, serverErr); err != nil {
		return tls.Certificate{}, err
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Photolink sandbox authority"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 30),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "Photolink sandbox"},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: sandboxHosts, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	authorityDER, authorityErr := x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	serverDER, serverErr := x509.CreateCertificate(rand.Reader, server, authority, serverKey.Public(), authorityKey)
	if err := errors.Join(authorityErr, serverErr); err != nil {
		return tls.Certificate{}, err
	}
	for name, der := range map[string][]byte{"authority.pem": authorityDER, "server.pem": serverDER} {
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			return tls.Certificate{}, err
		}
	}
	return tls.Certificate{Certificate: [][]byte{serverDER}, PrivateKey: serverKey}, nil
}
