# A quota that keeps the compartment within what is free, whoever starts something there. OCI holds a
# launch against both scopes of the A1 limits, so both are set: one alone refuses every launch.

locals {
  home_region = var.quota_guard == null ? var.region : one([
    for region in data.oci_identity_region_subscriptions.all[0].region_subscriptions : region.region_name
    if region.is_home_region
  ])

  at_root = local.compartment == var.tenancy_ocid
  # Right below the tenancy the compartment's own name is the whole way; further down it is not, and
  # then quota_scope has to say.
  quota_scope = (
    var.quota_scope != null ? var.quota_scope :
    local.at_root ? "tenancy" :
    try(data.oci_identity_compartment.this[0].compartment_id == var.tenancy_ocid ? "compartment ${data.oci_identity_compartment.this[0].name}" : null, null)
  )

  # What the nodes themselves need always fits: a guard must not refuse what it guards.
  quota_amounts = var.quota_guard == null ? [] : [
    { family = "compute-core", limit = "standard-a1-core-count", amount = max(var.quota_guard.ocpus, sum(values(var.nodes)[*].ocpus)) },
    { family = "compute-core", limit = "standard-a1-core-regional-count", amount = max(var.quota_guard.ocpus, sum(values(var.nodes)[*].ocpus)) },
    { family = "compute-memory", limit = "standard-a1-memory-count", amount = max(var.quota_guard.memory_gb, sum(values(var.nodes)[*].memory_gb)) },
    { family = "compute-memory", limit = "standard-a1-memory-regional-count", amount = max(var.quota_guard.memory_gb, sum(values(var.nodes)[*].memory_gb)) },
    { family = "block-storage", limit = "total-storage-gb", amount = max(var.quota_guard.volumes_gb, sum(values(var.nodes)[*].boot_volume_gb)) },
  ]
}

data "oci_identity_region_subscriptions" "all" {
  count = var.quota_guard == null ? 0 : 1

  tenancy_id = var.tenancy_ocid
}

data "oci_identity_compartment" "this" {
  count = var.quota_guard == null || local.at_root || var.quota_scope != null ? 0 : 1

  id = local.compartment
}

resource "oci_limits_quota" "guard" {
  count    = var.quota_guard == null ? 0 : 1
  provider = oci.home

  compartment_id = var.tenancy_ocid
  name           = "${var.cluster_name}-quota-guard"
  description    = "Keeps the cluster ${var.cluster_name} from using more than is free"
  statements = [
    for quota in local.quota_amounts :
    "set ${quota.family} quota ${quota.limit} to ${quota.amount} in ${local.quota_scope}"
  ]
  freeform_tags = merge(local.cluster_tag, { "k3scope-key" = "quota-guard" })

  lifecycle {
    precondition {
      condition     = local.quota_scope != null
      error_message = "The compartment is not right below the tenancy: set quota_scope to `compartment` and the names on the way to it, such as `compartment teams:web`."
    }
  }
}
