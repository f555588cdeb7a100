# The account.

variable "tenancy_ocid" {
  description = "The tenancy. Availability domains are listed, and the quota is laid, at its root."
  type        = string

  validation {
    condition     = startswith(var.tenancy_ocid, "ocid1.tenancy.")
    error_message = "tenancy_ocid is a tenancy's OCID, such as ocid1.tenancy.oc1..aaaa."
  }
}

variable "compartment_ocid" {
  description = "The compartment in which the cluster stands; without it, the tenancy's root."
  type        = string
  default     = null

  validation {
    condition     = var.compartment_ocid == null ? true : can(regex("^ocid1\\.(compartment|tenancy)\\.", var.compartment_ocid))
    error_message = "compartment_ocid is the OCID of a compartment or of the tenancy."
  }
}

variable "region" {
  description = "The region, such as eu-frankfurt-1; without it, the profile's."
  type        = string
  default     = null

  validation {
    condition     = var.region == null ? true : can(regex("^[a-z0-9]+(-[a-z0-9]+)+$", var.region))
    error_message = "region is a region's identifier, such as eu-frankfurt-1."
  }
}

variable "config_file_profile" {
  description = "The profile (section) of ~/.oci/config that has the credentials; without it, DEFAULT or the environment."
  type        = string
  default     = null
}

variable "auth" {
  description = "How the provider proves who it is: SecurityToken for a session's profile; without it, an API key."
  type        = string
  default     = null

  validation {
    condition     = var.auth == null ? true : contains(["ApiKey", "SecurityToken", "InstancePrincipal", "ResourcePrincipal"], var.auth)
    error_message = "auth is ApiKey, SecurityToken, InstancePrincipal or ResourcePrincipal."
  }
}

# The cluster.

variable "cluster_name" {
  description = "Names everything that belongs to the cluster, and is the value of the tag k3scope-cluster on it."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$", var.cluster_name))
    error_message = "cluster_name has lower-case letters, digits and -, begins and ends with a letter or digit, and is at most 30 characters long."
  }
}

variable "nodes" {
  description = "The nodes by name: one with the role ingress (public: it serves the hosts and routes for the private nodes), one server (the control plane), any number of workers. `number`, from 0, says where a node stands in line when nodes are spread over domains."
  type = map(object({
    number         = number
    role           = string
    subnet         = string
    ocpus          = number
    memory_gb      = number
    boot_volume_gb = optional(number, 50)
    private_ip     = string
  }))

  validation {
    condition     = alltrue([for name in keys(var.nodes) : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "A node's name is its host name: lower-case letters, digits and -, at most 63 characters."
  }
  validation {
    condition     = alltrue([for node in values(var.nodes) : contains(["ingress", "server", "worker"], node.role)])
    error_message = "A node's role is ingress, server or worker."
  }
  validation {
    condition = alltrue([
      for role in ["ingress", "server"] : length([for node in values(var.nodes) : node if node.role == role]) == 1
    ])
    error_message = "A cluster has exactly one ingress node and exactly one server."
  }
  validation {
    condition     = alltrue([for node in values(var.nodes) : contains(["public", "private"], node.subnet)])
    error_message = "A node's subnet is public or private."
  }
  validation {
    condition     = alltrue([for node in values(var.nodes) : node.role != "ingress" || node.subnet == "public"])
    error_message = "The ingress node stands in the public subnet."
  }
  validation {
    condition = alltrue([
      for node in values(var.nodes) : node.ocpus >= 1 && node.memory_gb >= node.ocpus && node.memory_gb <= 64 * node.ocpus
    ])
    error_message = "A1 nodes have 1 OCPU or more, and 1 to 64 GB of memory for each."
  }
  validation {
    condition     = alltrue([for node in values(var.nodes) : node.boot_volume_gb >= 50])
    error_message = "OCI makes no boot volume of less than 50 GB."
  }
  validation {
    condition = (
      length(distinct([for node in values(var.nodes) : node.private_ip])) == length(var.nodes) &&
      alltrue([for node in values(var.nodes) : can(cidrhost("${node.private_ip}/32", 0))])
    )
    error_message = "Each node has an IPv4 address of its own."
  }
}

variable "placements" {
  description = "Where nodes are launched, by name; a node that is not named is spread over the domains that offer the shape. Counts for nodes that are yet to be made: what runs is never moved."
  type = map(object({
    availability_domain = string
    fault_domain        = optional(string)
  }))
  default = {}
}

variable "availability_domain" {
  description = "The availability domain to launch in, by number from 1 or by full name; without it, all that offer the shape."
  type        = string
  default     = null
}

# The network.

variable "vcn_cidr" {
  description = "The whole virtual cloud network."
  type        = string

  validation {
    condition     = can(cidrhost(var.vcn_cidr, 0))
    error_message = "vcn_cidr is an IPv4 network as ADDRESS/PREFIX."
  }
}

variable "public_subnet_cidr" {
  description = "The subnet behind the internet gateway, where the ingress node stands."
  type        = string

  validation {
    condition     = can(cidrhost(var.public_subnet_cidr, 0))
    error_message = "public_subnet_cidr is an IPv4 network as ADDRESS/PREFIX."
  }
}

variable "private_subnet_cidr" {
  description = "The subnet that reaches the internet through the ingress node."
  type        = string

  validation {
    condition     = can(cidrhost(var.private_subnet_cidr, 0))
    error_message = "private_subnet_cidr is an IPv4 network as ADDRESS/PREFIX."
  }
}

variable "ssh_from" {
  description = "The networks from which SSH to the ingress node is allowed."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for from in var.ssh_from : can(cidrhost(from, 0))])
    error_message = "ssh_from has IPv4 networks as ADDRESS/PREFIX."
  }
}

