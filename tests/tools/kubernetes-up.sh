#!/bin/sh
# Starts a real Kubernetes in DIR, on loopback alone: etcd, kube-apiserver with RBAC, kube-controller-manager and
# kube-scheduler, out of what tests/tools/kubernetes.sh built. Waits until they answer, prints the path of the kubeconfig
# and leaves them running. DIR must not exist yet or be empty. There is no kubelet: tests/tools/kubernetes-seed.sh shows how
# pods come to run all the same.
#
#   kubernetes-up.sh DIR [PORT]     PORT and the two after it are used: API server, etcd, etcd's peers;
#                                   by default three that are free
#
#   DIR/kubeconfig   contexts `admin` (may do everything; the current one) and `reader` (user `reader` of the group
#                    `readers`, who may do nothing until a role is bound to one of them)
#   DIR/etcd         the address of etcd: `etcdctl --endpoints "$(cat DIR/etcd)" compact REVISION` lets old lists expire
#   DIR/pids         a process id a line. `kill $(cat DIR/pids)` ends all four within seconds, `kill -9` at once
#   DIR/*.log        what each of them says
#   and certificates, tokens and data, all of which may be removed with DIR when the processes have ended
set -eu
umask 077

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: kubernetes-up.sh DIR [PORT]" >&2
    exit 2
fi
bin=$(sh "$(dirname "$0")/kubernetes.sh" find) || exit 1
mkdir -p "$1"
dir=$(cd "$1" && pwd)
if [ -n "$(ls -A "$dir")" ]; then
    echo "$dir is not empty" >&2
    exit 2
fi

# Three ports in a row that no socket of this machine has now. Where to look first depends on the process id, so that
# those who start at the same time do not look at the same ones; all are below those that clients are given.
free() {
    awk -v first="$1" '
        function number(hex,   i, n) { for (i = 1; i <= length(hex); i++) n = n * 16 + index("123456789ABCDEF", substr(hex, i, 1)); return n }
        FNR > 1 { split($2, local, ":"); used[number(local[2])] = 1 }
        END { exit used[first] || used[first + 1] || used[first + 2] }
    ' $(ls /proc/net/tcp /proc/net/tcp6 2>/dev/null)
}
if [ $# = 2 ]; then
    port=$2
    free "$port" || { echo "port $port or one of the two after it is taken" >&2; exit 1; }
else
    port=$((20001 + $$ % 4000 * 3))
    until free "$port"; do
        port=$((port + 3))
    done
fi

# Each process ends with this script if the script fails, and with what reads DIR/pids if not.
: >"$dir/pids"
fail() {
    echo "Kubernetes did not start: $1" >&2
    tail -n 5 "$dir"/*.log >&2
    exit 1
}
trap '[ $? = 0 ] || kill -9 $(cat "$dir/pids") 2>/dev/null || true' EXIT
trap 'exit 1' HUP INT TERM
start() {
    program=$1
    shift
    "$bin/$program" "$@" </dev/null >"$dir/$program.log" 2>&1 &
    echo $! >>"$dir/pids"
}
alive() {
    for pid in $(cat "$dir/pids"); do
        kill -0 "$pid" 2>/dev/null || fail "a process ended before $1"
    done
}
# Waits up to a minute for what is asked to succeed, and no longer than all processes live.
await() {
    what=$1
    shift
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || fail "$what took more than a minute"
        alive "$what"
        sleep 0.2
    done
}

openssl genrsa -out "$dir/accounts.key" 2048 2>/dev/null
admin=$(openssl rand -hex 16)
reader=$(openssl rand -hex 16)
# Controllers have a user of their own, so that what they write does not look like the tests' own.
controllers=$(openssl rand -hex 16)
printf '%s,%s,%s,"%s"\n' "$admin" admin admin system:masters "$reader" reader reader readers \
    "$controllers" controllers controllers system:masters >"$dir/tokens.csv"

etcd=http://127.0.0.1:$((port + 1))
peers=http://127.0.0.1:$((port + 2))
echo "$etcd" >"$dir/etcd"
start etcd --data-dir "$dir/data" --listen-client-urls "$etcd" --advertise-client-urls "$etcd" \
    --listen-peer-urls "$peers" --initial-advertise-peer-urls "$peers" --initial-cluster "default=$peers"
await "etcd's answer" "$bin/etcdctl" --endpoints "$etcd" endpoint health
# What the API server finds is not the first version, so that version 1 is too old to watch from, as it is in every cluster
# that has run for a while. Compaction alone does not do that: watches are answered out of the server's own memory.
for _ in 1 2; do
    "$bin/etcdctl" --endpoints "$etcd" put /before "the API server" >/dev/null
done

# Without the admission of service accounts, pods need no token; without that of taints, a node that a test creates takes pods
# at once. The server issues its own certificate. It compacts etcd's history after five minutes, as it does everywhere.
start kube-apiserver --etcd-servers="$etcd" --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port="$port" \
    --cert-dir="$dir/certificates" --service-cluster-ip-range=10.0.0.0/24 --endpoint-reconciler-type=none \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$dir/accounts.key" \
    --service-account-signing-key-file="$dir/accounts.key" --token-auth-file="$dir/tokens.csv" --authorization-mode=RBAC \
    --disable-admission-plugins=ServiceAccount,TaintNodesByCondition
await "the API server's certificate" test -s "$dir/certificates/apiserver.crt"

# kubeconfig CONTEXT=TOKEN...: the first is the current one.
kubeconfig() {
    echo "apiVersion: v1"
    echo "kind: Config"
    echo "current-context: ${1%%=*}"
    echo "clusters:"
    echo "- name: loopback"
    echo "  cluster:"
    echo "    server: https://127.0.0.1:$port"
    echo "    certificate-authority-data: $(base64 <"$dir/certificates/apiserver.crt" | tr -d '\n')"
    echo "users:"
    for context in "$@"; do
        echo "- name: ${context%%=*}"
        echo "  user: { token: ${context#*=} }"
    done
    echo "contexts:"
    for context in "$@"; do
        echo "- name: ${context%%=*}"
        echo "  context: { cluster: loopback, user: ${context%%=*} }"
    done
}
kubeconfig admin="$admin" reader="$reader" >"$dir/kubeconfig"
kubeconfig controllers="$controllers" >"$dir/controllers.kubeconfig"
ask() { "$bin/kubectl" --kubeconfig "$dir/kubeconfig" "$@"; }
await "the API server's readiness" ask get --raw /readyz

# At their default limits they need minutes for a thousand Deployments. Ports 0: they serve nothing.
start kube-controller-manager --kubeconfig="$dir/controllers.kubeconfig" --leader-elect=false --port=0 --secure-port=0 \
    --service-account-private-key-file="$dir/accounts.key" --kube-api-qps=500 --kube-api-burst=1000 \
    --controllers=deployment,replicaset,statefulset,daemonset,job,cronjob,namespace,serviceaccount,endpoint,garbagecollector,clusterrole-aggregation
start kube-scheduler --kubeconfig="$dir/controllers.kubeconfig" --leader-elect=false --port=0 --secure-port=0 \
    --kube-api-qps=500 --kube-api-burst=1000
# The role `view` has no rules until a controller filled it in, and a namespace takes its account from one.
filled() { [ -n "$(ask get clusterrole view -o 'jsonpath={.rules}')" ]; }
await "the controllers' work on roles" filled
await "the controllers' work on namespaces" ask -n default get serviceaccount default
alive "the end of the start"

echo "$dir/kubeconfig"
