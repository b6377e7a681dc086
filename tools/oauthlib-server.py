#!/usr/bin/python3
"""Plays a photo service with the OAuth 1.0a server of python3-oauthlib, which shares no line with Photolink.

custom-service.toml describes it. It prints its address, the key and the secret, and runs until it is interrupted. It
knows one person and one key, and keeps everything in memory.
"""

import html
import json
import secrets
import socketserver
import wsgiref.simple_server
import wsgiref.util

from oauthlib.common import add_params_to_uri
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, OAuth1Error, RequestValidator, WebApplicationServer

KEY, SECRET = "b7e151628aed2a6abf7158", "809cf4f3c762e7160f38b4da"  # published, so they guard nothing
PERSON = {"user": {"id": "7", "login": "grace", "name": "Grace Hopper", "avatar": ""}}
PAGE = """<!DOCTYPE html><title>A server of others</title>
<p>An application wants to see who you are, Grace Hopper.</p>
<form method="post" action="/authorize">
<input type="hidden" name="oauth_token" value="{token}">
<button type="submit" id="deny" name="deny" value="1">Deny</button>
<button type="submit" id="approve" name="approve" value="1">Allow</button>
</form>
"""


class Validator(RequestValidator):
    """What the library asks of those who use it: the memory."""

    enforce_ssl = False
    allowed_signature_methods = (SIGNATURE_HMAC_SHA1,)
    dummy_client = dummy_request_token = dummy_access_token = "nobody"  # in place of what is not known

    def __init__(self):
        super().__init__()
        self.temporary, self.secrets, self.tokens, self.nonces = {}, {}, set(), set()

    def validate_client_key(self, client_key, request):
        return client_key == KEY

    def get_client_secret(self, client_key, request):
        return SECRET

    def validate_timestamp_and_nonce(self, *used, **token):
        known = (*used[:3], *token.items())  # the key, the timestamp and the nonce
        fresh = known not in self.nonces
        self.nonces.add(known)
        return fresh

    def save_request_token(self, token, request):
        self.temporary[token["oauth_token"]] = {"callback": request.redirect_uri, "verifier": ""}
        self.secrets[token["oauth_token"]] = token["oauth_token_secret"]

    def verify_request_token(self, token, request):
        return token in self.temporary and not self.temporary[token]["verifier"]

    def get_redirect_uri(self, token, request):
        return self.temporary[token]["callback"]

    def save_verifier(self, token, verifier, request):
        self.temporary[token]["verifier"] = verifier["oauth_verifier"]

    def validate_request_token(self, client_key, token, request):
        return token in self.temporary

    def validate_verifier(self, client_key, token, verifier, request):
        return secrets.compare_digest(self.temporary.get(token, {}).get("verifier", ""), verifier)

    def invalidate_request_token(self, client_key, request_token, request):
        del self.temporary[request_token]

    def save_access_token(self, token, request):
        self.tokens.add(token["oauth_token"])
        self.secrets[token["oauth_token"]] = token["oauth_token_secret"]

    def validate_access_token(self, client_key, token, request):
        return token in self.tokens

    def get_access_token_secret(self, client_key, token, request):
        return self.secrets.get(token, "")

    get_request_token_secret = get_access_token_secret

    # There are no realms, and any callback will do.
    def get_realms(self, token, request):
        return []

    def validate_realms(self, *arguments, **more):
        return True

    get_default_realms = get_realms
    validate_requested_realms = validate_redirect_uri = validate_realms


validator = Validator()
oauth = WebApplicationServer(validator)


def authorize(uri, method, body, headers):
    """Asks the person, and takes the answer."""
    _, known = oauth.get_realms_and_credentials(uri, method, body, headers)
    token = known["resource_owner_key"]
    if method == "GET":
        return {"Content-Type": "text/html; charset=utf-8"}, PAGE.format(token=html.escape(token)), 200
    if "approve=" in body:
        return oauth.create_authorization_response(uri, method, body, headers)
    callback = validator.temporary.pop(token)["callback"]
    return {"Location": add_params_to_uri(callback, [("denied", token)])}, None, 302


def me(*request):
    valid, _ = oauth.validate_protected_resource_request(*request)
    answer = PERSON if valid else {"error": {"message": "the request is not signed as it should be"}}
    return {"Content-Type": "application/json"}, json.dumps(answer), 200 if valid else 401


def application(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
    headers = {"Content-Type": environ.get("CONTENT_TYPE", "")}
    if "HTTP_AUTHORIZATION" in environ:
        headers["Authorization"] = environ["HTTP_AUTHORIZATION"]
    request = (wsgiref.util.request_uri(environ), environ["REQUEST_METHOD"], body, headers)
    call = {
        "/request_token": oauth.create_request_token_response,
        "/authorize": authorize,
        "/access_token": oauth.create_access_token_response,
        "/me": me,
    }.get(environ["PATH_INFO"], lambda *_: ({}, "there is nothing here", 404))
    try:
        headers, body, status = call(*request)
    except (OAuth1Error, ValueError) as error:
        headers, body, status = {}, str(error), 400
    start_response(f"{status} -", list(headers.items()))
    return [(body or "").encode()]


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    """One that a browser cannot hold up by connections that it opens in advance."""

    daemon_threads = True


if __name__ == "__main__":
    with wsgiref.simple_server.make_server("127.0.0.1", 8900, application, Server) as server:
        print(f"address http://127.0.0.1:8900\nkey {KEY}\nsecret {SECRET}", flush=True)
        server.serve_forever()
