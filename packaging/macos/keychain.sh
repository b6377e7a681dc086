#!/usr/bin/env bash
# Puts what signs for macOS where tools/dist-macos.sh finds it, on a machine of GitHub Actions:
#
#   packaging/macos/keychain.sh            takes it out of the variables below
#   packaging/macos/keychain.sh --forget   removes it again
#
# APPLE_CERTIFICATE is a certificate "Developer ID Application" with its key, as PKCS #12 in Base64, under the passphrase
# APPLE_CERTIFICATE_PASSWORD; APPLE_NOTARY_KEY is a key of App Store Connect, as it was downloaded. Without them it says so,
# and the app is signed for nobody.

set -euo pipefail

folder=${RUNNER_TEMP:?this is for GitHub Actions}/photolink-signing
keychain=$folder/signing.keychain-db

if [ "${1:-}" = --forget ]; then
	[ ! -e "$keychain" ] || security delete-keychain "$keychain"
	rm -rf "$folder"
	exit
fi

mkdir -p "$folder"
chmod 700 "$folder"
if [ -z "${APPLE_CERTIFICATE:-}" ]; then
	echo "::notice::The app is signed for nobody: there is no secret APPLE_CERTIFICATE."
else
	password=$(openssl rand -hex 24)
	security create-keychain -p "$password" "$keychain"
	security set-keychain-settings -lut 7200 "$keychain"
	security unlock-keychain -p "$password" "$keychain"
	printf %s "$APPLE_CERTIFICATE" | openssl base64 -d -A >"$folder/certificate.p12"
	security import "$folder/certificate.p12" -f pkcs12 -k "$keychain" -P "${APPLE_CERTIFICATE_PASSWORD:-}" -T /usr/bin/codesign
	rm "$folder/certificate.p12"
	security set-key-partition-list -S apple-tool:,apple: -s -k "$password" "$keychain" >/dev/null
	security list-keychains -d user -s "$keychain" login.keychain-db
	identity=$(security find-identity -v -p codesigning "$keychain" | sed -n 's/.*"\(Developer ID Application: .*\)"$/\1/p' | head -n 1)
	if [ -z "$identity" ]; then
		echo "::error::APPLE_CERTIFICATE holds no valid certificate of the kind Developer ID Application."
		exit 1
	fi
	echo "PHOTOLINK_APPLE_IDENTITY=$identity" >>"$GITHUB_ENV"
fi
if [ -z "${APPLE_NOTARY_KEY:-}" ]; then
	echo "::notice::The disk image is not notarized: there is no secret APPLE_NOTARY_KEY."
else
	printf '%s\n' "$APPLE_NOTARY_KEY" >"$folder/notary.p8"
	echo "PHOTOLINK_APPLE_NOTARY_KEY=$folder/notary.p8" >>"$GITHUB_ENV"
fi
