//! `v1` Event.

use serde::Deserialize;

use super::fields::{Time, nullable};
use super::object::Meta;
use crate::domain::cluster_event::ClusterEvent;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;

/// The body of an Event: the old form (count, timestamps) and the new one (eventTime, series).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EventBody {
    r#type: String,
    reason: Line,
    message: Line,
    count: Option<u32>,
    first_timestamp: Time,
    last_timestamp: Time,
    event_time: Time,
    series: Option<Series>,
    #[serde(deserialize_with = "nullable")]
    involved_object: Involved,
    #[serde(deserialize_with = "nullable")]
    source: Source,
    reporting_component: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Series {
    count: u32,
    last_observed_time: Time,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Involved {
    kind: Line,
    namespace: Line,
    name: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Source {
    component: Line,
}

impl From<(Meta, EventBody)> for ClusterEvent {
    fn from((meta, body): (Meta, EventBody)) -> Self {
        let series = body.series.unwrap_or_default();
        let first = body
            .first_timestamp
            .0
            .or(body.event_time.0)
            .or(meta.created());
        Self {
            id: meta.id(),
            warning: body.r#type == "Warning",
            reason: body.reason,
            message: body.message,
            kind: body.involved_object.kind,
            about: ObjectRef {
                namespace: body.involved_object.namespace,
                name: body.involved_object.name,
            },
            by: body.source.component.or(&body.reporting_component),
            count: body.count.unwrap_or(0).max(series.count).max(1),
            first_seen: first,
            last_seen: series
                .last_observed_time
                .0
                .or(body.last_timestamp.0)
                .or(first),
        }
    }
}
