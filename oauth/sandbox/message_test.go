package sandbox_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"photolink/oauth/sandbox"
)

func TestPublishedSignatures(t *testing.T) {
	for _, test := range []struct {
		name                      string
		method, url, body, header string
		clientSecret, tokenSecret string
		want                      string
	}{
		{
			name:   "RFC 5849 section 1.2, temporary credentials",
			method: "POST", url: "https://photos.example.net/initiate",
			header: `OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", ` +
				`oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", oauth_nonce="wIjqoS", ` +
				`oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", ` +
				`oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"`,
			clientSecret: "kd94hf93k423kf44",
			want:         "74KNZJeDHnMBp0EMJ9ZHt/XKycU=",
		},
		{
			name:   "RFC 5849 section 1.2, token credentials",
			method: "POST", url: "https://photos.example.net/token",
			header: `OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="hh5s93j4hdidpola", ` +
				`oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="walatlh", ` +
				`oauth_verifier="hfdp7dh39dks9884", oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"`,
			clientSecret: "kd94hf93k423kf44", tokenSecret: "hdhd0244k9j7ao03",
			want: "gKgrFCywp7rO0OXSjdot/IHF7IU=",
		},
		{
			name:   "RFC 5849 section 1.2, a resource",
			method: "GET", url: "http://photos.example.net/photos?file=vacation.jpg&size=original",
			header: `OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", ` +
				`oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH", ` +
				`oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"`,
			clientSecret: "kd94hf93k423kf44", tokenSecret: "pfkkdhi9sl3r4s00",
			want: "MdpQcU8iPSUjWoN/UDMsK2sui9I=",
		},
		{
			name:   "RFC 5849 section 3.4.1 with erratum 2550: query, form and header, repeated and empty",
			method: "POST", url: "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b", body: "c2&a3=2+q",
			header: `OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", ` +
				`oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a"`,
			clientSecret: "j49sk3j29djd", tokenSecret: "dh893hdasih9",
			want: "r6/TJjbCOr97/+UU0NsvSne7s5g=",
		},
		{
			name:   "Twitter, Creating a signature: punctuation in a form",
			method: "POST", url: "https://api.twitter.com/1/statuses/update.json?include_entities=true",
			body: "status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21",
			header: `OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", oauth_version="1.0", ` +
				`oauth_nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", oauth_signature_method="HMAC-SHA1", ` +
				`oauth_timestamp="1318622958", oauth_token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"`,
			clientSecret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
			tokenSecret:  "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
			want:         "tnnArxj06cWHq44gCs1OSKk/jLY=",
		},
		{
			name:   "gomodule/oauth1: port kept, plus and percent in a query",
			method: "GET", url: "http://PHOTOS.example.net:8001/Photos?photo+size=300%25&title=Back+of+%24100+Dollars+Bill",
			header: `OAuth oauth_consumer_key="dpf43f3%2B%2Bp%2B%232l4k3l03", oauth_nonce="kllo~9940~pd9333jh", ` +
				`oauth_signature_method="HMAC-SHA1", oauth_timestamp="1191242096", ` +
				`oauth_token="nnch734d%280%290sl2jdk", oauth_version="1.0"`,
			clientSecret: "secret01", tokenSecret: "secret02",
			want: "n1UAoQy2PoIYizZUiWvkdCxM3P0=",
		},
		{
			name:   "gomodule/oauth1: default port dropped, path escape kept, same pair twice",
			method: "GET", url: "http://EXAMPLE.COM:80/Space%20Craft?name=value&name=value",
			header: `OAuth oauth_consumer_key="abcd", oauth_nonce="Ix4U1Ei3RFL", oauth_signature_method="HMAC-SHA1", ` +
				`oauth_timestamp="1327384901", oauth_token="ijkl", oauth_version="1.0"`,
			clientSecret: "efgh", tokenSecret: "mnop",
			want: "TZZ5u7qQorLnmKs+iqunb8gqkh4=",
		},
		{
			name:   "Faithlife.OAuth: names differ in case",
			method: "GET", url: "http://www.example.net/resource?name=value1&name=value2&Name=value3&Name=value4",
			header: `OAuth oauth_consumer_key="abcd", oauth_nonce="NJoXy4OiHud", oauth_signature_method="HMAC-SHA1", ` +
				`oauth_timestamp="1438360868", oauth_token="ijkl", oauth_version="1.0"`,
			clientSecret: "efgh", tokenSecret: "mnop",
			want: "S59QRSfIG/XpgtSCdOV24n86gsg=",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, test.url, strings.NewReader(test.body))
			r.Header.Set("Authorization", test.header)
			if test.body != "" {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			base, err := sandbox.BaseString(r)
			if err != nil {
				t.Fatal(err)
			}
			if got := sandbox.Signature(base, test.clientSecret, test.tokenSecret); got != test.want {
				t.Errorf("signature %q, want %q, of\n%s", got, test.want, base)
			}
		})
	}
}
