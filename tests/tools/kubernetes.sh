#!/bin/sh
# Puts a real Kubernetes into a cache folder outside the repository and prints the folder: kube-apiserver,
# kube-controller-manager, kube-scheduler and kubectl, built from Debian's source package, and Debian's etcd and etcdctl.
# If they are there it ends at once. Otherwise it takes about eight minutes of two processors and 4 GB of disk, of which the
# binaries stay (316 MB); nothing is installed but, by root, the few tools named below if they are missing.
#
# tests/tools/kubernetes-up.sh starts what this builds. Ends with 1, and says why, if it cannot be built.
#
#   kubernetes.sh         finds or builds
#   kubernetes.sh find    ends with 1 rather than build
#   SPOT_KUBERNETES       the cache folder; by default spot/kubernetes in the user's cache
set -eu

cache=${SPOT_KUBERNETES:-${XDG_CACHE_HOME:-$HOME/.cache}/spot/kubernetes}
built="kube-apiserver kube-controller-manager kube-scheduler kubectl"

complete() {
    for binary in $built etcd etcdctl; do
        [ -x "$cache/bin/$binary" ] || return 1
    done
}

missing() {
    echo "not built: Kubernetes ($1); the tests that need it are skipped" >&2
    exit 1
}

if complete; then
    echo "$cache/bin"
    exit 0
fi
[ "${1:-}" != find ] || missing "it is not in $cache/bin; tests/tools/kubernetes.sh builds it"

# What is needed: apt with Debian's own sources, and four tools that root can install.
command -v apt-get >/dev/null || missing "it needs apt-get, that is Debian"
wanted=""
command -v dpkg-source >/dev/null || wanted="$wanted dpkg-dev"
for tool in bash make rsync; do
    command -v $tool >/dev/null || wanted="$wanted $tool"
done
if [ -n "$wanted" ]; then
    [ "$(id -u)" = 0 ] || missing "it needs$wanted, and only root can install that"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $wanted; } >&2 ||
        missing "it needs$wanted, and apt-get could not install that"
fi

# Everything happens next to the cache, on the same disk, so that the binaries can appear by a rename; all else is removed.
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
build=$(mktemp -d "$cache/build.XXXXXX")
# Go marks what it keeps as read only.
trap 'chmod -R u+w "$build"; rm -rf "$build"' EXIT
trap 'exit 1' HUP INT TERM
cd "$build"

# Apt with lists and downloads of its own, so that the machine's stay as they are. The sources are the machine's own, with
# those of source packages added.
mkdir -p sources lists/partial archives/partial
if [ -f /etc/apt/sources.list.d/debian.sources ]; then
    sed 's/^Types:.*/Types: deb deb-src/' /etc/apt/sources.list.d/debian.sources >sources/debian.sources
elif [ -f /etc/apt/sources.list ]; then
    sed -n 's/^deb \(.*\)/deb \1\ndeb-src \1/p' /etc/apt/sources.list >sources/debian.list
else
    missing "it found no sources of Debian in /etc/apt"
fi
apt="-qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$build/sources -o Dir::State::lists=$build/lists
    -o Dir::Cache=$build -o APT::Sandbox::User= -o Debug::NoLocking=1"
echo "building Kubernetes into $cache/bin; this takes some minutes" >&2
apt-get $apt update >&2 || missing "apt-get could not read the lists"
go=$(apt-cache $apt depends golang-go | sed -n 's/.*Depends: \(golang-[0-9.]*\)-go$/\1/p')
{
    apt-get $apt source --download-only kubernetes &&
        apt-get $apt download "$go-go" "$go-src" golang-github-modern-go-reflect2-dev etcd-server etcd-client
} >&2 || missing "apt-get could not download the packages"

# Go and etcd need no installing: they run from where they are unpacked.
for package in *.deb; do
    dpkg -x "$package" root
done
dpkg-source --no-check -x kubernetes_*.dsc kubernetes >&2

# The tree carries reflect2 1.0.1, with which Go 1.18 and later make an API server that crashes after about a minute, in the
# iteration over a map. Debian's own 1.0.2 does not.
reflect=kubernetes/vendor/github.com/modern-go/reflect2
[ -d $reflect ] || missing "the source package has no vendor folder; Debian 12 is known to work"
rm -r $reflect
mkdir $reflect
cp root/usr/share/gocode/src/github.com/modern-go/reflect2/*.go root/usr/share/gocode/src/github.com/modern-go/reflect2/*.s $reflect
rm -f $reflect/*_test.go

# The build wants to stand in a GOPATH.
mkdir -p kubernetes/.go/src/k8s.io
ln -s ../../.. kubernetes/.go/src/k8s.io/kubernetes
what=""
for binary in $built; do
    what="$what cmd/$binary"
done
(
    export GOPATH="$build/kubernetes/.go" GOCACHE="$build/go-cache" GOFLAGS="" CGO_ENABLED=0
    export PATH="$build/root/usr/lib/$(echo "$go" | sed 's/golang-/go-/')/bin:$PATH"
    unset GOROOT
    cd kubernetes/.go/src/k8s.io/kubernetes
    make WHAT="$what"
) >&2 || missing "the build failed"

mkdir bin
for binary in $built; do
    cp "kubernetes/_output/bin/$binary" bin/
done
cp root/usr/bin/etcd root/usr/bin/etcdctl bin/

# Another build may have been faster.
if ! complete; then
    rm -rf "$cache/bin"
    mv bin "$cache/bin"
fi
echo "$cache/bin"
