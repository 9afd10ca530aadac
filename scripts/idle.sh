#!/bin/sh
# Measures the CPU time of a switch without calls. Serves the sample book on loopback for SECONDS
# (default: 60) and prints user and system time as a share of one core, and the context switches of
# each thread.
#
#   scripts/idle.sh [PROGRAM] [SECONDS]
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
program=$(realpath "${1:-$root/target/debug/strowger}")
seconds=${2:-60}
home=$(mktemp -d)
trap 'kill "$node" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$home"' EXIT
node=0

cat > "$home/strowger.toml" <<TOML
[sip]
listen = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]
[media]
address = "127.0.0.1"
ports = "21000-21999"
[http]
listen = "127.0.0.1:0"
[database]
url = "sqlite:strowger.db"
[flows]
directory = "$root/ivr-flows"
TOML

cd "$home"
"$program" -c strowger.toml book apply "$root/deploy/book.toml" > applied 2>&1 || {
    cat applied
    exit 1
}
mkfifo log
"$program" -c strowger.toml serve 2> log &
node=$!
exec 3< log
# Waits for the line `ready`, and prints the lines before it.
while read -r line <&3; do
    case $line in
        *" ready "*) break ;;
        *) echo "$line" ;;
    esac
done

# utime and stime are fields 14 and 15, in ticks; the process name before them has no space.
ticks() { cut -d ' ' -f 14,15 "/proc/$node/stat" | tr ' ' '+'; }
switches() {
    for task in "/proc/$node/task"/*; do
        printf '%s %s\n' "$(cat "$task/comm")" \
            "$(awk '/ctxt_switches/ { sum += $2 } END { print sum }' "$task/status")"
    done | awk '{ sum[$1] += $2 } END { for (name in sum) print name, sum[name] }' | sort
}

before=$(ticks)
switches > before
sleep "$seconds"
after=$(ticks)
switches > after
used=$((($after) - ($before)))
hertz=$(getconf CLK_TCK)
awk -v used="$used" -v hertz="$hertz" -v seconds="$seconds" 'BEGIN {
    printf "%d ms in %d s: %.3f %% of a core\n", used * 1000 / hertz, seconds,
        100 * used / hertz / seconds
}'
join before after | awk -v seconds="$seconds" '{
    printf "%-18s %7.1f wake-ups a second\n", $1, ($3 - $2) / seconds
}'
