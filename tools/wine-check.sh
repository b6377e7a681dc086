#!/usr/bin/env bash
# Tries what people download for Windows, in Wine: makes it, signed with a certificate of its own; installs it; links the
# practice account through the window and a real browser; and removes it, once with the accounts kept and once with
# everything. Pictures are left in build/windows.

source "$(dirname "$0")/common.sh"

if [ "${1:-}" != --inside ]; then
	tools/install.sh dist-windows wine display browser keyring ||
		skip "Wine, the compiler for Windows, Xvfb or Chromium cannot be installed"
	go build -C tools -trimpath -buildvcs=false -o ../build/browser ./browser

	say "Made and signed"
	made=$(mktemp -d)
	trap 'rm -rf "$made"' EXIT
	openssl req -x509 -newkey rsa:3072 -noenc -days 2 -subj "/CN=A signature for tests" \
		-addext extendedKeyUsage=codeSigning -addext keyUsage=critical,digitalSignature \
		-keyout "$made/key.pem" -out "$made/certificate.pem" 2>/dev/null
	PHOTOLINK_SIGN_CERTIFICATE=$made/certificate.pem PHOTOLINK_SIGN_KEY=$made/key.pem \
		PHOTOLINK_DIST_WORK=$made/work tools/dist-windows.sh "$made/out"
	dbus-run-session -- tools/wine-check.sh --inside "$made"
	exit
fi
made=$2

source tools/desktop.sh
desktop_start "$PWD/build/windows"
trap 'wineserver --kill 2>/dev/null || true; desktop_stop' EXIT
export WINEPREFIX=$room/wine WINEARCH=win64 WINEDEBUG=-all
# No questions about what Debian leaves out of Wine, no entries in menus, and not the interface to screen readers: Wine
# has the first half of it.
export WINEDLLOVERRIDES='mscoree,mshtml,uiautomationcore=;winemenubuilder.exe=d'

# run SECONDS PROGRAM ARGUMENTS... runs a program of Windows. Its words go by way of a file, because what Wine starts beside
# it would keep a pipe open.
run() {
	local code=0
	timeout "$1" wine "${@:2}" >"$room/words" 2>&1 || code=$?
	tr -d '\r' <"$room/words"
	return "$code"
}

# until_gone FILE waits for the uninstaller, which goes on when its first process has ended.
until_gone() {
	local tries=0
	while [ -e "$1" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || fail "it is still there: $1"
		sleep 0.1
	done
}

is_signed() { osslsigncode verify -CAfile "$made/certificate.pem" -in "$1" >"$room/signature.log" 2>&1; }

credentials() { run 60 reg query 'HKCU\Software\Wine\Credential Manager' /s | grep -c Photolink || true; }

installed_key='HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Photolink'

photolink_start() {
	wine "$program" >"$room/photolink.log" 2>&1 &
	photolink=$!
	await '^Photolink$' 60
}

say "The signatures"
setup=$(echo "$made"/out/photolink-*-setup.exe)
for file in "$setup" "$made"/work/photolink-*/photolink.exe; do
	is_signed "$file" || fail "the signature of $file: $(cat "$room/signature.log")"
	sed '0,/This program/s//This progrom/' "$file" >"$room/changed.exe"
	! is_signed "$room/changed.exe" || fail "the signature of $file holds for another program"
	echo "$(basename "$file") is signed"
done

say "What is in photolink.exe"
exe=$(echo "$made"/work/photolink-*/photolink.exe)
unzip -q "$made"/out/photolink-*-windows-amd64.zip -d "$room/zip"
cmp "$exe" "$room"/zip/photolink-*/photolink.exe
LC_ALL=C wrestool --list "$exe" | tee "$room/resources"
for type in 3 14 16 24; do # icon, set of icons, version, manifest
	grep -q "^--type=$type " "$room/resources" || fail "photolink.exe has no resource of the type $type"
done
objdump --private-headers "$exe" | grep 'Windows GUI' || fail "photolink.exe would open a console"
! objdump --private-headers "$exe" | grep 'DLL Name.*\(lib\|pthread\)' || fail "photolink.exe needs a library of the compiler"

say "Windows, played by Wine"
mkdir "$WINEPREFIX"
wineserver --persistent
timeout 300 wine wineboot --init >"$room/wineboot.log" 2>&1 || fail "Wine does not start: $(cat "$room/wineboot.log")"
# Go asks for random numbers in a way that Debian's Wine does not know. This one hands over to one that it knows.
cat >"$room/random.c" <<-'END'
	#include <windows.h>

	BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length); /* RtlGenRandom */

	__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
	{
		return SystemFunction036(buffer, (ULONG)length);
	}
