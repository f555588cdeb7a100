# The optional parts: a quota, and a public address that comes and goes with the node.
run "at_the_root" {
  command = plan

  assert {
    condition = oci_limits_quota.guard[0].statements == tolist([
      "set compute-core quota standard-a1-core-count to 4 in tenancy",
      "set compute-core quota standard-a1-core-regional-count to 4 in tenancy",
      "set compute-memory quota standard-a1-memory-count to 24 in tenancy",
      "set compute-memory quota standard-a1-memory-regional-count to 24 in tenancy",
      "set block-storage quota total-storage-gb to 200 in tenancy",
    ])
    error_message = "the nodes fit into the guard"
  }
  assert {
    condition = (
      length(oci_core_public_ip.ingress) == 0
      && oci_core_instance.node["k3s-ingress"].create_vnic_details[0].assign_public_ip == "true"
      && oci_core_instance.node["k3s-server"].create_vnic_details[0].assign_public_ip == "false"
    )
    error_message = "the ephemeral address is the node's own"
  }
}

run "below_the_root" {
  command = plan
  variables { compartment_ocid = "ocid1.compartment.oc1..web" }
  override_data {
    target = data.oci_identity_compartment.this[0]
    values = { compartment_id = "ocid1.tenancy.oc1..aaaa", name = "web" }
  }

  assert {
    condition = (
      endswith(oci_limits_quota.guard[0].statements[0], "in compartment web")
      && oci_limits_quota.guard[0].compartment_id == "ocid1.tenancy.oc1..aaaa"
      && oci_core_vcn.this.compartment_id == "ocid1.compartment.oc1..web"
    )
    error_message = "a quota stands at the root and names the compartment"
  }
}

run "further_down" {
  command = plan
  variables { compartment_ocid = "ocid1.compartment.oc1..web" }
  expect_failures = [oci_limits_quota.guard]
}
