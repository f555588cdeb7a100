output "public_ip" {
  description = "The public address at which the cluster is served and logged in to."
  value       = var.public_ip == "reserved" ? oci_core_public_ip.ingress[0].ip_address : oci_core_instance.node[local.ingress].public_ip
}

output "nodes" {
  description = "The nodes by name: the instance's OCID, its addresses and where it stands."
  value = {
    for name, node in var.nodes : name => {
      id                  = oci_core_instance.node[name].id
      role                = node.role
      subnet              = node.subnet
      private_ip          = oci_core_instance.node[name].private_ip
      availability_domain = oci_core_instance.node[name].availability_domain
      fault_domain        = oci_core_instance.node[name].fault_domain
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
