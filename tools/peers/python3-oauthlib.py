#!/usr/bin/python3
"""Links at tools/oauthlib-server.py with python3-requests-oauthlib, to know that the server is fit for Photolink."""

import subprocess

from requests_oauthlib import OAuth1Session
from requests_oauthlib.oauth1_session import TokenRequestDenied

server = subprocess.Popen(["tools/oauthlib-server.py"], stdout=subprocess.PIPE, text=True)
try:
    address, key, secret = (server.stdout.readline().split()[1] for _ in range(3))

    session = OAuth1Session(key, client_secret=secret, callback_uri="http://127.0.0.1:8765/callback?a=1")
    session.fetch_request_token(address + "/request_token")
    page = session.authorization_url(address + "/authorize")
    session.parse_authorization_response(subprocess.check_output(["tools/approve.sh", page], text=True).strip())
    token = session.fetch_access_token(address + "/access_token")
    answer = session.get(address + "/me")
    print(answer.text)
    assert answer.json()["user"]["name"] == "Grace Hopper", answer.text

    stranger = OAuth1Session(key, secret, token["oauth_token"], "0" * 30)
    assert stranger.get(address + "/me").status_code == 401, "a wrong token secret was accepted"
    stranger = OAuth1Session(key, client_secret="0" * 24, callback_uri="http://127.0.0.1:8765/callback")
    try:
        stranger.fetch_request_token(address + "/request_token")
    except TokenRequestDenied as error:
        assert error.status_code == 401, error
    else:
        raise AssertionError("a wrong secret was accepted")
finally:
    server.terminate()
