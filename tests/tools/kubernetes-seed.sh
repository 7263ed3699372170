#!/bin/sh
# Seeds the Kubernetes that tests/tools/kubernetes-up.sh started in DIR: a node, and in the namespace `payments` the
# Deployments api (two replicas, with a Service), ledger, mailer and worker (none). The pods are bound by the real
# scheduler; one pod of api is then told to be running and ready, as there is no kubelet that would say so.
set -eu

[ $# = 1 ] || { echo "usage: kubernetes-seed.sh DIR" >&2; exit 2; }
bin=$(sh "$(dirname "$0")/kubernetes.sh" find)
dir=$1
ask() { "$bin/kubectl" --kubeconfig "$dir/kubeconfig" --namespace payments "$@"; }

# A node may be created with its status, and never changes it: nothing here watches its heartbeat.
ask create -f - <<'NODE'
apiVersion: v1
kind: Node
metadata:
  name: node-1
  labels:
    kubernetes.io/arch: amd64
    kubernetes.io/hostname: node-1
    kubernetes.io/os: linux
    node.kubernetes.io/instance-type: m5.large
    topology.kubernetes.io/region: eu-central-1
    topology.kubernetes.io/zone: eu-central-1a
status:
  capacity: { cpu: "64", memory: 256Gi, pods: "2000" }
  allocatable: { cpu: "64", memory: 256Gi, pods: "2000" }
  conditions:
  - { type: Ready, status: "True", reason: KubeletReady, message: kubelet is posting ready status }
NODE
ask create namespace payments
ask create deployment api --image=registry.example/api:1.4.2 --replicas=2 --port=8080
ask expose deployment api --port=80 --target-port=8080
ask create deployment ledger --image=registry.example/ledger:2.0.0
ask create deployment mailer --image=registry.example/mailer:0.9.1
ask create deployment worker --image=registry.example/worker:3.1.0 --replicas=0

# await WHAT TEMPLATE WORDS: what of the namespace, as the template prints it, has so many words.
await() {
    tries=0
    until [ "$(ask get "$1" -o "jsonpath=$2" | wc -w)" = "$3" ]; do
        tries=$((tries + 1))
        [ $tries -lt 150 ] || { echo "$1 did not come to be as they should within half a minute" >&2; exit 1; }
        sleep 0.2
    done
}
await pods '{range .items[*]}{.spec.nodeName} {end}' 4

pod=$(ask get pods -l app=api -o 'jsonpath={.items[0].metadata.name}')
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
admin=$(sed -n 's/,admin,.*//p' "$dir/tokens.csv")
server=$(ask config view -o 'jsonpath={.clusters[0].cluster.server}')
# kubectl 1.20 cannot patch a status.
curl --silent --show-error --fail --output /dev/null --cacert "$dir/certificates/apiserver.crt" \
    --header "Authorization: Bearer $admin" --header 'Content-Type: application/strategic-merge-patch+json' --request PATCH \
    "$server/api/v1/namespaces/payments/pods/$pod/status" --data '{"status": {
        "phase": "Running", "podIP": "10.1.0.1", "podIPs": [{"ip": "10.1.0.1"}], "hostIP": "192.0.2.1", "startTime": "'"$now"'",
        "conditions": [
            {"type": "Initialized", "status": "True", "lastTransitionTime": "'"$now"'"},
            {"type": "Ready", "status": "True", "lastTransitionTime": "'"$now"'"},
            {"type": "ContainersReady", "status": "True", "lastTransitionTime": "'"$now"'"}],
        "containerStatuses": [{
            "name": "api", "ready": true, "started": true, "restartCount": 1,
            "image": "registry.example/api:1.4.2",
            "imageID": "registry.example/api@sha256:2f1c7b1f7a5d4f7d8f0f1b3d0a9f6c5e4d3b2a190817263544536271809fabcd",
            "containerID": "containerd://5f0e4d3c2b1a09f8e7d6c5b4a392817065f4e3d2c1b0a9f8e7d6c5b4a3928170",
            "state": {"running": {"startedAt": "'"$now"'"}}}]}}'
await deployment/api '{.status.readyReplicas}' 1
