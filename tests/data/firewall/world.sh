#!/bin/sh
# A VCN of network namespaces, for as long as its standard input stays open. Run in a mount and a
# network namespace of its own: nothing of it is seen outside, and nothing outlives it.
#
#   private (10.0.2.20) ──┐
#                         ├── vcn ── outside (203.0.113.10)
#   pod ── ingress ───────┤    └──── 169.254.169.254
#          (10.0.1.10)    └── neighbour (10.0.3.30)
#
# As in the cloud, every machine has one card, and the private subnet's way out leads to the ingress
# node. The way from private to neighbour leads through it as well, so that packets which stay in
# the VCN pass its firewall too.
set -eu

mount -t tmpfs none /run
mkdir /run/netns

for machine in vcn outside ingress private neighbour pod; do
    ip netns add "$machine"
    ip -n "$machine" link set lo up
done

# cable MACHINE CARD ADDRESS OTHER CARD ADDRESS
cable() {
    ip link add "$2" netns "$1" type veth peer name "$5" netns "$4"
    ip -n "$1" addr add "$3/24" dev "$2"
    ip -n "$4" addr add "$6/24" dev "$5"
    ip -n "$1" link set "$2" up
    ip -n "$4" link set "$5" up
}
cable ingress enp0s6 10.0.1.10 vcn public 10.0.1.1
cable private enp0s6 10.0.2.20 vcn private 10.0.2.1
cable neighbour enp0s6 10.0.3.30 vcn neighbour 10.0.3.1
cable outside eth0 203.0.113.10 vcn outside 203.0.113.1
cable pod eth0 10.42.1.5 ingress cni0 10.42.1.1

ip -n ingress route add default via 10.0.1.1
ip -n private route add default via 10.0.2.1
ip -n neighbour route add default via 10.0.3.1
ip -n pod route add default via 10.42.1.1
ip -n ingress route add 169.254.0.0/16 dev enp0s6
ip -n private route add 169.254.0.0/16 dev enp0s6

# Only the ingress node has an address that the outside knows.
ip -n outside route add 10.0.1.10 via 203.0.113.1
ip -n vcn addr add 169.254.169.254/32 dev lo
ip -n vcn route add default via 203.0.113.10
ip -n vcn route add 10.42.0.0/16 via 10.0.1.10
ip -n vcn route add default via 10.0.1.10 table 100
ip -n vcn route add 10.0.1.0/24 dev public table 100
ip -n vcn rule add iif private to 10.0.2.0/24 lookup main priority 90
ip -n vcn rule add iif private lookup 100 priority 100

# in_machine MACHINE COMMAND...
in_machine() {
    machine=$1
    shift
    nsenter --net="/run/netns/$machine" -- "$@"
}
in_machine vcn sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0
in_machine vcn sysctl -q -w net.ipv4.conf.public.send_redirects=0 net.ipv4.conf.all.send_redirects=0
in_machine ingress sysctl -q -w net.ipv4.ip_forward=0 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.enp0s6.send_redirects=0

echo ready
cat >/dev/null
