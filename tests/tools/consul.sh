#!/bin/sh
# Fetches the Consul that tests/it/consul.rs starts, into target/tools/consul: the newest that Debian packages, which is
# of the suite bullseye, unpacked and not installed. Where packages come from is what this machine is configured for.
# Does nothing if it is there; where it cannot be had it says so, and the tests are skipped.
set -eu
cd "$(dirname "$0")/../.."
target=$PWD/target/tools/consul
[ -x "$target/consul" ] && exit 0
refuse() {
    echo "not installed: consul ($1); the tests that need it are skipped" >&2
    exit 0
}
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || refuse "it is taken from a Debian package, and this is no Debian"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial"
# The sources of this machine, but for those of security updates, which have other suites.
for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] && awk 'BEGIN { RS = ""; ORS = "\n\n" } !/[Ss]ecurity/' "$file" |
        sed 's/^Suites:.*/Suites: bullseye/; s/^Components:.*/Components: main/; s/^Types:.*/Types: deb/' >"$work/sources/$(basename "$file")"
done
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -f "$file" ] && sed -n '/[Ss]ecurity/d; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/deb \1\2 bullseye main/p' "$file" |
        sort -u >"$work/sources/$(basename "$file" .list)-old.list"
done
options="-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$work/sources -o Dir::State::lists=$work/lists -o Dir::Cache=$work/cache"
# shellcheck disable=SC2086
(cd "$work" && apt-get $options -qq update && apt-get $options -qq download consul) >"$work/log" 2>&1 ||
    refuse "$(tail -n 1 "$work/log")"
dpkg-deb -x "$work"/consul_*.deb "$work/unpacked"
mkdir -p "$target"
mv "$work/unpacked/usr/bin/consul" "$target/consul.part"
mv "$target/consul.part" "$target/consul"
