package callback_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"photolink/callback"
)

func Example() {
	listener, err := callback.Listen(callback.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = listener.Close() }()

	// Ask the service for temporary credentials, with oauth_callback=listener.CallbackURL(), then:
	listener.Expect(callback.Expectation{
		Token:            "hh5s93j4hdidpola",
		AuthorizationURL: "https://photos.example.net/authorize?oauth_token=hh5s93j4hdidpola",
	})
	// Open listener.StartURL() in the browser. This one is sent back by the service right away.
	go func() {
		response, err := http.Get(listener.CallbackURL() + "?oauth_token=hh5s93j4hdidpola&oauth_verifier=hfdp7dh39dks9884")
		if err == nil {
			_ = response.Body.Close()
		}
	}()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	answer, err := listener.Wait(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	// Exchange the verifier for token credentials, and tell the browser how that went.
	fmt.Println(answer.Verifier, "from the browser that was sent out:", answer.SameBrowser)
	if err := listener.Finish(ctx, callback.Result{Account: "jane"}); err != nil {
		fmt.Println(err)
	}
	// Output: hfdp7dh39dks9884 from the browser that was sent out: false
}
