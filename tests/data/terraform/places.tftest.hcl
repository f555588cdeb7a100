# Where nodes are launched: in one domain by number, where somebody says, and nowhere.
run "one_domain" {
  command = plan
  variables { availability_domain = "2" }

  assert {
    condition     = distinct(values(oci_core_instance.node)[*].availability_domain) == tolist(["x:AD-2"])
    error_message = "a domain may be named by its number"
  }
}

run "named_place" {
  command = plan
  variables {
    placements = { k3s-worker = { availability_domain = "x:AD-1", fault_domain = "FAULT-DOMAIN-2" } }
  }

  assert {
    condition = (
      oci_core_instance.node["k3s-worker"].availability_domain == "x:AD-1"
      && oci_core_instance.node["k3s-worker"].fault_domain == "FAULT-DOMAIN-2"
      && oci_core_instance.node["k3s-server"].availability_domain == "x:AD-2"
    )
    error_message = "a node goes where placements says, and the others stay where they are"
  }
}

run "no_such_domain" {
  command = plan
  variables { availability_domain = "9" }
  expect_failures = [oci_core_instance.node]
}

run "no_token" {
  command = plan
  variables { agent_token = "short" }
  expect_failures = [var.agent_token]
}
