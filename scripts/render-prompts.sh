#!/bin/sh
# Renders a sound for each sentence of the flows and the example book that has none, as 8 kHz mono
# mu-law WAV.
#
#   scripts/render-prompts.sh [DIRECTORY]      (default: ivr-flows; sounds go to DIRECTORY/sounds)
#
# Needs flite (English), espeak-ng (all other languages), and sox:
#   apt-get install flite espeak-ng sox
# Existing sounds are left alone: record a better one under the same name, and it stays.
set -eu

cd "$(dirname "$0")/.."
directory=${1:-ivr-flows}
sounds=$directory/sounds
for program in flite espeak-ng sox; do
    command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 1; }
done
mkdir -p "$sounds"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

speak() { # LANGUAGE TEXT-FILE WAV
    case $1 in
        en | en-*) flite -voice slt -f "$2" -o "$3" ;;
        es-US | es-MX | es-419) espeak-ng -v es-419 -s 150 -f "$2" -w "$3" ;;
        *) espeak-ng -v "$1" -s 150 -f "$2" -w "$3" ;;
    esac
}

cargo run --quiet --example flow_sounds -- "$directory"/*.xml deploy/book.toml >"$work/list"
tab=$(printf '\t')
while IFS=$tab read -r name language text; do
    [ -e "$sounds/$name" ] && continue
    echo "$sounds/$name: $text"
    printf '%s\n' "$text" >"$work/text"
    speak "$language" "$work/text" "$work/speech.wav" </dev/null
    # Trims silence at both ends, pads a little, normalizes the level, converts to 8 kHz mu-law.
    sox -R "$work/speech.wav" -r 8000 -c 1 -e mu-law -b 8 "$work/out.wav" \
        silence 1 0.02 0.5% reverse silence 1 0.02 0.5% reverse pad 0.05 0.1 norm -3 </dev/null
    mv "$work/out.wav" "$sounds/$name"
done <"$work/list"

# The only sound that is not speech: two notes together.
chime=$sounds/chime.wav
[ -e "$chime" ] || sox -R -n -r 8000 -c 1 -e mu-law -b 8 "$chime" \
    synth 0.9 sine 660 sine mix 880 fade 0.01 0.9 0.8 norm -9
