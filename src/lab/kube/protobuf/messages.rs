//! Field numbers of the messages that clients send, as Kubernetes' `generated.proto` files have them.

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A string.
    Text,
    /// Strings.
    Texts,
    /// A whole number.
    Number,
    /// True or false; false is left out.
    Flag,
    /// Strings by string.
    TextMap,
    /// Bytes by string, as base64.
    BytesMap,
    /// Another message.
    Message(&'static str),
    /// Other messages.
    Messages(&'static str),
    /// What a server does not take from a client.
    Ignored,
}

use Form::{BytesMap, Flag, Ignored, Message, Messages, Number, Text, TextMap, Texts};

type Fields = &'static [(u64, &'static str, Form)];

/// A message's fields, by its name.
pub(super) fn message(name: &str) -> Option<Fields> {
    MESSAGES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, fields)| *fields)
}

const METADATA: (u64, &str, Form) = (1, "metadata", Message("ObjectMeta"));

const MESSAGES: &[(&str, Fields)] = &[
    ("TypeMeta", &[(1, "apiVersion", Text), (2, "kind", Text)]),
    (
        "ObjectMeta",
        &[
            (1, "name", Text),
            (2, "generateName", Text),
            (3, "namespace", Text),
            (4, "selfLink", Ignored),
            (5, "uid", Text),
            (6, "resourceVersion", Text),
            (7, "generation", Ignored),
            (8, "creationTimestamp", Ignored),
            (9, "deletionTimestamp", Ignored),
            (10, "deletionGracePeriodSeconds", Ignored),
            (11, "labels", TextMap),
            (12, "annotations", TextMap),
            (13, "ownerReferences", Messages("OwnerReference")),
            (14, "finalizers", Texts),
            (17, "managedFields", Ignored),
        ],
    ),
    (
        "OwnerReference",
        &[
            (1, "kind", Text),
            (3, "name", Text),
            (4, "uid", Text),
            (5, "apiVersion", Text),
            (6, "controller", Flag),
            (7, "blockOwnerDeletion", Flag),
        ],
    ),
    (
        "DeleteOptions",
        &[
            (1, "gracePeriodSeconds", Number),
            (2, "preconditions", Message("Preconditions")),
            (3, "orphanDependents", Flag),
            (4, "propagationPolicy", Text),
            (5, "dryRun", Texts),
        ],
    ),
    (
        "Preconditions",
        &[(1, "uid", Text), (2, "resourceVersion", Text)],
    ),
    (
        "Eviction",
        &[METADATA, (2, "deleteOptions", Message("DeleteOptions"))],
    ),
    (
        "SelfSubjectAccessReview",
        &[
            METADATA,
            (2, "spec", Message("AccessSpec")),
            (3, "status", Ignored),
        ],
    ),
    (
        "AccessSpec",
        &[
            (1, "resourceAttributes", Message("ResourceAttributes")),
            (2, "nonResourceAttributes", Message("NonResourceAttributes")),
        ],
    ),
    (
        "ResourceAttributes",
        &[
            (1, "namespace", Text),
            (2, "verb", Text),
            (3, "group", Text),
            (4, "version", Text),
            (5, "resource", Text),
            (6, "subresource", Text),
            (7, "name", Text),
        ],
    ),
    (
        "NonResourceAttributes",
        &[(1, "path", Text), (2, "verb", Text)],
    ),
    (
        "SelfSubjectRulesReview",
        &[
            METADATA,
            (2, "spec", Message("RulesSpec")),
            (3, "status", Ignored),
        ],
    ),
    ("RulesSpec", &[(1, "namespace", Text)]),
    ("SelfSubjectReview", &[METADATA, (2, "status", Ignored)]),
    (
        "Namespace",
        &[METADATA, (2, "spec", Ignored), (3, "status", Ignored)],
    ),
    (
        "ConfigMap",
        &[
            METADATA,
            (2, "data", TextMap),
            (3, "binaryData", BytesMap),
            (4, "immutable", Flag),
        ],
    ),
    (
        "Secret",
        &[
            METADATA,
            (2, "data", BytesMap),
            (3, "type", Text),
            (4, "stringData", TextMap),
            (5, "immutable", Flag),
        ],
    ),
    ("ServiceAccount", &[METADATA]),
    (
        "Deployment",
        &[
            METADATA,
            (2, "spec", Message("DeploymentSpec")),
            (3, "status", Ignored),
        ],
    ),
    (
        "DeploymentSpec",
        &[
            (1, "replicas", Number),
            (2, "selector", Message("LabelSelector")),
            (3, "template", Message("PodTemplateSpec")),
            (4, "strategy", Message("Nothing")),
        ],
    ),
    ("LabelSelector", &[(1, "matchLabels", TextMap)]),
    (
        "PodTemplateSpec",
        &[METADATA, (2, "spec", Message("PodSpec"))],
    ),
    (
        "PodSpec",
        &[
            (2, "containers", Messages("Container")),
            (3, "restartPolicy", Text),
            (6, "dnsPolicy", Text),
            (7, "nodeSelector", TextMap),
            (8, "serviceAccountName", Text),
            (9, "serviceAccount", Text),
            (10, "nodeName", Text),
            (11, "hostNetwork", Flag),
        ],
    ),
    (
        "Container",
        &[
            (1, "name", Text),
            (2, "image", Text),
            (3, "command", Texts),
            (4, "args", Texts),
            (5, "workingDir", Text),
            (6, "ports", Messages("ContainerPort")),
            (7, "env", Messages("EnvVar")),
            (8, "resources", Message("Nothing")),
            (14, "imagePullPolicy", Text),
        ],
    ),
    (
        "ContainerPort",
        &[
            (1, "name", Text),
            (2, "hostPort", Ignored),
            (3, "containerPort", Number),
            (4, "protocol", Text),
        ],
    ),
    ("EnvVar", &[(1, "name", Text), (2, "value", Text)]),
    (
        "Job",
        &[
            METADATA,
            (2, "spec", Message("JobSpec")),
            (3, "status", Ignored),
        ],
    ),
    (
        "JobSpec",
        &[
            (1, "parallelism", Number),
            (2, "completions", Number),
            (4, "selector", Message("LabelSelector")),
            (6, "template", Message("PodTemplateSpec")),
            (7, "backoffLimit", Number),
        ],
    ),
    ("Nothing", &[]),
];
