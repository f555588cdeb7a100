# The cloud that the folder is planned against: three availability domains with three fault domains
# each, two images, a private address. What is not named here is made up by Terraform itself.
mock_provider "oci" {
  mock_data "oci_identity_availability_domains" {
    defaults = { availability_domains = [{ name = "x:AD-1" }, { name = "x:AD-2" }, { name = "x:AD-3" }] }
  }
  mock_data "oci_core_shapes" {
    defaults = { shapes = [{ name = "VM.Standard.A1.Flex" }] }
  }
  mock_data "oci_identity_fault_domains" {
    defaults = { fault_domains = [{ name = "FAULT-DOMAIN-1" }, { name = "FAULT-DOMAIN-2" }, { name = "FAULT-DOMAIN-3" }] }
  }
  mock_data "oci_core_images" {
    defaults = { images = [{ id = "ocid1.image.oc1.new" }, { id = "ocid1.image.oc1.old" }] }
  }
  mock_data "oci_core_private_ips" {
    defaults = { private_ips = [{ id = "ocid1.privateip.oc1..ingress" }] }
  }
  mock_data "oci_identity_region_subscriptions" {
    defaults = {
      region_subscriptions = [
        { region_name = "eu-frankfurt-1", is_home_region = false },
        { region_name = "us-ashburn-1", is_home_region = true },
      ]
    }
  }
}

mock_provider "oci" {
  alias = "home"
}
