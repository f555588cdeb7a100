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
            cp "$SANDBOX/binary" "$file"
            ;;
        *) fail_if_told route 28 ;;
    esac
}

iptables() {
    rules=$SANDBOX/rules
    rule=$(printf '%s ' "$@" | sed 's/-w //; s/-t filter //; s/-I \([A-Z]*\) [0-9]* /-A \1 /; s/-C /-A /')
    case " $* " in
        *" -C "*) grep -qxF -e "$rule" "$rules" ;;
        *" -L "*)
            echo 'Chain (policy ACCEPT)'
            echo 'num  target     prot opt source               destination'
            [ -e "$SANDBOX/no-reject" ] || echo '5    REJECT     0    --  0.0.0.0/0   0.0.0.0/0   reject-with icmp-host-prohibited'
            ;;
        *)
            fail_if_told iptables 4
            printf '%s\n' "$rule" >>"$rules"
            ;;
    esac
}

systemctl() {
    case $1 in
        start)
            fail_if_told systemctl 5
            mkdir -p "$K3SCOPE_ROOT/var/lib/rancher/k3s/agent" "$K3SCOPE_ROOT/etc/rancher/k3s"
            echo joined >"$K3SCOPE_ROOT/var/lib/rancher/k3s/agent/kubelet.kubeconfig"
            echo serves >"$K3SCOPE_ROOT/etc/rancher/k3s/k3s.yaml"
            ;;
        is-active) fail_if_told active 3 ;;
    esac
}

case $name in
    curl | iptables | systemctl) "$name" "$@" ;;
    ip)
        fail_if_told ip 2
        echo '1.1.1.1 via 10.0.1.1 dev enp0s6 src 10.0.1.10 uid 0 \    cache'
        ;;
    iptables-save) cat "$SANDBOX/saved" ;;
    journalctl) cat "$SANDBOX/journal" ;;
    *) fail_if_told "$name" ;;
esac
