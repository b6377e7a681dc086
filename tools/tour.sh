#!/usr/bin/env bash
# Goes through the whole program as a person would, and leaves a picture of each screen: Flickr, played by the sandbox
# under its own host name, and the practice account, in a real window and a real Chromium.
#
#   tools/tour.sh [TOUR...]
#   tools/tour.sh --keep     copies the pictures that docs/tour.md shows into docs/images/tour, smaller
#
# The tours are HAND-LANGUAGE, where HAND is mouse or keys, and looks, which shows some screens in a small window, with large
# text, dark, in high contrast and in Japanese. Without one it takes mouse-en, keys-en, mouse-de, keys-de and looks. The pictures
# are left in build/tour, in a folder for each tour.

source "$(dirname "$0")/common.sh"

if [ "${1:-}" = --keep ]; then
	mkdir -p docs/images/tour
	rm -f docs/images/tour/*.png
	grep --only-matching --no-filename 'images/tour/[a-z0-9-]*\.png' docs/tour.md | sort --unique | while IFS= read -r picture; do
		name=${picture#images/tour/} # mouse-en-02-choose.png for build/tour/mouse-en/02-choose.png
		from=$(sed -E 's#^(.*[a-z])-([0-9]{2}-.*)$#build/tour/\1/\2#' <<<"$name")
		convert "$from" -resize 75% -strip -colors 128 -define png:compression-level=9 "docs/$picture"
	done
	exit
fi
if [ "${1:-}" != --inside ]; then
	tools/install.sh display browser keyring
	exec tools/with-services.sh tools/tour.sh --inside "$@"
fi
shift
if [ "${1:-}" != --alone ]; then
	[ "$#" -gt 0 ] || set -- mouse-en keys-en mouse-de keys-de looks
	for tour in "$@"; do # each with a session bus and a keyring of its own
		dbus-run-session -- tools/tour.sh --inside --alone "$tour"
	done
	exit
fi

source tools/desktop.sh
key=70726163746963652d6163636f756e74 secret=7072616374696365 # of the sandbox; published, guards nothing
hand=${2%%-*} tongue=${2##*-}
[ "$hand" != looks ] || tongue=en
rm -rf "build/tour/$2"
desktop_start "$PWD/build/tour/$2"
# Paths in the pictures are those of a person, where this mount namespace can have a /home of its own.
case $PWD/ in
/home/*) ;;
*)
	# That of the tour before is gone, and nothing can be mounted on it.
	if mountpoint --quiet /home/ada; then umount --lazy /home/ada; else mount -t tmpfs none /home && mkdir /home/ada; fi
	mount --bind "$HOME" /home/ada
	export HOME=/home/ada XDG_CONFIG_HOME=/home/ada/.config XDG_DATA_HOME=/home/ada/.local/share XDG_CACHE_HOME=/home/ada/.cache
	;;
esac
export PHOTOLINK_BROWSER_TRUST=$PHOTOLINK_SANDBOX_CERTIFICATE
# The shell complains about a locale that is not installed; the program only reads its name.
speak() { { export LANG="$1.UTF-8"; } 2>/dev/null; }
case $tongue in de) speak de_DE ;; ja) speak ja_JP ;; *) speak en_US ;; esac

# translated TEXT prints a text, which is given in English, in the language of the tour, or nothing.
translated() { sed -n "s/^  \"$1\": \"\\(.*\\)\",\\{0,1\\}\$/\\1/p" "resources/translations/$tongue.json"; }

# titled TITLE [SECONDS] waits for the screen with a title, which is given in English.
titled() {
	local title=$1
	if [ "$tongue" != en ]; then
		title=$(translated "$1")
		[ -n "$title" ] || title="$(translated "${1% · Photolink}") · Photolink"
	fi
	await "^$(sed 's/{{[^}]*}}/.*/g; s/[?()]/\\&/g' <<<"$title")\$" "${2:-30}"
}

# shot NAME takes the next picture.
number=0
shot() {
	number=$((number + 1))
	local name
	name=$(printf '%02d-%s' "$number" "$1")
	picture "$name"
	while [ "$(identify -format %k "$pictures/$name.png")" = 1 ]; do # nothing is drawn yet
		sleep 0.2
		picture "$name"
	done
}