END
x86_64-w64-mingw32-gcc -shared -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" "$room/random.c" -ladvapi32
run 60 reg add 'HKCU\Software\Wine\WineBrowser' /v Browsers /d "$room/browser" /f >/dev/null
person=$WINEPREFIX/drive_c/users/$(id -un)
folder=$person/AppData/Local/Programs/Photolink program=$folder/photolink.exe
data=$person/AppData/Roaming/photolink
shortcut="$person/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Photolink.lnk"

say "Installed, without a question"
run 120 "$setup" /S
for file in "$program" "$folder/uninstall.exe" "$folder/LICENCES.txt" "$shortcut"; do
	[ -s "$file" ] || fail "setup did not make $file"
done
is_signed "$folder/uninstall.exe" || fail "the signature of uninstall.exe: $(cat "$room/signature.log")"
run 60 reg query "$installed_key" /s
run 60 "$program" version

say "The practice account, through the window and a browser"
browser_does approve
photolink_start
picture home-empty
try_practice
picture permission
press Return
await '^Approve in your browser'
picture approve
browser_go
await '^Signed in as Ada Practice' 90
picture identity
result=$(browser_result)
case $result in *"Linked as Ada Practice"*) ;; *) fail "the browser shows something else: $result" ;; esac
press Return
await '^Photolink$'
picture home
stored=$(credentials)
[ "$stored" -ge 1 ] || fail "the Credential Manager holds nothing"
echo "the Credential Manager holds $stored secret(s)"

say "Nothing is replaced or removed while the window is open"
windows_folder=$(run 60 winepath --windows "$folder")
for what in "$setup" "$folder/uninstall.exe"; do
	code=0
	# The last word keeps the uninstaller from going on in a copy of itself, whose code nobody would see.
	run 120 "$what" /S "_?=$windows_folder" || code=$?
	[ "$code" = 2 ] || fail "$what ended with $code"
	[ -s "$program" ] || fail "$what removed the program that runs"
done
photolink_stop
window= # there is none to take a picture of

say "The command line"
run 60 "$program" accounts | tee "$room/accounts"
grep -q 'Ada Practice' "$room/accounts" || fail "the account is not listed"

say "Uninstalled, with the accounts kept"
run 120 "$folder/uninstall.exe" /S
until_gone "$folder"
[ ! -e "$shortcut" ] || fail "the shortcut is still there"
! run 60 reg query "$installed_key" >/dev/null || fail "Windows still lists it"
[ -s "$data/accounts.json" ] || fail "the list of accounts is gone"
[ "$(credentials)" = "$stored" ] || fail "the secrets are gone"

say "Installed again: the account is there"
run 120 "$setup" /S
run 60 "$program" accounts | grep 'Ada Practice' || fail "the account is not listed any more"

say "Uninstalled, with everything"
run 120 "$folder/uninstall.exe" /S /EVERYTHING
until_gone "$folder"
[ "$(credentials)" = 0 ] || fail "a secret is still there"
left=$(find "$person" -iname '*photolink*')
[ -z "$left" ] || fail "still there: $left"
wineserver --kill # which writes the registry
! grep --ignore-case photolink "$WINEPREFIX/user.reg" || fail "the registry still knows it"

say "Installed, linked, kept and removed. Pictures: build/windows"
