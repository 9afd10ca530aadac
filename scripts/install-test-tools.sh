#!/usr/bin/env bash
# Installs what `make test` needs and the machine lacks: SIPp, from the Debian package sip-tester.
# Does nothing when it is there.
set -eu

recordings=/usr/share/sip-tester/dtmf_2833_1.pcap

if ! command -v sipp >/dev/null || [ ! -e "$recordings" ]; then
    if ! command -v apt-get >/dev/null; then
        echo "The SIP tests need SIPp 3.6 or later, built with PCAP, and its recordings in" >&2
        echo "$(dirname "$recordings"). Install them, then run this again." >&2
        exit 1
    fi
    as_root=
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "The SIP tests need the Debian package sip-tester. As root, run:" >&2
            echo "  apt-get update && apt-get install -y sip-tester" >&2
            exit 1
        fi
        as_root=sudo
    fi
    echo "Installing the Debian package sip-tester (SIPp)."
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -qq
    $as_root apt-get install -qq -y --no-install-recommends sip-tester >/dev/null
fi

# SIPp plays recordings from a raw socket, which only root may open unless the file says so.
sipp=$(command -v sipp)
if [ "$(id -u)" != 0 ] && ! getcap "$sipp" 2>/dev/null | grep -q cap_net_raw; then
    echo "SIPp plays recorded sound from a raw socket. Allowing it to: setcap cap_net_raw+ep $sipp"
    if ! sudo setcap cap_net_raw+ep "$sipp"; then
        echo "As root, run: setcap cap_net_raw+ep $sipp" >&2
        exit 1
    fi
fi
