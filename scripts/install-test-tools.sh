#!/usr/bin/env bash
# Installs the tools that `make test` needs: SIPp, Kamailio with TLS, baresip, linphonec, nginx, xmllint, openssl, curl, PostgreSQL,
# Redis with Sentinel, tcpdump, and Chromium with its driver, from the Debian packages sip-tester, kamailio,
# kamailio-tls-modules, baresip-core, linphone-cli (40 MB with its libraries), nginx,
# libxml2-utils, openssl, curl, postgresql, redis-server, redis-sentinel, tcpdump, chromium, chromium-driver, and
# python3-venv, and Schemathesis from PyPI into target/schemathesis. Leaves installed tools alone.
set -eu

recordings=/usr/share/sip-tester/dtmf_2833_1.pcap

packages=
command -v sipp >/dev/null && [ -e "$recordings" ] || packages="$packages sip-tester"
command -v kamailio >/dev/null || packages="$packages kamailio"
ls /usr/lib/*/kamailio/modules/tls.so >/dev/null 2>&1 || packages="$packages kamailio-tls-modules"
command -v baresip >/dev/null || packages="$packages baresip-core"
command -v linphonec >/dev/null || packages="$packages linphone-cli"
command -v sipsak >/dev/null || packages="$packages sipsak"
command -v svwar >/dev/null || packages="$packages sipvicious"
[ -x /usr/sbin/nginx ] || packages="$packages nginx"
command -v xmllint >/dev/null || packages="$packages libxml2-utils"
command -v openssl >/dev/null || packages="$packages openssl"
command -v curl >/dev/null || packages="$packages curl"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages="$packages postgresql"
command -v redis-server >/dev/null || packages="$packages redis-server"
command -v redis-sentinel >/dev/null || packages="$packages redis-sentinel"
command -v tcpdump >/dev/null || packages="$packages tcpdump"
command -v chromedriver >/dev/null || packages="$packages chromium chromium-driver"
python3 -c 'import ensurepip' 2>/dev/null || packages="$packages python3-venv"

if [ -n "$packages" ]; then
    if ! command -v apt-get >/dev/null; then
        echo "The tests need Kamailio 5.6 or later with its TLS module, baresip 1.0 or later, linphonec 5.1 or later, sipsak, SIPVicious, nginx 1.18 or later in /usr/sbin, curl, Python 3.10 or later, xmllint, openssl, PostgreSQL in /usr/lib/postgresql, Redis 7.0 or later with Sentinel, tcpdump, chromedriver with Chromium, and SIPp 3.6 or later, built with PCAP, with its" >&2
        echo "recordings in $(dirname "$recordings"). Install them, then run this again." >&2
        exit 1
    fi
    as_root=
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "The tests need Debian packages. As root, run:" >&2
            echo "  apt-get update && apt-get install -y$packages" >&2
            exit 1
        fi
        as_root=sudo
    fi
    echo "Installing Debian packages:$packages"
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    $as_root apt-get install -qq -y --no-install-recommends $packages >/dev/null
fi

# SIPp plays recordings from a raw socket. Only root may open one, unless the file has the capability.
sipp=$(command -v sipp)
if [ "$(id -u)" != 0 ] && ! getcap "$sipp" 2>/dev/null | grep -q cap_net_raw; then
    echo "SIPp plays recordings from a raw socket. Granting the capability: setcap cap_net_raw+ep $sipp"
    if ! sudo setcap cap_net_raw+ep "$sipp"; then
        echo "As root, run: setcap cap_net_raw+ep $sipp" >&2
        exit 1
    fi
fi

# It generates requests from the OpenAPI document and holds the answers against it.
schemathesis=4.32.5
venv=$(dirname "$0")/../target/schemathesis
if [ "$("$venv/bin/schemathesis" --version 2>/dev/null)" != "schemathesis, version $schemathesis" ]; then
    echo "Installing Schemathesis $schemathesis into target/schemathesis"
    if ! { python3 -m venv --clear "$venv" &&
        "$venv/bin/pip" install -q --disable-pip-version-check "schemathesis==$schemathesis"; }; then
        echo "The tests need Schemathesis $schemathesis, and it could not be installed from PyPI." >&2
        echo "See to Python 3.10 or later and a connection to PyPI, then run this again." >&2
        exit 1
    fi
fi
