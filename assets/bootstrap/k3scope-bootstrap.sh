#!/bin/sh
# Brings this node up as part of its K3s cluster, stage by stage.
#
# Run by k3scope-bootstrap.service, and by hand: `k3scope-bootstrap --from STAGE`, or on an agent
# `--rejoin` when its server was made anew. Every stage may run again at any time. Progress goes to
# the serial console and to the log as one-line markers; what commands print goes to the log.
#
# Everything that is read or written lies below $K3SCOPE_ROOT, which is empty on a node.
set -eu

root=${K3SCOPE_ROOT:-}
log=$root/var/log/k3scope-bootstrap.log
console=$root/dev/console
output=$root/run/k3scope-bootstrap.out
state=$root/var/lib/k3scope
k3s=$root/usr/local/bin/k3s
agent=$root/var/lib/rancher/k3s/agent
sysctls=$root/etc/sysctl.d/90-k3scope.conf
rules=$root/etc/iptables/rules.v4
outside=1.1.1.1
metadata=169.254.169.254

# NODE, ROLE, STAGES, K3S_VERSION, K3S_SHA256, SERVER, INGRESS, VCN, PRIVATE_SUBNET, PODS, SERVICES,
# TOKEN_FILE
# shellcheck source=/dev/null
. "$root/etc/k3scope/bootstrap.env"

stage=
doing=

# A disk without room for the log keeps nobody from reading the console, nor the other way round.
say() {
    { printf '%s\n' "$1" >>"$log"; } 2>/dev/null || :
    { printf '%s\n' "$1" >>"$console"; } 2>/dev/null || :
}