variable "nodeports_from" {
  description = "The networks outside the VCN from which the node ports (30000 to 32767) are allowed. Inside the VCN they always are."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for from in var.nodeports_from : can(cidrhost(from, 0))])
    error_message = "nodeports_from has IPv4 networks as ADDRESS/PREFIX."
  }
}

variable "public_ip" {
  description = "The ingress node's public address: reserved is kept when the node is rebuilt, ephemeral is another one after each rebuild."
  type        = string
  default     = "reserved"

  validation {
    condition     = contains(["reserved", "ephemeral"], var.public_ip)
    error_message = "public_ip is reserved or ephemeral."
  }
}

# What the nodes start from.

variable "image_ocid" {
  description = "The image of new nodes; without it, the newest of the operating system below. Counts for nodes that are yet to be made."
  type        = string
  default     = null

  validation {
    condition     = var.image_ocid == null ? true : startswith(var.image_ocid, "ocid1.image.")
    error_message = "image_ocid is an image's OCID, such as ocid1.image.oc1.eu-frankfurt-1.aaaa."
  }
}

variable "operating_system" {
  description = "OCI's name of the operating system."
  type        = string
  default     = "Canonical Ubuntu"
}

variable "operating_system_version" {
  description = "Its version."
  type        = string
  default     = "24.04"
}

variable "ssh_public_key_file" {
  description = "The file of the public SSH key that is laid on every node, in OpenSSH's one-line format; ~ is the home folder, other paths begin here."
  type        = string
}

# What guards the account.

variable "quota_guard" {
  description = "What the compartment may use of A1 and of volumes, whoever asks for it; without it, no quota is laid. The nodes themselves always fit."
  type = object({
    ocpus      = number
    memory_gb  = number
    volumes_gb = number
  })
  default = null
}

variable "quota_scope" {
  description = "How the quota names the compartment: `tenancy`, or `compartment` and the names on the way to it, such as `compartment teams:web`. Needed only where the compartment is not the tenancy or right below it."
  type        = string
  default     = null

  validation {
    condition     = var.quota_scope == null ? true : can(regex("^(tenancy|compartment .+)$", var.quota_scope))
    error_message = "quota_scope is `tenancy`, or `compartment` and a name."
  }
}

# Secrets. They stand in secrets.auto.tfvars.json.

variable "agent_token" {
  description = "The token with which the cluster's agents join: it lets a node join as an agent and opens nothing else."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.agent_token))
    error_message = "agent_token is 64 hexadecimal digits."
  }
}

variable "repository_token" {
  description = "The token that reads the Git repository, where the server's user data is to hold it (bootstrap.secrets in cluster.toml)."
  type        = string
  sensitive   = true
  default     = null
}
