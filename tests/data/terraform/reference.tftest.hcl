# The reference layout, made; then asked for with another image, other places and other user data.
run "made" {
  command = apply

  assert {
    condition = { for name, node in oci_core_instance.node : name => "${node.availability_domain} ${node.fault_domain}" } == {
      k3s-ingress = "x:AD-1 FAULT-DOMAIN-1"
      k3s-server  = "x:AD-2 FAULT-DOMAIN-2"
      k3s-worker  = "x:AD-3 FAULT-DOMAIN-3"
    }
    error_message = "nodes are spread over domains in their order"
  }
  assert {
    condition = { for name, node in oci_core_instance.node : name => [
      node.shape_config[0].ocpus, node.shape_config[0].memory_in_gbs,
      node.create_vnic_details[0].private_ip, node.create_vnic_details[0].assign_public_ip,
      node.create_vnic_details[0].skip_source_dest_check, node.source_details[0].boot_volume_size_in_gbs,
      ] } == {
      k3s-ingress = [1, 6, "10.0.1.10", "false", true, "50"]
      k3s-server  = [2, 12, "10.0.2.10", "false", false, "50"]
      k3s-worker  = [1, 6, "10.0.2.11", "false", false, "50"]
    }
    error_message = "sizes, addresses and cards are those of the layout"
  }
  assert {
    condition = alltrue([
      for name, node in oci_core_instance.node :
      nonsensitive(node.metadata["user_data"]) == base64gzip(file("expected/${name}.yaml"))
    ])
    error_message = "user data is the direct engine's"
  }
  assert {
    condition = alltrue([
      for node in values(oci_core_instance.node) :
      nonsensitive(node.metadata["ssh_authorized_keys"]) == trimspace(file("../keys/id.pub"))
      && node.source_details[0].source_id == "ocid1.image.oc1.new"
      && node.instance_options[0].are_legacy_imds_endpoints_disabled
    ])
    error_message = "nodes start from the newest image, with the key, and without the old metadata service"
  }
  assert {
    condition = { for name, list in oci_core_security_list.subnet : name => sort([
      for rule in list.ingress_security_rules :
      "${rule.protocol} ${rule.source} ${rule.description} ${try(rule.tcp_options[0].min, "-")} ${try(rule.icmp_options[0].code, "-")}"
      ]) } == {
      public = tolist([
        "1 0.0.0.0/0 path MTU discovery - 4",
        "6 0.0.0.0/0 HTTP 80 -",
        "6 0.0.0.0/0 HTTPS 443 -",
        "6 0.0.0.0/0 SSH 22 -",
        "6 203.0.113.0/24 node ports 30000 -",
        "all 10.0.0.0/16 inside the VCN - -",
      ])
      private = tolist([
        "1 0.0.0.0/0 path MTU discovery - 4",
        "6 203.0.113.0/24 node ports 30000 -",
        "all 10.0.0.0/16 inside the VCN - -",
      ])
    }
    error_message = "the security lists let in what they should"
  }
  assert {
    condition = (
      [for rule in oci_core_route_table.private.route_rules : rule.network_entity_id] == ["ocid1.privateip.oc1..ingress"]
      && oci_core_route_table_attachment.private.subnet_id == oci_core_subnet.private.id
      && oci_core_route_table_attachment.private.route_table_id == oci_core_route_table.private.id
      && [for rule in oci_core_route_table.public.route_rules : rule.network_entity_id] == [oci_core_internet_gateway.this.id]
    )
    error_message = "the private subnet's way out is the ingress node, the public one's the gateway"
  }
  assert {
    condition = (
      oci_core_public_ip.ingress[0].private_ip_id == "ocid1.privateip.oc1..ingress"
      && oci_core_public_ip.ingress[0].lifetime == "RESERVED"
      && output.public_ip == oci_core_public_ip.ingress[0].ip_address
    )
    error_message = "the reserved address is the ingress node's"
  }
  assert {
    condition = (
      length(oci_limits_quota.guard) == 0
      && oci_core_vcn.this.dns_label == "k3s"
      && output.nodes["k3s-worker"].id == oci_core_instance.node["k3s-worker"].id
      && output.vcn_id == oci_core_vcn.this.id
    )
    error_message = "no quota that nobody asked for; outputs name what there is"
  }
}

run "asked_for_otherwise" {
  command = plan
  variables {
    image_ocid  = "ocid1.image.oc1.other"
    placements  = { k3s-worker = { availability_domain = "x:AD-1" } }
    agent_token = "0000000000000000000000000000000000000000000000000000000000000000"
  }

  assert {
    condition = (
      oci_core_instance.node["k3s-worker"].id == run.made.nodes["k3s-worker"].id
      && oci_core_instance.node["k3s-worker"].availability_domain == "x:AD-3"
      && oci_core_instance.node["k3s-worker"].source_details[0].source_id == "ocid1.image.oc1.new"
    )
    error_message = "a node that runs is neither replaced nor moved"
  }
}