# page_shot NAME keeps the last picture of the browser, when it has come to rest.
page_shot() {
	browser_result >/dev/null
	number=$((number + 1))
	cp "$room/browser-out/final.png" "$pictures/$(printf '%02d-%s' "$number" "$1").png"
}

# The mouse aims at what it sees: at the Nth thing of a line, whatever its words are. A thing is what has another colour
# than the ground, and more than a little room around it.

# things AXIS X Y WIDTH HEIGHT ROOM [GROUND] prints where things begin and end along the axis.
things() {
	local scale="${4}x1!" ground=${7:-}
	[ -n "$ground" ] || ground=$(colour_at "$2" "$3")
	[ "$1" = x ] || scale="1x${5}!"
	import -window "$window" png:- |
		convert - -crop "${4}x${5}+${2}+${3}" +repage -fill black -opaque "$ground" \
			-fuzz 0% -fill white +opaque black -depth 16 -scale "$scale" txt:- |
		awk -v room="$6" -v axis="$1" '
			NR > 1 {
				split($1, at, /[,:]/)
				place = axis == "x" ? at[1] : at[2]
				match($2, /[0-9.]+/)
				if (substr($2, RSTART, RLENGTH) + 0 == 0) next
				if (begun && place - end > room) { print start, end; begun = 0 }
				if (!begun) { start = place; begun = 1 }
				end = place
			}
			END { if (begun) print start, end }'
}

# colour_at X Y is the colour of a place.
colour_at() { import -window "$window" -crop "1x1+$1+$2" +repage -depth 8 png:- | convert - -depth 8 txt:- | sed -n '2s/.*\(#[0-9A-F]*\).*/\1/p'; }

# nth N prints the middle of the Nth of the things on standard input; the last one is -1.
nth() {
	awk -v n="$1" '{ middle[NR] = int(($1 + $2) / 2) } END { n = n < 0 ? NR + 1 + n : n; if (n < 1 || n > NR) exit 1; print middle[n] }'
}

size() {
	local geometry
	geometry=$(xdotool getwindowgeometry --shell "$window")
	width=$(sed -n 's/^WIDTH=//p' <<<"$geometry") height=$(sed -n 's/^HEIGHT=//p' <<<"$geometry")
}

# click_at X Y
click_at() {
	xdotool mousemove --window "$window" "$1" "$2"
	sleep 0.15
	xdotool click 1
	sleep 0.3
}

# click_words N X MIDDLE WIDTH clicks the Nth words of a line, whose height is MIDDLE, and click_button the Nth button, of
# which it sees the ground above the words.
click_words() { click_thing "$1" "$2" "$3" "$4" 6 12 9; }
click_button() { click_thing "$1" "$2" "$3" "$4" 14 3 2; }
click_thing() {
	local at
	xdotool mousemove --window "$window" 2 2 # so that nothing is lit
	sleep 0.2
	at=$(things x "$2" $(($3 - $5)) "$4" "$6" "$7" | nth "$1") || fail "there is no thing number $1 at $3"
	click_at $(($2 + at)) "$3"
}

# The height of the parts of the window: the menu, the bar on top, the bar at the bottom.
menu=27 bar=54 foot=52

click_menu() { click_words "$1" 4 13 600; }
click_settings() { size; click_words 1 $((width / 4)) $((menu + bar / 2)) $((width * 3 / 4 - 4)); }
click_link() { size; click_button -1 $((width / 4)) $((menu + bar / 2)) $((width * 3 / 4 - 4)); }
# The buttons of the bar at the bottom count from the right, -1, -2, and the quiet words from the left, 1, 2.
click_bottom() {
	size
	if [ "$1" -lt 0 ]; then
		click_button "$1" 4 $((height - foot / 2)) $((width - 8))
	else
		click_words "$1" 4 $((height - foot / 2)) $((width - 8))
	fi
}

