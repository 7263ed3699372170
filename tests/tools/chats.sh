#!/bin/sh
# Installs the homeserver and the mail server that tests/it/reports_sent.rs starts, into target/tools/chats. Does nothing if
# they are there; without the network it says so, and the tests are skipped.
set -eu
cd "$(dirname "$0")/../.."
target=target/tools/chats
requirements=tests/chats/requirements.txt
stamp=$(cksum <"$requirements")
[ "$(cat "$target/stamp" 2>/dev/null || true)" = "$stamp" ] && exit 0
if ! command -v python3 >/dev/null; then
    echo "not installed: synapse, aiosmtpd (they need python3); the tests that need them are skipped" >&2
    exit 0
fi
mkdir -p "$target"
if python3 -m venv "$target/python" && "$target/python/bin/pip" install --quiet --requirement "$requirements"; then
    echo "$stamp" >"$target/stamp"
else
    echo "not installed: synapse, aiosmtpd; the tests that need them are skipped" >&2
fi
