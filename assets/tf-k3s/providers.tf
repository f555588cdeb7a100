# Credentials are not written here. The provider takes them from the profile below, or from
# OCI_user_ocid, OCI_fingerprint, OCI_private_key_path and the like in the environment.
provider "oci" {
  auth                = var.auth
  config_file_profile = var.config_file_profile
  region              = var.region
  tenancy_ocid        = var.tenancy_ocid
}

# Quotas are written in the tenancy's home region only, wherever the cluster stands.
provider "oci" {
  alias = "home"

  auth                = var.auth
  config_file_profile = var.config_file_profile
  region              = local.home_region
  tenancy_ocid        = var.tenancy_ocid
}