# click_line LINE WHAT N [LEFT] clicks the Nth of the words or buttons in a line of the body, or of the part of it that begins
# at LEFT. Where LEFT is given, lines are those of boxes and buttons, which begin further to the left than text, if WHAT is
# button.
click_line() {
	local left=${4:-18} top=$((menu + bar + 6)) line wide
	size
	wide=$((width - left - 24))
	[ "$2" != button ] || [ -z "${4:-}" ] || wide=5
	xdotool mousemove --window "$window" 2 2
	sleep 0.2
	line=$(things y "$left" "$top" "$wide" $((height - foot - top - 6)) 4 "$(colour_at 8 $((height / 2)))" | nth "$1") || fail "there is no line $1"
	"click_$2" "$3" "$((left == 18 ? 4 : left - 6))" $((top + line)) $((width - left - 24))
}

# click_field N [X] clicks into the Nth field, which it knows by its ground at X.
click_field() {
	local top=$((menu + bar + 6)) line
	size
	line=$(import -window "$window" -crop "1x$((height - foot - top - 6))+${2:-22}+$top" +repage png:- |
		convert - -depth 8 txt:- | sed -n 's/^0,\([0-9]*\):.*#F7F5F1.*/\1/p' |
		awk '$1 > end + 4 { if (NR > 1) print start, end; start = $1 } { end = $1 } END { print start, end }' | nth "$1") ||
		fail "there is no field $1"
	click_at 200 $((top + line))
}

scroll() { xdotool mousemove --window "$window" 8 300 click --repeat "$2" --delay 30 "$1"; sleep 0.4; }
scroll_down() { scroll 5 "${1:-40}"; }

# by_hand KEYS -- MOUSE... does the one or the other.
by_mouse() { [ "$hand" = mouse ]; }

main() { if by_mouse; then click_bottom -1; else press Return; fi; }
back() { if by_mouse; then click_bottom "${1:--2}"; else press Escape; fi; }

home() { await '^Photolink$'; }

# type_key SECRET enters both values: with the mouse each into its field, with the keys both at once, from the clipboard,
# to which they come from the field for the name.
type_key() {
	if by_mouse; then
		click_field 1
		enter_text "$key"
		click_field 2
		enter_text "$1"
	else
		press Tab Tab
		enter_text "$key $1"
		press ctrl+a ctrl+x shift+Tab shift+Tab ctrl+v
	fi
}

tour_link() {
	photolink_start
	shot first-run
	if by_mouse; then click_line -2 button 1; else press Return; fi
	titled 'Choose a service · Photolink'
	shot choose
	if by_mouse; then click_line 1 words 1; else press Tab Return; fi
	titled 'API key · Photolink'
	shot key
	type_key "$secret"
	shot key-pasted
	main
	titled 'Permission · Photolink'
	shot permission
	browser_does look
	main
	titled 'Approve in your browser · Photolink'
	shot approve-waiting
	browser_go
	browser_result >/dev/null
	sleep 1
	shot approve-reached
	browser_does approve
	if by_mouse; then click_line 2 button 1 264; else press Tab space; fi # Open again
	browser_go
	titled 'Signed in as {{.Name}} · Photolink' 60
	shot identity
	page_shot browser-linked
}

tour_hand_over() {
	if by_mouse; then click_bottom -2; else press shift+Tab shift+Tab space; fi
	titled 'Hand over · Photolink'
	shot hand-over
	if by_mouse; then click_line 1 words 1; else press Tab Return; fi
	await '^gallery-dl · Photolink'
	shot hand-over-preview
	if by_mouse; then main; else press Escape && titled 'Hand over · Photolink' && press Tab Return && await '^gallery-dl · Photolink' && press shift+Tab space; fi
	titled 'Handed over to {{.Tool}} · Photolink'
	shot handed-over
	main
	await '^Ada Practice · Photolink'
	shot account
}

tour_accounts() {
	back -3
	home
	shot home
	if by_mouse; then click_link; else press ctrl+n; fi
	titled 'Choose a service · Photolink'
	if by_mouse; then scroll_down && click_line -1 words 1; else press Tab Tab Tab Tab Tab Tab Return; fi
	titled 'Permission · Photolink'
	shot permission-practice
	browser_does approve
	main
	titled 'Approve in your browser · Photolink'
	browser_go
	titled 'Signed in as {{.Name}} · Photolink' 60
	browser_result >/dev/null
	main
	home
	shot home-two-accounts
	if by_mouse; then click_bottom -1; else press ctrl+r; fi
	sleep 2
	home
	shot checked
}

