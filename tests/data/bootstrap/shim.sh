#!/bin/sh
# Stands for every program that reaches out of the sandbox: records how it was called, fails as often
# as $SANDBOX/fail/NAME says, and leaves behind what the real one would.
name=${0##*/}
printf '%s %s\n' "$name" "$*" >>"$SANDBOX/calls"

fail_if_told() {
    told=$SANDBOX/fail/$1
    [ -s "$told" ] || return 0
    read -r left <"$told"
    [ "$left" -gt 0 ] || return 0
    echo $((left - 1)) >"$told"
    [ "$1" != ping ] || printf 000
    [ ! -s "$SANDBOX/says" ] || cat "$SANDBOX/says" >&2
    exit "${2:-1}"
}

# serve TO FILE ARGUMENTS: goes on after what is there if it is asked to, breaks off after one byte
# if $SANDBOX/cut is there, and notes how many bytes it gave.
serve() {
    have=0
    case $3 in
        *" -C - "*) [ ! -e "$1" ] || have=$(wc -c <"$1") ;;
    esac
    [ "$have" -eq 0 ] || fail_if_told range 33
    if [ -e "$SANDBOX/cut" ]; then
        rm "$SANDBOX/cut"
        head -c 1 "$2" >"$1"
        echo 1 >>"$SANDBOX/served"
        exit 18
    fi
    [ "$have" -gt 0 ] || : >"$1"
    tail -c "+$((have + 1))" "$2" >>"$1"
    echo $(($(wc -c <"$2") - have)) >>"$SANDBOX/served"
}

curl() {
    file=
    for word; do
        [ "$last" != -o ] || file=$word
        last=$word
    done
    case $last in
        */ping)
            fail_if_told ping 7
            if [ -s "$SANDBOX/answer" ]; then cat "$SANDBOX/answer"; else printf 401; fi
            ;;
        */sha256sum-arm64.txt)
            fail_if_told sums 22
            cp "$SANDBOX/sums" "$file"
            ;;
        */k3s-arm64)
            fail_if_told binary 22
            serve "$file" "$SANDBOX/binary" "$*"
            ;;
        *) fail_if_told route 28 ;;
    esac
}

iptables() {
    rules=$SANDBOX/rules
    rule=$(printf '%s ' "$@" | sed 's/-w //; s/-t filter //; s/-I \([A-Z]*\) [0-9]* /-A \1 /; s/-C /-A /')
    case " $* " in
        *" -C "*) grep -qxF -e "$rule" "$rules" ;;
        *" -S "*)
            fail_if_told listing 4
            chain=$3
            printf -- '-P %s ACCEPT\n' "$chain"
            for image in 'state --state RELATED,ESTABLISHED' icmp lo ssh; do
                printf -- '-A %s -m comment --comment "%s, -j DROP" -j ACCEPT\n' "$chain" "$image"
            done
            sed -n "s/^\(-A $chain .*\) $/\1/p" "$rules"
            [ -e "$SANDBOX/no-reject" ] || printf -- '-A %s -j REJECT --reject-with icmp-host-prohibited\n' "$chain"
            ;;
        *)
            fail_if_told iptables 4
            printf '%s\n' "$rule" >>"$rules"
            ;;
    esac
}

systemctl() {
    case $1 in
        stop) fail_if_told stop 5 ;;
        start | restart)
            fail_if_told systemctl 5
            [ ! -e "$SANDBOX/dead" ] || return 0
            mkdir -p "$K3SCOPE_ROOT/var/lib/rancher/k3s/agent" "$K3SCOPE_ROOT/etc/rancher/k3s"
            echo joined >"$K3SCOPE_ROOT/var/lib/rancher/k3s/agent/kubelet.kubeconfig"
            echo serves >"$K3SCOPE_ROOT/etc/rancher/k3s/k3s.yaml"
            ;;
        is-active) fail_if_told active 3 ;;
    esac
}

# What is laid only after so many waits as $SANDBOX/fail/late says.
arrive() {
    [ -d "$SANDBOX/late" ] || return 0
    read -r left <"$SANDBOX/fail/late"
    echo $((left - 1)) >"$SANDBOX/fail/late"
    [ "$left" -gt 1 ] || cp -R "$SANDBOX/late/." "$K3SCOPE_ROOT/"
}

case $name in
    curl | iptables | systemctl) "$name" "$@" ;;
    ip)
        fail_if_told ip 2
        echo '1.1.1.1 via 10.0.1.1 dev enp0s6 src 10.0.1.10 uid 0 \    cache'
        ;;
    iptables-save)
        fail_if_told iptables-save
        cat "$SANDBOX/saved"
        ;;
    sleep) arrive ;;
    journalctl) cat "$SANDBOX/journal" ;;
    *) fail_if_told "$name" ;;
esac
