#!/bin/sh
# Writes down what a real Kubernetes answers, into tests/it/kubernetes/recorded: one file a request, with the request line,
# the status and the body. DIR is where tests/tools/kubernetes-up.sh started one and tests/tools/kubernetes-seed.sh seeded
# it, both just now, as some answers depend on what happened before. Needs curl and jq.
set -eu

[ $# = 1 ] || { echo "usage: kubernetes-record.sh DIR" >&2; exit 2; }
bin=$(sh "$(dirname "$0")/kubernetes.sh" find)
recorded=$(cd "$(dirname "$0")/../it/kubernetes/recorded" && pwd)
dir=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ask() { "$bin/kubectl" --kubeconfig "$dir/kubeconfig" --namespace payments "$@"; }
server=$(ask config view -o 'jsonpath={.clusters[0].cluster.server}')
token() { sed -n "s/,$1,.*//p" "$dir/tokens.csv"; }

apps=/apis/apps/v1/namespaces/payments
core=/api/v1/namespaces/payments
reviews=/apis/authorization.k8s.io/v1/selfsubjectaccessreviews
merge=application/merge-patch+json
strategic=application/strategic-merge-patch+json
json_patch=application/json-patch+json
partial='application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

# Who asks, and what of the request is not in its line; `once` puts them back.
once() { as=admin accept="" content="" sends=""; }
once

# record NAME METHOD PATH: asks and writes. What is left out of the bodies is told in the folder's README.md.
record() {
    name=$1 method=$2 path=$3
    set -- --silent --show-error --cacert "$dir/certificates/apiserver.crt" --request "$method" --dump-header "$work/headers"
    case $as in
    nobody) ;;
    "unknown token") set -- "$@" --header "Authorization: Bearer unknown" ;;
    *) set -- "$@" --header "Authorization: Bearer $(token "$as")" ;;
    esac
    [ -z "$accept" ] || set -- "$@" --header "Accept: $accept"
    [ -z "$content" ] || set -- "$@" --header "Content-Type: $content"
    [ -z "$sends" ] || set -- "$@" --data "$sends"
    curl "$@" --output "$work/body" "$server$path"
    # One object, or one a line of a watch, or text.
    { jq --slurp . "$work/body" || jq --raw-input --slurp '[.]' "$work/body"; } >"$work/answers" 2>/dev/null
    tr -d '\r' <"$work/headers" >"$work/plain"
    jq --null-input --arg line "$method $path" --arg who "$as" --arg accept "$accept" --arg content "$content" \
        --arg sends "$sends" --rawfile headers "$work/plain" --slurpfile answers "$work/answers" '
        ($headers | split("\n")) as $lines
        | {
            request: ({ line: $line, as: $who, accept: $accept, content_type: $content, body: ($sends | fromjson? // $sends) }
                | with_entries(select(.value != ""))),
            status: ($lines[0] | split(" ")[1] | tonumber),
            headers: ([$lines[1:][] | select(test("^(content-type|retry-after|warning|www-authenticate):"; "i"))
                | capture("^(?<key>[^:]*): *(?<value>.*)$")] | from_entries)
          }
          + ($answers[0] | walk(if type == "object" then del(.managedFields) else . end)
            | if ($line | test("[?&]watch=")) and .[0].type then { lines: . } else { body: .[0] } end)
        ' >"$recorded/$name.json"
    echo "$(jq .status "$recorded/$name.json") $name" >&2
    once
}
# of NAME FILTER: something out of a recorded answer.
of() { jq --raw-output ".body | $2" "$recorded/$1.json"; }
# Waits until the Deployment's controller has seen the last change.
settled() {
    until ask get deployment "$1" -o json | jq --exit-status '.metadata.generation == .status.observedGeneration' >/dev/null; do sleep 0.2; done
}

rm -f "$recorded"/*.json
record version GET /version
record readyz GET "/readyz"

# Lists.
record list-page-1 GET "$apps/deployments?limit=2"
next=$(of list-page-1 .metadata.continue)
record list-page-2 GET "$apps/deployments?limit=2&continue=$next"
accept=$partial
record list-metadata GET "$apps/deployments?limit=500"
accept=$partial
record list-limit-without-effect GET "$apps/deployments?limit=2&resourceVersion=0"
record list-pods GET "$core/pods?labelSelector=app%3Dapi"
record list-selected GET "$core/pods?labelSelector=app%3Dapi&limit=1"
record list-nodes GET "/api/v1/nodes"
accept=$partial
record list-all-namespaces GET "/apis/apps/v1/replicasets?limit=2"
record list-empty GET "/apis/apps/v1/namespaces/unknown/deployments?limit=2"
record list-continue-malformed GET "$apps/deployments?limit=2&continue=unknown"
record list-field-selector-unknown GET "$apps/deployments?fieldSelector=spec.paused%3Dtrue"
record list-version-of-the-future GET "$apps/deployments?resourceVersion=99999999"
record get GET "$apps/deployments/api"

# A page of a list whose revision etcd compacted: the body has a new token, which goes on where the old one stood.
record list-before-expiry GET "$apps/deployments?limit=2"
next=$(of list-before-expiry .metadata.continue)
first=$(of list-before-expiry .metadata.resourceVersion)
rm "$recorded/list-before-expiry.json"
ask annotate deployment api example/round=1 >&2
revision=$(ask get deployment api -o 'jsonpath={.metadata.resourceVersion}')
"$bin/etcdctl" --endpoints "$(cat "$dir/etcd")" compact "$revision" >&2
record list-expired GET "$apps/deployments?limit=2&continue=$next"
fresh=$(of list-expired .metadata.continue)
record list-after-expiry GET "$apps/deployments?limit=2&continue=$fresh"
record list-exact-expired GET "$apps/deployments?limit=2&resourceVersion=$first&resourceVersionMatch=Exact"

# Who may not.
as=nobody
record forbidden-anonymous GET "$apps/deployments?limit=2"
as="unknown token"
record unauthorized GET "$apps/deployments?limit=2"
as=reader
record forbidden-list GET "$apps/deployments?limit=2"
as=reader
record forbidden-list-all-namespaces GET "/apis/apps/v1/deployments?limit=2"
as=reader
record forbidden-watch GET "$apps/deployments?watch=true&allowWatchBookmarks=true"
as=reader content=$merge sends='{"spec":{"replicas":3}}'
record forbidden-scale PATCH "$apps/deployments/api/scale"
review='{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"group":"apps","namespace":"payments","resource":"deployments","subresource":"scale","verb":"patch"}}}'
content=application/json sends=$review
record access-review-allowed POST $reviews
as=reader content=application/json sends=$review
record access-review-denied POST $reviews
# The same after a role was bound: the rules of `view` in the one namespace.
ask create rolebinding readers --clusterrole=view --group=readers >&2
until [ "$(ask --context reader auth can-i list deployments)" = yes ]; do sleep 0.2; done
as=reader accept=$partial
record allowed-list GET "$apps/deployments?limit=1"
as=reader content=application/json sends=$(echo "$review" | jq --compact-output '.spec.resourceAttributes |= (.verb = "list" | del(.subresource))')
record access-review-allowed-by-role POST $reviews

# What is not there.
record not-found GET "$apps/deployments/unknown"
record not-found-resource GET "$apps/unknown"
record not-found-path GET "/apis/unknown.example/v1/unknown"
content=$merge sends='{"spec":{"replicas":1}}'
record not-found-patch PATCH "$apps/deployments/unknown"
record method-not-allowed PUT "$apps/deployments"

# Scale.
record scale-get GET "$apps/deployments/api/scale"
content=$merge sends='{"spec":{"replicas":3}}'
record scale-dry-run PATCH "$apps/deployments/api/scale?dryRun=All&fieldManager=spot"
content=$merge sends='{"spec":{"replicas":-1}}'
record scale-invalid PATCH "$apps/deployments/api/scale"
content=$merge sends='{"spec":{"replicas":"three"}}'
record scale-not-a-number PATCH "$apps/deployments/api/scale"
content=$merge sends='{"spec":{"replicas":3}}'
record scale PATCH "$apps/deployments/api/scale?fieldManager=spot"
content=$merge sends='{"spec":{"replicas":3}}'
record scale-unchanged PATCH "$apps/deployments/api/scale?fieldManager=spot"
content=$merge sends='{"metadata":{"resourceVersion":"'$first'"},"spec":{"replicas":2}}'
record scale-conflict PATCH "$apps/deployments/api/scale"
content=$merge sends='{"spec":{"replicas":1}}'
record scale-daemon-set PATCH "$apps/daemonsets/unknown/scale"

# Restart, as kubectl sends it: an annotation of the template.
restart='{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"2026-01-05T09:00:00Z"}}}}}'
content=$strategic sends=$restart
record restart-dry-run PATCH "$apps/deployments/api?dryRun=All&fieldManager=spot"
content=$strategic sends=$restart
record restart PATCH "$apps/deployments/api?fieldManager=spot"
content=$merge sends='{"metadata":{"resourceVersion":"'$first'"},"spec":{"template":{"metadata":{"annotations":{"example/restart":"1"}}}}}'
record conflict PATCH "$apps/deployments/api"
content=$merge sends='{"metadata":{"uid":"00000000-0000-0000-0000-000000000000"},"spec":{"paused":true}}'
record conflict-uid PATCH "$apps/deployments/api"
content=$strategic sends='{"spec":{"selector":{"matchLabels":{"app":"other"}}}}'
record invalid-selector PATCH "$apps/deployments/api"
content=application/json sends=$restart
record unsupported-media-type PATCH "$apps/deployments/api"
content=$merge sends='{"spec":'
record patch-malformed PATCH "$apps/deployments/api"

# A rollback, as kubectl sends it: the template of an older ReplicaSet without the label that its controller added. After
# `set image` there are three revisions, of which the second is the one before.
settled api
ask set image deployment api api=registry.example/api:1.5.0 >&2
settled api
until [ "$(ask get replicasets -l app=api -o name | wc -l)" = 3 ]; do sleep 0.2; done
record replica-sets-before-rollback GET "$apps/replicasets?labelSelector=app%3Dapi"
older=$(of replica-sets-before-rollback '.items[] | select(.metadata.annotations["deployment.kubernetes.io/revision"] == "2")')
patch=$(echo "$older" | jq --compact-output '[
    { op: "replace", path: "/spec/template", value: (.spec.template | del(.metadata.labels["pod-template-hash"])) },
    { op: "replace", path: "/metadata/annotations", value: { "deployment.kubernetes.io/revision": "3", "example/round": "1" } }]')
content=$json_patch sends='[{"op":"test","path":"/metadata/resourceVersion","value":"'$first'"},{"op":"replace","path":"/spec/paused","value":true}]'
record rollback-test-failed PATCH "$apps/deployments/api"
content=$json_patch sends=$patch
record rollback-dry-run PATCH "$apps/deployments/api?dryRun=All"
content=$json_patch sends=$patch
record rollback PATCH "$apps/deployments/api"
settled api
until [ "$(ask get deployment api -o 'jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}')" = 4 ]; do sleep 0.2; done
accept=$partial
record replica-sets-after-rollback GET "$apps/replicasets?labelSelector=app%3Dapi"
accept='application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
record get-metadata GET "$apps/deployments/api"

# Pods. One that is bound waits for its kubelet, of which there is none, until it is told not to wait.
pod=$(ask get pods -l app=mailer -o 'jsonpath={.items[0].metadata.name}')
content=application/json sends='{"preconditions":{"uid":"00000000-0000-0000-0000-000000000000"}}'
record delete-pod-conflict DELETE "$core/pods/$pod"
record delete-pod-dry-run DELETE "$core/pods/$pod?dryRun=All"
record delete-pod DELETE "$core/pods/$pod"
record delete-pod-again DELETE "$core/pods/$pod"
content=application/json sends='{"gracePeriodSeconds":0}'
record delete-pod-at-once DELETE "$core/pods/$pod"
record delete-pod-gone DELETE "$core/pods/$pod"
pod=$(ask get pods -l app=ledger -o 'jsonpath={.items[0].metadata.name}')
content=application/json sends='{"apiVersion":"policy/v1beta1","kind":"Eviction","metadata":{"name":"'$pod'","namespace":"payments"}}'
record evict-pod POST "$core/pods/$pod/eviction"

# Watches: from now on, of what there is, and from a version that is too old. A bookmark comes each minute and, once or twice,
# in the last two seconds of the time that the client asked for; but none if nothing happened while it watched.
content=application/json sends='{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"watched"}}'
record create-namespace POST /api/v1/namespaces
content=application/json sends='{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"watched"}}'
record create-conflict POST /api/v1/namespaces
since=$(of create-namespace .metadata.resourceVersion)
(
    sleep 1
    ask --namespace watched create deployment worker --image=registry.example/worker:3.1.0 --replicas=0
    sleep 1
    ask --namespace watched label deployment worker team=payments
    sleep 1
    ask --namespace watched delete deployment worker --wait=false
) >&2 &
record watch GET "/apis/apps/v1/namespaces/watched/deployments?watch=true&allowWatchBookmarks=true&resourceVersion=$since&timeoutSeconds=8"
wait $!
record watch-what-there-is GET "$apps/deployments?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dworker"
accept='application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
record watch-metadata GET "$apps/deployments?watch=true&timeoutSeconds=1&resourceVersion=0"
record watch-expired GET "$apps/deployments?watch=true&resourceVersion=1&timeoutSeconds=1"
record watch-malformed GET "$apps/deployments?watch=true&resourceVersion=unknown&timeoutSeconds=1"
