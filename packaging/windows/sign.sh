#!/usr/bin/env bash
# Signs a program for Windows in its place, if PHOTOLINK_SIGN_CERTIFICATE and PHOTOLINK_SIGN_KEY name files in PEM, else
# leaves it as it is. PHOTOLINK_SIGN_PASSPHRASE_FILE names a file with the passphrase of the key, and
# PHOTOLINK_SIGN_TIMESTAMP the address of a timestamp service, which keeps the signature good after the certificate.
#
#   packaging/windows/sign.sh FILE
set -euo pipefail

if [ -z "${PHOTOLINK_SIGN_CERTIFICATE:-}${PHOTOLINK_SIGN_KEY:-}" ]; then
	exit 0
fi
options=(
	-certs "${PHOTOLINK_SIGN_CERTIFICATE:?names no certificate}" -key "${PHOTOLINK_SIGN_KEY:?names no key}" -h sha256
	-n Photolink
)
[ -z "${PHOTOLINK_SIGN_PASSPHRASE_FILE:-}" ] || options+=(-readpass "$PHOTOLINK_SIGN_PASSPHRASE_FILE")
[ -z "${PHOTOLINK_SIGN_TIMESTAMP:-}" ] || options+=(-ts "$PHOTOLINK_SIGN_TIMESTAMP")
rm -f "$1.signed" # osslsigncode writes over nothing
osslsigncode sign "${options[@]}" -in "$1" -out "$1.signed" >/dev/null
mv "$1.signed" "$1"
