//! The compute family of the core service: instances and their parts, images, shapes, capacity,
//! console history.
//!
//! An instance's metadata holds user data, and that a join token: it is read back only where that is
//! what is wanted, as [`FirstBoot`].
#![expect(
    missing_docs,
    reason = "fields carry the names of OCI's API reference, which defines them"
)]

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Lifecycle, Tags};
use crate::oci::client::Resource;
use crate::oci::endpoints::Service;

/// A virtual machine.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub availability_domain: String,
    #[serde(default)]
    pub fault_domain: Option<String>,
    #[serde(default)]
    pub shape: String,
    #[serde(default)]
    pub shape_config: Option<ShapeConfig>,
    #[serde(default)]
    pub image_id: Option<String>,
    #[serde(default)]
    pub instance_options: Option<InstanceOptions>,
    #[serde(default)]
    pub time_created: Option<String>,
}

impl Resource for Instance {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "instances";
}

/// An instance with what it was told at its first boot.
#[derive(Clone, Debug, Deserialize)]
pub struct FirstBoot {
    #[serde(default)]
    pub metadata: FirstMetadata,
}

/// Metadata as it is read back.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct FirstMetadata {
    #[serde(default, deserialize_with = "secret")]
    pub user_data: Option<SecretString>,
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(SecretString::from))
}

impl Resource for FirstBoot {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "instances";
}

/// Size of a flexible shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShapeConfig {
    #[serde(default)]
    pub ocpus: f64,
    #[serde(default, rename = "memoryInGBs")]
    pub memory_in_gbs: f64,
}

/// Body of `LaunchInstance`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LaunchInstance {
    pub compartment_id: String,
    pub availability_domain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault_domain: Option<String>,
    pub display_name: String,
    pub shape: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape_config: Option<ShapeConfig>,
    pub source_details: ImageSource,
    pub create_vnic_details: CreateVnic,
    pub metadata: Metadata,
    pub instance_options: InstanceOptions,
    pub freeform_tags: Tags,
}

/// What an instance offers to the software on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceOptions {
    /// Whether the metadata service answers only requests that carry its header (version 2).
    #[serde(default)]
    pub are_legacy_imds_endpoints_disabled: bool,
}

/// An image to boot from, and the size of the boot volume made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "sourceType", rename = "image")]
pub struct ImageSource {
    pub image_id: String,
    #[serde(
        rename = "bootVolumeSizeInGBs",
        skip_serializing_if = "Option::is_none"
    )]
    pub boot_volume_size_in_gbs: Option<u64>,
    #[serde(
        rename = "bootVolumeVpusPerGB",
        skip_serializing_if = "Option::is_none"
    )]
    pub boot_volume_vpus_per_gb: Option<u64>,
}

/// The first VNIC of an instance to launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateVnic {
    pub subnet_id: String,
    pub assign_public_ip: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname_label: Option<String>,
    pub skip_source_dest_check: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    pub freeform_tags: Tags,
}

/// Metadata of an instance (`ssh_authorized_keys`, `user_data`): sent, but never shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// With one more entry.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(key.into(), value.into());
        self
    }

    /// Bytes of keys and values: OCI takes 32,000 together.
    pub fn size(&self) -> usize {
        self.0
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum()
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The tie of a VNIC to an instance.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VnicAttachment {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub instance_id: String,
    #[serde(default)]
    pub vnic_id: Option<String>,
    #[serde(default)]
    pub subnet_id: Option<String>,
}

impl Resource for VnicAttachment {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "vnicAttachments";
}

/// The disk that an instance boots from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BootVolume {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub availability_domain: String,
    #[serde(default, rename = "sizeInGBs")]
    pub size_in_gbs: Option<u64>,
    #[serde(default)]
    pub image_id: Option<String>,
}

impl Resource for BootVolume {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "bootVolumes";
}

/// The tie of a boot volume to an instance. Listing needs `availabilityDomain`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BootVolumeAttachment {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub boot_volume_id: String,
    #[serde(default)]
    pub instance_id: String,
}

impl Resource for BootVolumeAttachment {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "bootVolumeAttachments";
}

/// An operating system to boot; its id differs between regions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub operating_system: String,
    #[serde(default)]
    pub operating_system_version: String,
    #[serde(default)]
    pub time_created: Option<String>,
}

impl Resource for Image {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "images";
}

/// A kind of machine.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shape {
    pub shape: String,
    /// `ALWAYS_FREE`, `LIMITED_FREE` or `PAID`.
    #[serde(default)]
    pub billing_type: Option<String>,
    #[serde(default)]
    pub is_flexible: bool,
    #[serde(default)]
    pub quota_names: Vec<String>,
    #[serde(default)]
    pub processor_description: Option<String>,
    #[serde(default)]
    pub ocpu_options: Option<OcpuOptions>,
    #[serde(default)]
    pub memory_options: Option<MemoryOptions>,
}

impl Resource for Shape {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "shapes";
}

/// How many OCPUs a flexible shape may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub struct OcpuOptions {
    #[serde(default)]
    pub min: f64,
    #[serde(default)]
    pub max: f64,
}

/// How much memory a flexible shape may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub struct MemoryOptions {
    #[serde(default, rename = "minInGBs")]
    pub min_in_gbs: f64,
    #[serde(default, rename = "maxInGBs")]
    pub max_in_gbs: f64,
    #[serde(default, rename = "minPerOcpuInGBs")]
    pub min_per_ocpu_in_gbs: f64,
    #[serde(default, rename = "maxPerOcpuInGBs")]
    pub max_per_ocpu_in_gbs: f64,
}

/// A copy of an instance's serial console, made on request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsoleHistory {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub instance_id: String,
    #[serde(default)]
    pub time_created: Option<String>,
}

impl Resource for ConsoleHistory {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "instanceConsoleHistories";
}

/// Body of `CaptureConsoleHistory`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaptureConsoleHistory {
    pub instance_id: String,
    pub display_name: String,
}

/// Body of `CreateComputeCapacityReport`; the compartment must be the tenancy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateCapacityReport {
    pub compartment_id: String,
    pub availability_domain: String,
    pub shape_availabilities: Vec<AskShapeAvailability>,
}

/// One question of a capacity report.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AskShapeAvailability {
    pub instance_shape: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_shape_config: Option<ShapeConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault_domain: Option<String>,
}

/// What OCI thinks of its room: a hint, known to contradict real launches.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CapacityReport {
    #[serde(default)]
    pub availability_domain: String,
    #[serde(default)]
    pub shape_availabilities: Vec<ShapeAvailability>,
}

/// One answer of a capacity report.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShapeAvailability {
    #[serde(default)]
    pub instance_shape: String,
    #[serde(default)]
    pub fault_domain: Option<String>,
    /// `AVAILABLE`, `OUT_OF_HOST_CAPACITY` or `HARDWARE_NOT_SUPPORTED`.
    #[serde(default)]
    pub availability_status: String,
    #[serde(default)]
    pub available_count: Option<u64>,
}

impl ShapeAvailability {
    /// The report says that there is room.
    pub fn is_available(&self) -> bool {
        self.availability_status == "AVAILABLE"
    }
}