# The ways that end in words.
tour_trouble() {
	if by_mouse; then click_link; else press ctrl+n; fi
	titled 'Choose a service · Photolink'
	shot choose-key-stored
	if by_mouse; then click_line 1 words 1; else press Tab Return; fi
	titled 'Permission · Photolink'
	if by_mouse; then click_bottom 1; else press shift+Tab shift+Tab shift+Tab space; fi
	titled 'API key · Photolink'
	shot key-stored
	if by_mouse; then back; else press Escape; fi
	titled 'Choose a service · Photolink'
	if by_mouse; then click_line 2 words 1; else press Tab Tab Return; fi
	titled 'API key · Photolink'
	type_key ffffffffffffffff
	main
	titled 'Permission · Photolink'
	main
	titled 'The API secret does not fit the key · Photolink'
	shot wrong-secret
	if by_mouse; then click_bottom -2; else press Escape; fi
	home
	# “No, thanks”, of which Tumblr tells.
	if by_mouse; then click_link; else press ctrl+n; fi
	titled 'Choose a service · Photolink'
	if by_mouse; then click_line 3 words 1; else press Tab Tab Tab Return; fi
	titled 'API key · Photolink'
	type_key "$secret"
	main
	titled 'Permission · Photolink'
	shot permission-tumblr
	browser_does deny
	main
	titled 'Approve in your browser · Photolink'
	browser_go
	titled 'You chose not to link · Photolink'
	shot declined
	page_shot browser-not-linked
	if by_mouse; then click_bottom -2; else press Escape; fi
	home
	# Flickr tells nobody.
	if by_mouse; then click_link; else press ctrl+n; fi
	titled 'Choose a service · Photolink'
	if by_mouse; then click_line 1 words 1; else press Tab Return; fi
	titled 'Permission · Photolink'
	browser_does deny
	main
	titled 'Approve in your browser · Photolink'
	browser_go
	browser_result >/dev/null
	sleep 1
	if by_mouse; then click_line -1 words 1 264; else press Tab Tab Tab Tab Tab space; fi
	titled 'You chose not to link · Photolink'
	# On a phone.
	browser_does look
	main
	titled 'Approve in your browser · Photolink'
	if by_mouse; then click_line -1 button -1 264; else press Tab Tab Tab Tab space; fi
	sleep 2
	shot phone
	if by_mouse; then click_bottom -1; else press Escape; fi
	home
}

# What the menu leads to.
tour_menu() {
	if by_mouse; then click_menu 1; else press alt; fi
	shot menu
	press Escape Escape
	if by_mouse; then click_menu 3 && click_at "$((width / 4))" 88; else press ctrl+2; fi
	titled 'API keys · Photolink'
	shot keys
	if by_mouse; then click_line -1 words 1; else press Tab Return; fi
	titled 'API key · Photolink'
	shot key-page
	if by_mouse; then back; else press Escape; fi
	titled 'API keys · Photolink'
	if by_mouse; then click_menu 1 && click_at 60 72; else press ctrl+o; fi
	titled 'Take over · Photolink'
	main
	sleep 2
	titled 'Take over · Photolink'
	shot take-over
	if by_mouse; then click_bottom -3; else press Escape; fi
	home
	if by_mouse; then click_menu 4 && click_at "$((width / 3))" 45; else press ctrl+shift+a; fi # the last menu, its first line
	titled 'About Photolink'
	shot about
	main
	sleep 3
	titled 'About Photolink'
	shot report
	if by_mouse; then click_bottom 1; else press shift+Tab shift+Tab shift+Tab space; fi
	titled 'Licences · Photolink'
	shot licences
	press Escape
	titled 'About Photolink'
	press Escape
	home
}

