"""Oracle's own SDK at work beside k3scope: tells what it reads, changes what it is told to change.

Called with the OCI configuration file, the endpoint, the compartment and the cluster's name. Takes one
command a line (`read`, or `change NAME`) and answers each with one line of JSON.
"""

import json
import sys

import oci

FILE, ENDPOINT, COMPARTMENT, CLUSTER = sys.argv[1:5]
CONFIG = oci.config.from_file(FILE, "LAB")
network = oci.core.VirtualNetworkClient(CONFIG, service_endpoint=ENDPOINT)
compute = oci.core.ComputeClient(CONFIG, service_endpoint=ENDPOINT)
storage = oci.core.BlockstorageClient(CONFIG, service_endpoint=ENDPOINT)
models = oci.core.models


def everything(call, *args, **kwargs):
    return oci.pagination.list_call_get_all_results(call, *args, **kwargs).data


def lives(it):
    return it.lifecycle_state not in ("TERMINATING", "TERMINATED", "DETACHING", "DETACHED")


def found():
    """All that bears the cluster's tag, by key."""
    lists = [
        everything(network.list_vcns, COMPARTMENT),
        everything(network.list_internet_gateways, COMPARTMENT),
        everything(network.list_route_tables, COMPARTMENT),
        everything(network.list_security_lists, COMPARTMENT),
        everything(network.list_subnets, COMPARTMENT),
        everything(network.list_public_ips, "REGION", COMPARTMENT, lifetime="RESERVED"),
        everything(compute.list_instances, COMPARTMENT),
    ]
    ours = {}
    for it in [it for one in lists for it in one if lives(it)]:
        if it.freeform_tags.get("k3scope-cluster") == CLUSTER:
            key = it.freeform_tags["k3scope-key"]
            assert key not in ours, f"{key} exists twice"
            ours[key] = it
    return ours


def card(instance):
    ties = everything(compute.list_vnic_attachments, COMPARTMENT, instance_id=instance.id)
    ties = [tie for tie in ties if lives(tie)]
    assert len(ties) == 1, ties
    return network.get_vnic(ties[0].vnic_id).data


def primary(vnic):
    addresses = everything(network.list_private_ips, vnic_id=vnic.id)
    return [address for address in addresses if address.is_primary][0]


def disk(instance):
    ties = everything(
        compute.list_boot_volume_attachments,
        instance.availability_domain,
        COMPARTMENT,
        instance_id=instance.id,
    )
    ties = [tie for tie in ties if lives(tie)]
    assert len(ties) == 1, ties
    return storage.get_boot_volume(ties[0].boot_volume_id).data


def public(address):
    details = models.GetPublicIpByPrivateIpIdDetails(private_ip_id=address.id)
    try:
        return network.get_public_ip_by_private_ip_id(details).data
    except oci.exceptions.ServiceError as error:
        if error.status != 404:
            raise
        return None


def read():
    told = {}
    for key, it in found().items():
        told[key] = oci.util.to_dict(it)
        if isinstance(it, models.Instance):
            vnic = card(it)
            address = primary(vnic)
            told[key]["vnic"] = oci.util.to_dict(vnic)
            told[key]["private_address"] = oci.util.to_dict(address)
            told[key]["public_address"] = oci.util.to_dict(public(address))
            told[key]["boot_volume"] = oci.util.to_dict(disk(it))
    return told


def take_away_a_rule(ours):
    it = network.get_security_list(ours["public-security-list"].id)
    https = lambda rule: rule.tcp_options and rule.tcp_options.destination_port_range.min == 443
    rules = [rule for rule in it.data.ingress_security_rules if not https(rule)]
    details = models.UpdateSecurityListDetails(ingress_security_rules=rules)
    network.update_security_list(it.data.id, details, if_match=it.headers["etag"])


def open_to_everybody(ours):
    it = network.get_security_list(ours["private-security-list"].id).data
    rule = models.IngressSecurityRule(
        protocol="6",
        source="0.0.0.0/0",
        tcp_options=models.TcpOptions(
            destination_port_range=models.PortRange(min=6443, max=6443)
        ),
    )
    rules = it.ingress_security_rules + [rule]
    details = models.UpdateSecurityListDetails(ingress_security_rules=rules)
    network.update_security_list(it.id, details)


def lead_elsewhere(ours):
    gateway = ours["internet-gateway"].id
    rule = models.RouteRule(
        destination="0.0.0.0/0", destination_type="CIDR_BLOCK", network_entity_id=gateway
    )
    details = models.UpdateRouteTableDetails(route_rules=[rule])
    network.update_route_table(ours["private-route-table"].id, details)


def lead_nowhere(ours):
    details = models.UpdateRouteTableDetails(route_rules=[])
    network.update_route_table(ours["public-route-table"].id, details)


def close_the_gateway(ours):
    details = models.UpdateInternetGatewayDetails(is_enabled=False)
    network.update_internet_gateway(ours["internet-gateway"].id, details)


def swap_the_lists(ours):
    lists = [ours["public-security-list"].id]
    details = models.UpdateSubnetDetails(security_list_ids=lists)
    network.update_subnet(ours["private-subnet"].id, details)


def pass_on_for_others(ours):
    details = models.UpdateVnicDetails(skip_source_dest_check=True)
    network.update_vnic(card(ours["node-k3s-worker"]).id, details)


def pass_on_nothing(ours):
    # OCI holds on to the flag for as long as a route leads to the card.
    details = models.UpdateRouteTableDetails(route_rules=[])
    network.update_route_table(ours["private-route-table"].id, details)
    details = models.UpdateVnicDetails(skip_source_dest_check=False)
    network.update_vnic(card(ours["node-k3s-ingress"]).id, details)


def rename(ours):
    network.update_vcn(ours["vcn"].id, models.UpdateVcnDetails(display_name="mine"))


def rename_the_node(ours):
    details = models.UpdateInstanceDetails(display_name="mine")
    compute.update_instance(ours["node-k3s-worker"].id, details)


def shrink(ours):
    size = models.UpdateInstanceShapeConfigDetails(ocpus=1, memory_in_gbs=4)
    details = models.UpdateInstanceDetails(shape_config=size)
    compute.update_instance(ours["node-k3s-worker"].id, details)
    until(ours["node-k3s-worker"], "RUNNING")


def open_old_metadata(ours):
    options = models.InstanceOptions(are_legacy_imds_endpoints_disabled=False)
    details = models.UpdateInstanceDetails(instance_options=options)
    compute.update_instance(ours["node-k3s-server"].id, details)


def take_the_address(ours):
    details = models.UpdatePublicIpDetails(private_ip_id="")
    network.update_public_ip(ours["public-ip"].id, details)


def stop(ours):
    compute.instance_action(ours["node-k3s-worker"].id, "STOP")
    until(ours["node-k3s-worker"], "STOPPED")


def until(instance, state):
    now = compute.get_instance(instance.id)
    oci.wait_until(compute, now, "lifecycle_state", state, max_interval_seconds=1, max_wait_seconds=60)


for line in sys.stdin:
    words = line.split()
    if words[0] == "read":
        answer = read()
    else:
        globals()[words[1]](found())
        answer = words[1]
    print(json.dumps(answer), flush=True)