# Whoever reads the console is not root: join tokens are taken out of what commands print, and
# nothing that they print passes for a marker.
masked() {
    token=$root$TOKEN_FILE
    [ -r "$token" ] || token=/dev/null
    awk 'FILENAME == ARGV[1] { if ($0 != "") token = $0; next }
        {
            while (token != "" && (at = index($0, token)) > 0)
                $0 = substr($0, 1, at - 1) "***" substr($0, at + length(token))
            gsub(/K10[0-9a-f]+::[a-z]+:[^ "]+/, "***")
            gsub(/@k3scope/, "@_k3scope")
            print
        }' "$token" "$1"
}

# Text as the inside of a JSON string: printable ASCII, 400 characters at most.
escaped() {
    printf '%s' "$1" | tr -c '\040-\176' ' ' | cut -c 1-400 | sed 's/\\/\\\\/g; s/"/\\"/g'
}

# mark STATE DETAIL
mark() {
    read -r uptime _ </proc/uptime
    say "@k3scope {\"k3scope\":1,\"node\":\"$NODE\",\"stage\":\"$stage\",\"state\":\"$1\",\"t\":${uptime%%.*},\"detail\":\"$(escaped "$2")\"} @end"
}

# A command whose output belongs in the log. Its status is this function's.
logged() {
    doing=$*
    ended=0
    "$@" >"$output" 2>&1 || ended=$?
    { [ ! -s "$output" ] || masked "$output" >>"$log"; } 2>/dev/null || :
    return "$ended"
}

# attempt TIMES FIRST MOST WHAT COMMAND...: until the command succeeds, at most TIMES times. The
# pause between two tries is FIRST seconds, then twice as long each time, up to MOST.
attempt() {
    times=$1
    pause=$2
    most=$3
    what=$4
    shift 4
    tried=0
    unsaid=60
    until logged "$@"; do
        failed=$?
        tried=$((tried + 1))
        if [ "$tried" -ge "$times" ]; then
            # A program is named as it was run, a function of this script by what it is for.
            case $(command -v "$1") in
                /*) ;;
                *) doing=$what ;;
            esac
            return "$failed"
        fi
        if [ "$unsaid" -ge 50 ]; then
            mark wait "$what"
            unsaid=0
        fi
        sleep "$pause"
        unsaid=$((unsaid + pause))
        pause=$((pause * 2))
        [ "$pause" -le "$most" ] || pause=$most
    done
}

# insist WHAT COMMAND...: what should succeed at once, and now and then does only a little later.
insist() {
    attempt 4 1 4 "$@"
}

# await TIMES WHAT COMMAND...: what another node has to do first. Whoever waits for a neighbour goes
# on soon after it is there: the pauses grow to ten seconds, which burden nobody, and no further.
await() {
    awaited=$1
    shift
    attempt "$awaited" 2 10 "$@"
}

on_exit() {
    status=$?
    trap - EXIT
    [ "$status" -ne 0 ] && [ -n "$stage" ] || exit "$status"
    last=
    if [ -s "$output" ]; then
        lines=$(masked "$output" | tail -n 10)
        last=": $(printf '%s\n' "$lines" | tail -n 1)"
        { printf '%s\n' "$lines" | tr -c '\040-\176\n' ' ' >>"$console"; } 2>/dev/null || :
    fi
    mark failed "$doing: exit status $status$last"
    exit "$status"
}

# Known before anybody logs in: whoever may read the console through OCI can pin them.
host_keys() {
    say '-----BEGIN SSH HOST KEY KEYS-----'
    for key in "$root"/etc/ssh/ssh_host_*_key.pub; do
        [ ! -r "$key" ] || say "$(cat "$key")"
    done
    say '-----END SSH HOST KEY KEYS-----'
}

# present TABLE CHAIN RULE...: whether the rule is there.
present() {
    table=$1
    shift
    iptables -w -t "$table" -C "$@" 2>/dev/null
}

# accept CHAIN RULE...: lets packets pass before the chain refuses any, be it by the image's REJECT or
# by what somebody put above that, and after what K3s put there. A rule that comes too late is moved.
accept() {
    chain=$1
    shift
    insist "$chain to show its rules" find_refusal "$chain" "$@"
    if present filter "$chain" "$@" -j ACCEPT; then
        [ -n "$refusal" ] || return 0
        insist "$chain to give a rule away" iptables -w -D "$chain" "$@" -j ACCEPT
        insist "$chain to show its rules" find_refusal "$chain" "$@"
    fi
    if [ -n "$refusal" ]; then
        insist "$chain to take a rule" iptables -w -I "$chain" "$refusal" "$@" -j ACCEPT
    else
        insist "$chain to take a rule" iptables -w -A "$chain" "$@" -j ACCEPT
    fi
}

# find_refusal CHAIN RULE...: `refusal` becomes the number of the first rule of the chain that refuses
# and stands before the ACCEPT of this one; nothing where none does. What is quoted is a comment.
find_refusal() {
    listed=$(iptables -w -S "$1") || return
    refusal=$(printf '%s\n' "$listed" | awk -v own="-A $* -j ACCEPT" '
        $1 != "-A" { next }
        $0 == own { exit }
        { number++; gsub(/"([^"\\]|\\.)*"/, "") }
        / -j (DROP|REJECT)( |$)/ { print number; exit }')
}

# append TABLE CHAIN RULE...
append() {
    present "$@" && return
    table=$1
    shift
    insist "$1 of $table to take a rule" iptables -w -t "$table" -A "$@"
}

# netfilter-persistent restores this file at every boot, before K3s starts. What K3s adds while it
# runs is its own to restore, so it is never saved, whenever K3s began.
save_rules() {
    insist "save the firewall's rules" save_without_k3s
}

save_without_k3s() {
    all=$(iptables-save) &&
        printf '%s\n' "$all" | grep -v -i -e kube- -e flannel -e cni- -e 0x20000/0x20000 >"$rules.new" &&
        mv "$rules.new" "$rules"
}

stage_firewall() {
    accept INPUT -s "$VCN"
    accept INPUT -s "$PODS"
    accept INPUT -s "$SERVICES"
    accept FORWARD -s "$PODS"
    accept FORWARD -d "$PODS"
    # User data and the node's identity can be had at this address. Names are resolved there too, so
    # port 53 stays open. This table comes before every chain of K3s.
    for protocol in tcp udp; do
        append raw PREROUTING -s "$PODS" -d "$metadata/32" -p "$protocol" ! --dport 53 -j DROP
    done
    save_rules
}

stage_nat() {
    printf 'net.ipv4.ip_forward = 1\n' >"$sysctls"
    insist "the kernel to forward packets" sysctl -q -p "$sysctls"
    accept FORWARD -s "$PRIVATE_SUBNET"
    accept FORWARD -d "$PRIVATE_SUBNET" -m state --state RELATED,ESTABLISHED
    attempt 15 1 10 "a default route" default_card
    card=$(cat "$output")
    append nat POSTROUTING -s "$PRIVATE_SUBNET" ! -d "$VCN" -o "$card" -j MASQUERADE
    save_rules
}

# The network card on the way to the internet.
default_card() {
    ip -o route get "$outside" |
        awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); found = 1; exit } }
            END { exit !found }'
}

stage_route() {
    await 360 "route to $outside:443 through $INGRESS" \
        curl -sS -o /dev/null --connect-timeout 5 --max-time 10 "https://$outside/"
}

stage_download() {
    version=$(printf '%s' "$K3S_VERSION" | sed 's/+/%2B/')
    release=https://github.com/k3s-io/k3s/releases/download/$version
    sums=$state/sha256sum-$K3S_VERSION.txt
    sum=$K3S_SHA256
    if [ -z "$sum" ]; then
        [ -s "$sums" ] || fetch "$release/sha256sum-arm64.txt" "$sums"
        sum=$(awk '$2 == "k3s-arm64" { print $1; exit }' "$sums")
        if [ -z "$sum" ]; then
            doing="find the checksum of k3s-arm64 in $release/sha256sum-arm64.txt"
            rm -f "$sums"
            return 1
        fi
    fi
    if ! { [ -x "$k3s" ] && matches "$sum" "$k3s"; }; then
        attempt 12 2 60 "$release/k3s-arm64 with the right checksum" fetch_checked "$release/k3s-arm64" "$sum"
    fi
    for name in kubectl crictl ctr; do
        [ -e "${k3s%/*}/$name" ] || logged ln -s k3s "${k3s%/*}/$name"
    done
}

# fetch URL FILE: the file appears only when it is whole.
fetch() {
    attempt 12 2 60 "$1" curl -fsSL --connect-timeout 10 --max-time 300 -o "$2.part" "$1"
    logged mv "$2.part" "$2"
}

# fetch_checked URL SHA256: a slow line gets there too, since what came before a break is kept.
fetch_checked() {
    got=0
    curl -fsSL --connect-timeout 10 --max-time 900 --speed-limit 1024 --speed-time 60 \
        -C - -o "$k3s.part" "$1" || got=$?
    case $got in
        0) ;;
        33 | 36)
            echo "$1 cannot be had in pieces"
            rm -f "$k3s.part"
            return "$got"
            ;;
        *) return "$got" ;;
    esac
    if ! matches "$2" "$k3s.part"; then
        rm -f "$k3s.part" "$sums"
        echo "the checksum of $1 is not $2"
        return 1
    fi
    chmod 0755 "$k3s.part" && mv "$k3s.part" "$k3s"
}

# matches SHA256 FILE
matches() {
    printf '%s  %s\n' "$1" "$2" | sha256sum -c - >/dev/null 2>&1
}

# cloud-init laid the files; K3s applies them when it starts.
stage_manifests() {
    manifests=$root/var/lib/rancher/k3s/server/manifests
    insist "the folder of K3s' manifests" chmod 0700 "${manifests%/*}" "$manifests"
    insist "the manifest of Argo CD" test -s "$manifests/k3scope-argocd.yaml"
    logged chmod 0600 "$manifests"/k3scope-*.yaml
}

# The certificate cannot be checked before the cluster is joined: only an answer is waited for.
stage_api_server() {
    [ -z "$rejoin" ] || forget_server
    await 360 "API server at $SERVER:6443" api_server_answers
}

# What an agent has of its server: who it trusts and how it is known there. Images and containers
# are its own and stay.
forget_server() {
    insist "k3s-agent.service to stop" systemctl stop k3s-agent.service
    logged rm -f "$agent"/*.crt "$agent"/*.key "$agent"/*.kubeconfig
}

api_server_answers() {
    code=$(curl -skS -o /dev/null -w '%{http_code}' --connect-timeout 5 --max-time 10 "https://$SERVER:6443/ping")
    echo "https://$SERVER:6443/ping answers $code"
    case $code in
        200 | 401 | 403) ;;
        *) return 1 ;;
    esac
}

stage_k3s() {
    unit='k3s-agent.service'
    proof=$agent/kubelet.kubeconfig
    if [ "$ROLE" = server ]; then
        unit=k3s.service
        proof=$root/etc/rancher/k3s/k3s.yaml
    fi
    insist "systemd to read its units" systemctl daemon-reload
    insist "$unit to be enabled" systemctl enable "$unit"
    reads=$state/k3s.sums
    insist "the files that $unit reads" sums_of_k3s
    verb=start
    # One that runs keeps what it read when it started, and after a reboot it may well run already:
    # it is stopped only for files that changed, or for whoever asks for this very stage.
    if [ "$asked" = k3s ] || ! cmp -s "$reads.new" "$reads"; then
        verb=restart
        # An agent counts as active before it has joined. This file, written anew, says that it has.
        logged rm -f "$proof"
    fi
    insist "$unit to be started" systemctl "$verb" --no-block "$unit"
    logged mv "$reads.new" "$reads"
    await 90 "$unit to be active and to write ${proof#"$root"}" k3s_runs "$unit" "$proof"
}

sums_of_k3s() {
    sha256sum "$root/etc/systemd/system/$unit" "$root/etc/rancher/k3s/config.yaml" \
        "$root$TOKEN_FILE" "$k3s" >"$reads.new"
}

k3s_runs() {
    systemctl is-active --quiet "$1" && [ -s "$2" ] && return
    journalctl --no-pager -o cat -n 10 -u "$1" || :
    return 1
}

run_stage() {
    stage=$1
    doing="stage $1"
    : >"$output"
    mark start ""
    case $stage in
        firewall) stage_firewall ;;
        nat) stage_nat ;;
        route) stage_route ;;
        download) stage_download ;;
        manifests) stage_manifests ;;
        api-server) stage_api_server ;;
        k3s) stage_k3s ;;
        *) exit 2 ;;
    esac
    mark ok ""
    stage=
}

usage() {
    joins=' | --rejoin'
    [ "$ROLE" != server ] || joins=
    echo "usage: k3scope-bootstrap [--from STAGE$joins]; the stages of this node: $STAGES" >&2
    exit 2
}

is_stage() {
    for name in $STAGES; do
        [ "$name" != "$1" ] || return 0
    done
    return 1
}

asked=
rejoin=
case $#${1:-} in
    0) ;;
    2--from)
        is_stage "$2" || usage
        asked=$2
        ;;
    1--rejoin)
        [ "$ROLE" != server ] || usage
        asked=api-server
        rejoin=yes
        ;;
    *) usage ;;
esac

umask 027
mkdir -p "$state" "${log%/*}" "${output%/*}" "${k3s%/*}" "${sysctls%/*}" "${rules%/*}"
exec 9>"$root/run/k3scope-bootstrap.lock"
if ! flock -n 9; then
    echo "another run is under way; its progress is in $log" >&2
    exit 75
fi
touch "$log"
chgrp adm "$log" 2>/dev/null || :
chmod 0640 "$log"
trap on_exit EXIT

host_keys
from=$asked
for name in $STAGES; do
    if [ -n "$from" ] && [ "$name" != "$from" ]; then
        continue
    fi
    from=
    run_stage "$name"
done
