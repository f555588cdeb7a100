# The nodes. Where they are launched and what they start from counts once: a newer image, other user
# data or another domain never replaces a node that runs. `terraform apply -replace=ADDRESS` does. What
# the provider remembers only from making a node is not compared either: of one that was taken over it
# knows nothing.

locals {
  shape   = "VM.Standard.A1.Flex"
  ingress = one([for name, node in var.nodes : name if node.role == "ingress"])

  all_domains = data.oci_identity_availability_domains.all.availability_domains[*].name
  wanted_domains = (
    var.availability_domain == null ? local.all_domains :
    contains(local.all_domains, var.availability_domain) ? [var.availability_domain] :
    try([local.all_domains[tonumber(var.availability_domain) - 1]], [])
  )
  # Those that have hosts of the shape at all.
  domains = [
    for domain in local.wanted_domains : domain
    if contains(data.oci_core_shapes.offered[domain].shapes[*].name, local.shape)
  ]

  # Node i goes to domain i mod n, and there to fault domain i mod m, so that one broken host or data
  # centre takes as few nodes as can be.
  spread = {
    for name, node in var.nodes : name => {
      availability_domain = try(element(local.domains, node.number), null)
      fault_domain = try(element(
        data.oci_identity_fault_domains.of[element(local.domains, node.number)].fault_domains[*].name,
        node.number,
      ), null)
    }
  }
  places = merge(local.spread, { for name, place in var.placements : name => place if contains(keys(var.nodes), name) })

  image = var.image_ocid != null ? var.image_ocid : try(data.oci_core_images.newest[0].images[0].id, null)

  ssh_public_key = trimspace(file(pathexpand(var.ssh_public_key_file)))

  documents = { for name in keys(var.nodes) : name => file("${path.module}/cloud-init/${name}.yaml") }

  # A secret takes the place of its name, @…@, which stands in the file once at the most. JSON's
  # strings are YAML's double-quoted ones.
  user_data = {
    for name, document in local.documents : name => base64gzip(replace(
      replace(document, "@AGENT_TOKEN@", var.agent_token),
      "@REPOSITORY_TOKEN@", jsonencode(coalesce(var.repository_token, "none")),
    ))
  }
}

data "oci_identity_availability_domains" "all" {
  compartment_id = var.tenancy_ocid
}

data "oci_core_shapes" "offered" {
  for_each = toset(local.wanted_domains)

  compartment_id      = var.tenancy_ocid
  availability_domain = each.value
}

data "oci_identity_fault_domains" "of" {
  for_each = toset(local.wanted_domains)

  compartment_id      = var.tenancy_ocid
  availability_domain = each.value
}

data "oci_core_images" "newest" {
  count = var.image_ocid == null ? 1 : 0

  compartment_id           = local.compartment
  operating_system         = var.operating_system
  operating_system_version = var.operating_system_version
  shape                    = local.shape
  sort_by                  = "TIMECREATED"
  sort_order               = "DESC"
}

resource "oci_core_instance" "node" {
  for_each = var.nodes

  compartment_id       = local.compartment
  availability_domain  = local.places[each.key].availability_domain
  fault_domain         = local.places[each.key].fault_domain
  display_name         = each.key
  shape                = local.shape
  preserve_boot_volume = false
  freeform_tags        = merge(local.cluster_tag, { "k3scope-key" = "node-${each.key}" })

  metadata = {
    ssh_authorized_keys = local.ssh_public_key
    user_data           = local.user_data[each.key]
  }

  shape_config {
    ocpus         = each.value.ocpus
    memory_in_gbs = each.value.memory_gb
  }

  source_details {
    source_type             = "image"
    source_id               = local.image
    boot_volume_size_in_gbs = tostring(each.value.boot_volume_gb)
  }

  # The ingress node forwards for others, so its card takes packets that are not its own.
  create_vnic_details {
    subnet_id              = each.value.subnet == "public" ? oci_core_subnet.public.id : oci_core_subnet.private.id
    private_ip             = each.value.private_ip
    assign_public_ip       = tostring(each.value.subnet == "public" && !(each.value.role == "ingress" && var.public_ip == "reserved"))
    skip_source_dest_check = each.value.role == "ingress"
    hostname_label         = each.key
    display_name           = each.key
    freeform_tags          = merge(local.cluster_tag, { "k3scope-key" = "node-${each.key}" })
  }

  instance_options {
    are_legacy_imds_endpoints_disabled = true
  }

  lifecycle {
    ignore_changes = [
      availability_domain,
      fault_domain,
      metadata,
      preserve_boot_volume,
      create_vnic_details[0].assign_public_ip,
      source_details[0].source_id,
    ]

    precondition {
      condition     = length(local.domains) > 0 || contains(keys(var.placements), each.key)
      error_message = "None of the availability domains that may be used (${join(", ", local.all_domains)}) offers ${local.shape}; set availability_domain to another one."
    }
    precondition {
      condition     = local.image != null
      error_message = "There is no image of ${var.operating_system} ${var.operating_system_version} for ${local.shape}; name another version, or an image by image_ocid."
    }
    precondition {
      condition     = can(regex("^(ssh-|ecdsa-sha2-|sk-)[^ \\n]* [^\\n]+$", local.ssh_public_key))
      error_message = "${var.ssh_public_key_file} is not one public key in OpenSSH's one-line format."
    }
    precondition {
      condition     = nonsensitive(var.repository_token != null) || !strcontains(local.documents[each.key], "@REPOSITORY_TOKEN@")
      error_message = "The user data of ${each.key} is to hold the Git repository's token, and repository_token is not set."
    }
    precondition {
      condition     = nonsensitive(length(local.user_data[each.key])) + length(local.ssh_public_key) + length("user_data") + length("ssh_authorized_keys") <= 32000
      error_message = "The SSH key and user data of ${each.key} are longer than the 32,000 bytes that OCI takes."
    }
  }
}
