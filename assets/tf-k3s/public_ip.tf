# The ingress node's reserved public address: it moves to the new node when that one is rebuilt, so
# DNS records stay true.
resource "oci_core_public_ip" "ingress" {
  count = var.public_ip == "reserved" ? 1 : 0

  compartment_id = local.compartment
  lifetime       = "RESERVED"
  display_name   = "${var.cluster_name}-public-ip"
  private_ip_id  = data.oci_core_private_ips.ingress.private_ips[0].id
  freeform_tags  = merge(local.cluster_tag, { "k3scope-key" = "public-ip" })
}
