//! Lengths of time as scenarios write them: `90s`, `3m`, `1h 30m`.

use std::time::Duration;

use jiff::SignedDuration;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Reads a length of time that must be there.
pub(in crate::lab) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    text.parse::<SignedDuration>()
        .ok()
        .and_then(|span| Duration::try_from(span).ok())
        .ok_or_else(|| D::Error::custom(format!("{text:?} is not a length of time such as 90s")))
}

/// Reads a length of time that may be absent.
pub(in crate::lab) fn maybe<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Duration>, D::Error> {
    read(from).map(Some)
}
