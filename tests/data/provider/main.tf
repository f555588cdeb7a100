terraform {
  required_providers {
    oci = {
      source  = "oracle/oci"
      version = "~> 8.28"
    }
  }
}

variable "tenancy" { type = string }
variable "compartment" { type = string }

provider "oci" {
  tenancy_ocid = var.tenancy
}

locals {
  nodes = { server = [2, 12, "10.0.2.10"], worker = [1, 6, "10.0.2.20"] }
}

data "oci_identity_availability_domains" "ads" {
  compartment_id = var.compartment
}

data "oci_core_images" "ubuntu" {
  compartment_id           = var.compartment
  operating_system         = "Canonical Ubuntu"
  operating_system_version = "24.04"
  shape                    = "VM.Standard.A1.Flex"
  sort_by                  = "TIMECREATED"
  sort_order               = "DESC"
}

resource "oci_core_vcn" "k3s" {
  compartment_id = var.compartment
  cidr_blocks    = ["10.0.0.0/16"]
  display_name   = "k3s-vcn"
  dns_label      = "k3svcn"
  freeform_tags  = { Project = "k3s" }
}

resource "oci_core_internet_gateway" "igw" {
  compartment_id = var.compartment
  vcn_id         = oci_core_vcn.k3s.id
  display_name   = "k3s-igw"
  enabled        = true
}

resource "oci_core_route_table" "public" {
  compartment_id = var.compartment
  vcn_id         = oci_core_vcn.k3s.id
  display_name   = "k3s-public-rt"
  route_rules {
    destination       = "0.0.0.0/0"
    destination_type  = "CIDR_BLOCK"
    network_entity_id = oci_core_internet_gateway.igw.id
  }
}

resource "oci_core_security_list" "public" {
  compartment_id = var.compartment
  vcn_id         = oci_core_vcn.k3s.id
  display_name   = "k3s-public-sl"
  egress_security_rules {
    destination = "0.0.0.0/0"
    protocol    = "all"
  }
  ingress_security_rules {
    protocol = "all"
    source   = "10.0.0.0/16"
  }
  dynamic "ingress_security_rules" {
    for_each = { http = [80, 80], https = [443, 443], nodeports = [30000, 32767] }
    content {
      protocol = "6"
      source   = "0.0.0.0/0"
      tcp_options {
        min = ingress_security_rules.value[0]
        max = ingress_security_rules.value[1]
      }
    }
  }
}

resource "oci_core_security_list" "private" {
  compartment_id = var.compartment
  vcn_id         = oci_core_vcn.k3s.id
  display_name   = "k3s-private-sl"
  egress_security_rules {
    destination = "0.0.0.0/0"
    protocol    = "all"
  }
  ingress_security_rules {
    protocol = "all"
    source   = "10.0.0.0/16"
  }
}

resource "oci_core_subnet" "public" {
  compartment_id             = var.compartment
  vcn_id                     = oci_core_vcn.k3s.id
  cidr_block                 = "10.0.1.0/24"
  display_name               = "k3s-public-subnet"
  dns_label                  = "public"
  prohibit_public_ip_on_vnic = false
  route_table_id             = oci_core_route_table.public.id
  security_list_ids          = [oci_core_security_list.public.id]
}

resource "oci_core_instance" "ingress" {
  compartment_id      = var.compartment
  availability_domain = data.oci_identity_availability_domains.ads.availability_domains[0].name
  display_name        = "k3s-ingress"
  shape               = "VM.Standard.A1.Flex"
  shape_config {
    ocpus         = 1
    memory_in_gbs = 6
  }
  source_details {
    source_type = "image"
    source_id   = data.oci_core_images.ubuntu.images[0].id
  }
  create_vnic_details {
    subnet_id              = oci_core_subnet.public.id
    assign_public_ip       = true
    private_ip             = "10.0.1.10"
    hostname_label         = "ingress"
    skip_source_dest_check = true
  }
  metadata = {
    ssh_authorized_keys = "ssh-ed25519 AAAA test"
    user_data           = base64encode("#cloud-config\n")
  }
}

data "oci_core_private_ips" "ingress" {
  ip_address = "10.0.1.10"
  subnet_id  = oci_core_subnet.public.id
  depends_on = [oci_core_instance.ingress]
}

resource "oci_core_route_table" "private" {
  compartment_id = var.compartment
  vcn_id         = oci_core_vcn.k3s.id
  display_name   = "k3s-private-rt"
  route_rules {
    destination       = "0.0.0.0/0"
    destination_type  = "CIDR_BLOCK"
    network_entity_id = data.oci_core_private_ips.ingress.private_ips[0].id
  }
}

resource "oci_core_subnet" "private" {
  compartment_id             = var.compartment
  vcn_id                     = oci_core_vcn.k3s.id
  cidr_block                 = "10.0.2.0/24"
  display_name               = "k3s-private-subnet"
  dns_label                  = "private"
  prohibit_public_ip_on_vnic = true
  route_table_id             = oci_core_route_table.private.id
  security_list_ids          = [oci_core_security_list.private.id]
}

resource "oci_core_instance" "node" {
  for_each            = local.nodes
  compartment_id      = var.compartment
  availability_domain = data.oci_identity_availability_domains.ads.availability_domains[0].name
  display_name        = "k3s-${each.key}"
  shape               = "VM.Standard.A1.Flex"
  shape_config {
    ocpus         = each.value[0]
    memory_in_gbs = each.value[1]
  }
  source_details {
    source_type = "image"
    source_id   = data.oci_core_images.ubuntu.images[0].id
  }
  create_vnic_details {
    subnet_id        = oci_core_subnet.private.id
    assign_public_ip = false
    private_ip       = each.value[2]
    hostname_label   = each.key
  }
  metadata = {
    ssh_authorized_keys = "ssh-ed25519 AAAA test"
    user_data           = base64encode("#cloud-config\n")
  }
}

output "ingress_public_ip" { value = oci_core_instance.ingress.public_ip }
output "server_private_ip" { value = oci_core_instance.node["server"].private_ip }
