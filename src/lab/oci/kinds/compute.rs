//! The resource types of compute: instances, their attachments, boot volumes, console captures.

use super::kind::{DEFINED, Kind, NAME, PLAIN, RENAME, TAGS};
use crate::lab::oci::schema::{Field, Type, may, must};
use crate::lab::oci::{boot_volume, console, instance};

const OF_AN_INSTANCE: &[&str] = &["availabilityDomain", "compartmentId", "instanceId"];

const SHAPE_CONFIG: &[Field] = &[
    may("ocpus", Type::Number),
    may("memoryInGBs", Type::Number),
    may("vcpus", Type::Whole),
    may("baselineOcpuUtilization", Type::Text),
    may("nvmes", Type::Whole),
];
const OPTIONS: &[Field] = &[may("areLegacyImdsEndpointsDisabled", Type::Flag)];

pub(in crate::lab::oci) static INSTANCE: Kind = Kind {
    path: "instances",
    word: "instance",
    update: &[
        NAME,
        TAGS,
        DEFINED,
        may("metadata", Type::TextMap),
        may("extendedMetadata", Type::Object),
        may("shape", Type::Text),
        may("shapeConfig", Type::Shape(SHAPE_CONFIG)),
        may("updateOperationConstraint", Type::Text),
        may("instanceOptions", Type::Shape(OPTIONS)),
        may("agentConfig", Type::Object),
        may("availabilityConfig", Type::Object),
        may("securityAttributes", Type::Object),
    ],
    filters: &[
        "availabilityDomain",
        "compartmentId",
        "displayName",
        "lifecycleState",
    ],
    making: Some(("PROVISIONING", 20.0)),
    ready: "RUNNING",
    removing: Some(("TERMINATING", 15.0, "TERMINATED")),
    lingers: 3600,
    check: Some(instance::check_update),
    changed: Some(instance::changed),
    arrived: Some(instance::arrived),
    ..PLAIN
};

pub(in crate::lab::oci) static VNIC_ATTACHMENT: Kind = Kind {
    path: "vnicAttachments",
    word: "vnicattachment",
    filters: &[
        "availabilityDomain",
        "compartmentId",
        "instanceId",
        "vnicId",
    ],
    making: Some(("ATTACHING", 5.0)),
    ready: "ATTACHED",
    removing: Some(("DETACHING", 3.0, "DETACHED")),
    lingers: 3600,
    deletable: false,
    ..PLAIN
};

pub(in crate::lab::oci) static BOOT_VOLUME: Kind = Kind {
    path: "bootVolumes",
    word: "bootvolume",
    update: &[
        NAME,
        TAGS,
        DEFINED,
        may("sizeInGBs", Type::Whole),
        may("vpusPerGB", Type::Whole),
        may("isAutoTuneEnabled", Type::Flag),
    ],
    list_needs: &[],
    filters: &["availabilityDomain", "compartmentId"],
    making: Some(("PROVISIONING", 8.0)),
    removing: Some(("TERMINATING", 3.0, "TERMINATED")),
    lingers: 600,
    used_by: &[("bootVolumeAttachments", "bootVolumeId")],
    check: Some(boot_volume::check),
    changed: Some(boot_volume::changed),
    ..PLAIN
};

pub(in crate::lab::oci) static BOOT_VOLUME_ATTACHMENT: Kind = Kind {
    path: "bootVolumeAttachments",
    word: "bootvolumeattachment",
    list_needs: &["availabilityDomain", "compartmentId"],
    filters: &[
        "availabilityDomain",
        "compartmentId",
        "instanceId",
        "bootVolumeId",
    ],
    making: Some(("ATTACHING", 8.0)),
    ready: "ATTACHED",
    removing: Some(("DETACHING", 3.0, "DETACHED")),
    deletable: false,
    ..PLAIN
};

pub(in crate::lab::oci) static CONSOLE_HISTORY: Kind = Kind {
    path: "instanceConsoleHistories",
    word: "consolehistory",
    create: &[
        must("instanceId", Type::Id("instances")),
        NAME,
        TAGS,
        DEFINED,
    ],
    update: RENAME,
    filters: &[
        "availabilityDomain",
        "compartmentId",
        "instanceId",
        "lifecycleState",
    ],
    making: Some(("REQUESTED", 1.0)),
    ready: "GETTING-HISTORY",
    made: Some(console::furnish),
    arrived: Some(console::arrived),
    ..PLAIN
};

pub(in crate::lab::oci) static VOLUME_ATTACHMENT: Kind = Kind {
    path: "volumeAttachments",
    word: "volumeattachment",
    filters: OF_AN_INSTANCE,
    deletable: false,
    ..PLAIN
};
