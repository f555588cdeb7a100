//! What a single value must look like, as JSON Schema.
//!
//! `format` names a form that the check knows how to parse; the ones that are not registered in
//! JSON Schema's vocabulary are ignored by other validators, as its specification asks.

use schemars::{Schema, SchemaGenerator, json_schema};

macro_rules! shapes {
    ($($name:ident => $schema:tt;)+) => {
        $(pub(super) fn $name(_: &mut SchemaGenerator) -> Schema {
            json_schema!($schema)
        })+
    };
}

shapes! {
    text => { "type": "string", "minLength": 1, "format": "line" };
    path => { "type": "string", "minLength": 1, "format": "path" };
    cluster_name => { "type": "string", "format": "label", "maxLength": 30 };
    node_name => { "type": "string", "format": "label", "maxLength": 63 };
    role => { "type": "string", "enum": ["ingress", "server", "worker"] };
    placement => { "type": "string", "enum": ["public", "private"] };
    public_ip => { "type": "string", "enum": ["reserved", "ephemeral"] };
    duration => { "type": "string", "format": "duration" };
    ipv4 => { "type": "string", "format": "ipv4" };
    cidr => { "type": "string", "format": "cidr" };
    cidrs => { "type": "array", "items": { "type": "string", "format": "cidr" } };
    region => { "type": "string", "format": "region" };
    compartment_ocid => { "type": "string", "format": "ocid-compartment" };
    image_ocid => { "type": "string", "format": "ocid-image" };
    availability_domain => { "type": ["integer", "string"], "minimum": 1, "maximum": 3, "minLength": 1 };
    amount => { "type": "integer", "minimum": 0, "maximum": 1_000_000 };
    price => { "type": "number", "minimum": 0, "maximum": 1_000 };
    domain_name => { "type": "string", "format": "domain-name" };
    zone_id => { "type": "string", "format": "zone-id" };
    repository_url => { "type": "string", "format": "repository-url" };
    revision => { "type": "string", "format": "git-revision" };
    folder => { "type": "string", "format": "folder" };
    registry => { "type": "string", "format": "registry" };
    namespaces => { "type": "array", "items": { "type": "string", "format": "label" } };
    email => { "type": "string", "format": "email" };
    k3s_version => { "type": "string", "format": "k3s-version" };
    sha256 => { "type": "string", "format": "sha256" };
    url => { "type": "string", "format": "service-url" };
    socket_address => { "type": "string", "format": "socket-address" };
    name_servers => { "type": "array", "items": { "type": "string", "format": "name-server" } };
    loopback_address => { "type": "string", "format": "loopback-address" };
    pace => { "type": "number", "minimum": 1, "maximum": 1_000 };
    command => { "type": "array", "items": { "type": "string" }, "minItems": 1 };
    dial => {
        "type": "object",
        "propertyNames": { "format": "host-port" },
        "additionalProperties": { "type": "string", "format": "socket-address" },
    };
    secret => {
        "type": "object",
        "format": "secret-reference",
        "oneOf": [
            { "required": ["env"] },
            { "required": ["file"] },
            { "required": ["command"] },
        ],
        "properties": {
            "env": { "type": "string", "format": "variable",
                "description": "The environment variable that holds the secret." },
            "file": { "type": "string", "minLength": 1, "format": "path",
                "description": "The file that holds the secret." },
            "command": { "type": "array", "items": { "type": "string" }, "minItems": 1,
                "description": "The program that prints the secret. Takes effect after `k3scope trust`." },
        },
        "additionalProperties": false,
    };
}
