#!/usr/bin/python3
"""Links at Photobucket with python3-requests-oauthlib and asks for the person, on the server that has their data."""

import os
import subprocess
import urllib.parse

import oauthlib.oauth1
import requests
import requests_oauthlib

API = "http://api.photobucket.com"
KEY, SECRET = os.environ["CLIENT_KEY"], os.environ["CLIENT_SECRET"]


def person(secret, token):
    """Signs for the main server, as Photobucket demands, and calls the one that the token came with."""
    client = oauthlib.oauth1.Client(
        KEY,
        client_secret=secret,
        resource_owner_key=token["oauth_token"],
        resource_owner_secret=token["oauth_token_secret"],
    )
    signed, headers, _ = client.sign(f"{API}/user/{token['username']}?format=json")
    return requests.get(signed.replace(API, "http://" + token["subdomain"]), headers=headers)


session = requests_oauthlib.OAuth1Session(KEY, client_secret=SECRET)
temporary = session.fetch_request_token(API + "/login/request")
page = session.authorization_url(temporary["next_step"], extra="a b&c")
address = subprocess.check_output(["tools/approve.sh", page], text=True).strip()
query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
assert query["oauth_token"] == temporary["oauth_token"], address
assert query["extra"] == "a b&c", address

# There is no verifier, without which fetch_access_token does nothing.
answer = session.post(API + "/login/access")
assert answer.ok, answer.text
token = dict(urllib.parse.parse_qsl(answer.text))
print(token["username"], token["subdomain"])
assert token["subdomain"] == query["subdomain"] == "api123.photobucket.com", token

answer = person(SECRET, token)
print(answer.text)
assert answer.json()["content"]["username"] == token["username"], answer.text

answer = person("0000000000000000", token)
assert answer.status_code == 401, answer.text
try:
    requests_oauthlib.OAuth1Session(KEY, client_secret="0000000000000000").fetch_request_token(API + "/login/request")
except requests_oauthlib.oauth1_session.TokenRequestDenied as error:
    assert error.status_code == 401, error
else:
    raise AssertionError("a wrong secret was accepted")