tour_unlink() {
	if by_mouse; then click_line -1 words 1; else press Tab Tab Tab Tab Return; fi
	await '^Ada Practice · Photolink'
	if by_mouse; then click_bottom 1; else press ctrl+u; fi
	titled 'Unlink · Photolink'
	shot unlink-practice
	back
	await '^Ada Practice · Photolink'
	back -3
	home
	if by_mouse; then click_line 1 words 1; else press Tab Tab Tab Return; fi
	await '^Ada Practice · Photolink'
	shot account-handed
	if by_mouse; then click_bottom 1; else press ctrl+u; fi
	titled 'Unlink · Photolink'
	shot unlink
	if by_mouse; then click_bottom -1; else press shift+Tab space; fi
	titled 'Unlinked · Photolink'
	shot unlinked
	main # asks Flickr whether the access is gone
	sleep 2
	titled 'Unlinked · Photolink'
	shot unlinked-works
	if by_mouse; then click_line 1 button 1 19; else press Tab space; fi # Undo
	sleep 1
	await '^Ada Practice · Photolink' 20
	shot undone
}

# settle SETTING CHOICE changes one of the first settings, counted from 1: CHOICE is how many lines further down in its list
# the other choice is. With it, the window goes home.
settle() {
	if by_mouse; then click_settings; else press ctrl+comma; fi
	titled 'Settings · Photolink'
	if by_mouse; then
		local at first=33 each=39 # from the middle of the box to that of the first line, and on
		at=$((90 + $(things y 27 90 3 390 2 '#FFFFFF' | nth $(($1 + 1))))) # the first thing is the edge of the card
		click_at 200 "$at"
		[ "$1" != 1 ] || shot settings-languages
		click_at 100 $((at + first + each * $2))
		main
	else
		times $(($1 - 1)) Tab
		[ "$1" != 1 ] || { press space && shot settings-languages && press Escape; }
		times "$2" Right
		press Return
	fi
	[ "$1" != 1 ] || tongue=$(sed -n "$2p" <<<$'de\nen\nes\nfr\nit\nja\npt-BR')
	home
}

tour_settings() {
	press Escape
	home
	if by_mouse; then click_settings; else press ctrl+comma; fi
	titled 'Settings · Photolink'
	shot settings
	scroll_down 40
	shot settings-further
	scroll_down 200
	shot settings-end
	press Escape
	home
	settle 2 3
	shot home-high-contrast
	settle 1 "$([ "$tongue" = en ] && echo 1 || echo 2)"
	shot home-other-language
	settle 3 3
	shot home-large-text
}

# walk NAME takes the screens that have the most to show.
walk() {
	shot "$1-home"
	press Tab Tab Tab Return
	await '^Ada Practice · Photolink'
	shot "$1-account"
	press ctrl+e
	titled 'Hand over · Photolink'
	shot "$1-hand-over"
	press Tab Return
	await '^gallery-dl · Photolink'
	shot "$1-hand-over-preview"
	press Escape Escape Escape
	home
	press ctrl+n
	titled 'Choose a service · Photolink'
	shot "$1-choose"
	press Tab Return
	titled 'API key · Photolink'
	shot "$1-key"
	press Escape Escape
	home
	browser_does look
	press ctrl+n
	titled 'Choose a service · Photolink'
	press Tab Tab Tab Tab Tab Tab Return
	titled 'Permission · Photolink'
	shot "$1-permission"
	press Return
	titled 'Approve in your browser · Photolink'
	sleep 1
	shot "$1-approve"
	press Escape
	home
	press ctrl+comma
	titled 'Settings · Photolink'
	shot "$1-settings"
	press Escape
	home
}

tour_looks() {
	photolink_start
	press Tab Tab Tab space
	titled 'Permission · Photolink'
	browser_does approve
	press Return
	titled 'Approve in your browser · Photolink'
	browser_go
	titled 'Signed in as {{.Name}} · Photolink' 60
	press Return
	home
	xdotool windowsize "$window" 480 360
	sleep 1
	walk small
	xdotool windowsize "$window" 760 540
	sleep 1
	settle 2 2
	walk dark
	settle 2 1
	walk contrast
	settle 1 6
	walk japanese
	settle 3 3
	walk large
}

case $hand in
looks) steps=(looks) ;;
*) steps=(link hand_over accounts trouble menu unlink settings) ;;
esac
for step in "${steps[@]}"; do "tour_$step"; done
photolink_stop
