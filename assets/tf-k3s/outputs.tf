# What is not made yet is left out: a plan of single resources (-target) reads these as well.

output "public_ip" {
  description = "The public address at which the cluster is served and logged in to."
  value = (
    var.public_ip == "reserved" ? try(oci_core_public_ip.ingress[0].ip_address, null) :
    try(oci_core_instance.node[local.ingress].public_ip, null)
  )
}

output "nodes" {
  description = "The nodes by name: the instance's OCID, its addresses and where it stands."
  value = {
    for name, instance in oci_core_instance.node : name => {
      id                  = instance.id
      role                = try(var.nodes[name].role, null)
      subnet              = try(var.nodes[name].subnet, null)
      private_ip          = instance.private_ip
      availability_domain = instance.availability_domain
      fault_domain        = instance.fault_domain
    }
  }
}

output "vcn_id" {
  description = "The virtual cloud network's OCID."
  value       = oci_core_vcn.this.id
}

output "subnet_ids" {
  description = "The subnets' OCIDs."
  value = {
    public  = oci_core_subnet.public.id
    private = oci_core_subnet.private.id
  }
}

output "image_id" {
  description = "The OCID of the image that a new node would start from."
  value       = local.image
}
