#!/usr/bin/python3
"""Links and calls flickr.test.login with python3-flickrapi, which sends POST requests with an Authorization header."""

import os
import subprocess
import urllib.parse

import flickrapi

flickr = flickrapi.FlickrAPI(
    os.environ["CLIENT_KEY"], os.environ["CLIENT_SECRET"], store_token=False
)
flickr.get_request_token(oauth_callback="http://127.0.0.1/callback")
address = subprocess.check_output(["tools/approve.sh", flickr.auth_url(perms="write")], text=True).strip()
query = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)
flickr.get_access_token(query["oauth_verifier"][0])

user = flickr.test.login()[0]
print(user.get("id"), user.find("username").text)
assert user.get("id") == flickr.token_cache.token.user_nsid, "the call and the token speak of different people"
assert flickr.token_valid(perms="write"), "the permission was not granted as asked"
