package oauth_test

import (
	"context"
	"fmt"
	"net/url"

	"photolink/oauth"
	"photolink/oauth/sandbox"
)

// The three steps from client credentials to a signed call, against a service on this computer. A program would open
// the authorization page in a browser and wait for its callback; here a visitor presses the button.
func Example() {
	service, err := sandbox.New(sandbox.Config{}).Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer service.Close()
	ctx := context.Background()
	client := &oauth.Client{
		Credentials: sandbox.PracticeClient,
		Endpoint: oauth.Endpoint{
			TemporaryCredentials: service.URL + "/services/oauth/request_token",
			Authorization:        service.URL + "/services/oauth/authorize",
			TokenCredentials:     service.URL + "/services/oauth/access_token",
		},
	}

	temporary, err := client.RequestTemporaryCredentials(ctx, "http://127.0.0.1:8080/callback", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	page, err := client.AuthorizationURL(temporary.Credentials, url.Values{"perms": {"read"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	visit, err := sandbox.Visitor{}.ApproveOnly(ctx, page)
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier := visit.URL.Query().Get("oauth_verifier")
	token, err := client.RequestTokenCredentials(ctx, temporary.Credentials, verifier)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("linked:", token.Extra.Get("fullname"))

	answer, err := client.Get(ctx,
		service.URL+"/services/rest?method=flickr.test.login&format=json&nojsoncallback=1", token.Credentials)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("signed call: status", answer.Status)
	fmt.Println("secret:", token.Credentials.Secret)
	// Output:
	// linked: Ada Practice
	// signed call: status 200
	// secret: redacted
}
