# A network with a public subnet behind an internet gateway, and a private one whose way out is the
# ingress node.

locals {
  compartment = coalesce(var.compartment_ocid, var.tenancy_ocid)

  # Letters and digits, a letter first, 15 at the most: what OCI takes as a DNS label.
  dns_label = substr(replace(replace(lower(var.cluster_name), "/[^a-z0-9]/", ""), "/^[0-9]+/", ""), 0, 15)

  cluster_tag = { "k3scope-cluster" = var.cluster_name }

  # What may reach any node. Without the ICMP message large packets vanish (RFC 1191).
  inside_rules = concat(
    [
      { protocol = "all", source = var.vcn_cidr, description = "inside the VCN", ports = null, icmp = null },
      { protocol = "1", source = "0.0.0.0/0", description = "path MTU discovery", ports = null, icmp = { type = 3, code = 4 } },
    ],
    [
      for from in var.nodeports_from :
      { protocol = "6", source = from, description = "node ports", ports = { min = 30000, max = 32767 }, icmp = null }
    ],
  )

  # What may reach the public subnet besides.
  outside_rules = concat(
    [
      { protocol = "6", source = "0.0.0.0/0", description = "HTTP", ports = { min = 80, max = 80 }, icmp = null },
      { protocol = "6", source = "0.0.0.0/0", description = "HTTPS", ports = { min = 443, max = 443 }, icmp = null },
    ],
    [
      for from in var.ssh_from :
      { protocol = "6", source = from, description = "SSH", ports = { min = 22, max = 22 }, icmp = null }
    ],
  )

  rules = {
    public  = concat(local.inside_rules, local.outside_rules)
    private = local.inside_rules
  }
}

resource "oci_core_vcn" "this" {
  compartment_id = local.compartment
  cidr_blocks    = [var.vcn_cidr]
  display_name   = "${var.cluster_name}-vcn"
  dns_label      = local.dns_label == "" ? null : local.dns_label
  freeform_tags  = merge(local.cluster_tag, { "k3scope-key" = "vcn" })
}

resource "oci_core_internet_gateway" "this" {
  compartment_id = local.compartment
  vcn_id         = oci_core_vcn.this.id
  display_name   = "${var.cluster_name}-internet-gateway"
  enabled        = true
  freeform_tags  = merge(local.cluster_tag, { "k3scope-key" = "internet-gateway" })
}

resource "oci_core_security_list" "subnet" {
  for_each = local.rules

  compartment_id = local.compartment
  vcn_id         = oci_core_vcn.this.id
  display_name   = "${var.cluster_name}-${each.key}-security-list"
  freeform_tags  = merge(local.cluster_tag, { "k3scope-key" = "${each.key}-security-list" })

  dynamic "ingress_security_rules" {
    for_each = each.value
    content {
      protocol    = ingress_security_rules.value.protocol
      source      = ingress_security_rules.value.source
      source_type = "CIDR_BLOCK"
      description = ingress_security_rules.value.description
      stateless   = false

      dynamic "tcp_options" {
        for_each = ingress_security_rules.value.ports[*]
        content {
          min = tcp_options.value.min
          max = tcp_options.value.max
        }
      }
      dynamic "icmp_options" {
        for_each = ingress_security_rules.value.icmp[*]
        content {
          type = icmp_options.value.type
          code = icmp_options.value.code
        }
      }
    }
  }

  egress_security_rules {
    protocol         = "all"
    destination      = "0.0.0.0/0"
    destination_type = "CIDR_BLOCK"
    stateless        = false
  }
}

resource "oci_core_route_table" "public" {
  compartment_id = local.compartment
  vcn_id         = oci_core_vcn.this.id
  display_name   = "${var.cluster_name}-public-route-table"
  freeform_tags  = merge(local.cluster_tag, { "k3scope-key" = "public-route-table" })

  route_rules {
    destination       = "0.0.0.0/0"
    destination_type  = "CIDR_BLOCK"
    network_entity_id = oci_core_internet_gateway.this.id
  }
}

resource "oci_core_subnet" "public" {
  compartment_id             = local.compartment
  vcn_id                     = oci_core_vcn.this.id
  cidr_block                 = var.public_subnet_cidr
  display_name               = "${var.cluster_name}-public-subnet"
  dns_label                  = "public"
  prohibit_public_ip_on_vnic = false
  route_table_id             = oci_core_route_table.public.id
  security_list_ids          = [oci_core_security_list.subnet["public"].id]
  freeform_tags              = merge(local.cluster_tag, { "k3scope-key" = "public-subnet" })
}

# Its route table is attached below and not named here: that table needs the ingress node, and then
# every private node would wait for it.
resource "oci_core_subnet" "private" {
  compartment_id             = local.compartment
  vcn_id                     = oci_core_vcn.this.id
  cidr_block                 = var.private_subnet_cidr
  display_name               = "${var.cluster_name}-private-subnet"
  dns_label                  = "private"
  prohibit_public_ip_on_vnic = true
  security_list_ids          = [oci_core_security_list.subnet["private"].id]
  freeform_tags              = merge(local.cluster_tag, { "k3scope-key" = "private-subnet" })
}

# The ingress node's private address as a resource of its own, which routes and public addresses
# point at. It is asked for by what the node says, so that it is known as long as the node stands.
data "oci_core_private_ips" "ingress" {
  subnet_id  = oci_core_subnet.public.id
  ip_address = oci_core_instance.node[local.ingress].private_ip
}

resource "oci_core_route_table" "private" {
  compartment_id = local.compartment
  vcn_id         = oci_core_vcn.this.id
  display_name   = "${var.cluster_name}-private-route-table"
  freeform_tags  = merge(local.cluster_tag, { "k3scope-key" = "private-route-table" })

  route_rules {
    destination       = "0.0.0.0/0"
    destination_type  = "CIDR_BLOCK"
    network_entity_id = data.oci_core_private_ips.ingress.private_ips[0].id
  }
}

resource "oci_core_route_table_attachment" "private" {
  subnet_id      = oci_core_subnet.private.id
  route_table_id = oci_core_route_table.private.id
}
