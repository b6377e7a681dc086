#!/usr/bin/perl
# Links and calls flickr.test.login with Flickr::API, which sends its parameters in the query of a GET request, to
# api.flickr.com.

use strict;
use warnings;
use Flickr::API;

my $flickr = Flickr::API->new({consumer_key => $ENV{CLIENT_KEY}, consumer_secret => $ENV{CLIENT_SECRET}});
my $answer = $flickr->oauth_request_token({callback => 'http://127.0.0.1/callback'});
$answer eq 'ok' or die "request token: $answer";

my $page = $flickr->oauth_authorize_uri({perms => 'read'});
my ($token, $verifier) = qx(tools/approve.sh '$page') =~ /oauth_token=([^&]+)&oauth_verifier=(\S+)/
    or die 'not approved';
$answer = $flickr->oauth_access_token({token => $token, verifier => $verifier});
$answer eq 'ok' or die "access token: $answer";

my $login = $flickr->execute_method('flickr.test.login');
$login->success() or die 'flickr.test.login: ' . $login->error_message();
print $login->as_hash()->{user}{id}, ' ', $login->as_hash()->{user}{username}, "\n";
