terraform {
  # What is written here needs no more than 1.8 of either program; it is tried with Terraform 1.9 and
  # later and with OpenTofu 1.8 and later.
  required_version = ">= 1.8.0"

  required_providers {
    oci = {
      source  = "oracle/oci"
      version = "~> 8.28"
    }
  }
}
