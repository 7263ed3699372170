#!/bin/sh
# Installs the registries that tests/it/registries.rs starts, into target/tools/registries. Does nothing if they are
# there; without the network it says so, and the tests are skipped.
set -eu
cd "$(dirname "$0")/../.."
target=target/tools/registries
source=tests/registries
stamp=$(cat "$source/package-lock.json" "$source/requirements.txt" | cksum)
[ "$(cat "$target/stamp" 2>/dev/null || true)" = "$stamp" ] && exit 0
if ! command -v npm >/dev/null || ! command -v python3 >/dev/null; then
    echo "not installed: verdaccio, pypiserver (they need npm and python3); the tests that need them are skipped" >&2
    exit 0
fi
mkdir -p "$target"
cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" "$target/"
if (cd "$target" && npm ci --no-progress --silent) &&
    python3 -m venv "$target/python" && "$target/python/bin/pip" install --quiet --requirement "$source/requirements.txt"; then
    echo "$stamp" >"$target/stamp"
else
    echo "not installed: verdaccio, pypiserver; the tests that need them are skipped" >&2
fi
