//! The host key that a machine shows, whoever it is: for a person who compares fingerprints before
//! it is believed. Nobody logs in on this way.

use std::sync::Arc;

use russh::client;
use tokio::sync::watch;

use super::dial::Dial;
use super::error::SshError;
use super::host_key::{HostKey, HostKeys};
use super::keeper::{Broken, Keeper};
use super::session::{Hop, Session, config, in_time};
use crate::clock::Clock;
use crate::domain::line::Line;

/// The key that the machine at `hop` shows: reached through `way` where one is given, and otherwise
/// by `dial`. Of several keys that it has, it is asked for those first of which `hop` has some.
pub async fn shown_key(
    hop: &Hop,
    way: Option<&Session>,
    dial: &Dial,
    clock: Clock,
) -> Result<HostKey, SshError> {
    let to = hop.shown();
    let showing = async {
        let stream = match way {
            Some(way) => way.direct(&hop.host, hop.port).await?,
            None => dial.connect(&hop.host, hop.port, clock).await?.into(),
        };
        let (shown, seen) = watch::channel(None);
        let keeper = Keeper {
            to: to.clone(),
            // With no key to expect, the connection ends as soon as one was shown.
            keys: HostKeys::default(),
            ending: watch::Sender::new(None),
            shown,
        };
        let config = Arc::new(config(&hop.keys));
        let connected = Box::pin(client::connect_stream(config, stream, keeper)).await;
        let key = seen.borrow().clone();
        match (key, connected) {
            (Some(key), _) => Ok(key),
            (None, Err(Broken(error))) => Err(error),
            (None, Ok(_)) => Err(SshError::Protocol {
                to: to.clone(),
                why: Line::new("it shows no host key"),
            }),
        }
    };
    in_time(clock, dial.patience(), &to, showing).await
}
