#!/usr/bin/python3
"""Links at Wikimedia Commons with python3-mwoauth, by MediaWiki's own people, and reads who is signed in.

The library checks the signature, the issuer, the audience and the nonce of the statement itself.
"""

import os
import subprocess
import urllib.parse

import mwoauth

WIKI = "https://commons.wikimedia.org/w/index.php"
CALLBACK = "http://127.0.0.1:8765/callback"


def refused(call, *arguments):
    try:
        call(*arguments)
    except mwoauth.OAuthException as error:
        assert "Invalid signature" in str(error), error
    else:
        raise AssertionError("a wrong secret was accepted")


consumer = mwoauth.ConsumerToken(os.environ["CLIENT_KEY"], os.environ["CLIENT_SECRET"])
handshaker = mwoauth.Handshaker(WIKI, consumer, callback=CALLBACK, user_agent="peers")
page, request_token = handshaker.initiate()
address = subprocess.check_output(["tools/approve.sh", page], text=True).strip()
assert address.startswith(CALLBACK + "?"), address
token = handshaker.complete(request_token, urllib.parse.urlsplit(address).query)
identity = handshaker.identify(token)
print(identity["sub"], identity["username"])
assert identity["username"] == "Adapractice", identity

stranger = mwoauth.ConsumerToken(consumer.key, "0000000000000000")
refused(mwoauth.initiate, WIKI, stranger, CALLBACK)
refused(handshaker.identify, mwoauth.AccessToken(token.key, "0" * 40))
