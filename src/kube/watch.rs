//! One kind, watched.

use futures::{Stream, StreamExt};
use kube::core::ApiResource;
use kube::runtime::watcher;

use super::connection::Connection;
use super::fault::Fault;
use super::kind::Kind;
use super::wire::Seen;
use crate::domain::event::Change;
use crate::domain::object::ObjectRef;

/// One thing that a watch tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told<K> {
    /// A change.
    Change(Change<K>),
    /// An object whose body is not what its kind promises; its last good form stays.
    Unreadable(ObjectRef, String),
}

/// How the first list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// As the beginning of the watch: lean on the server, nothing is held twice.
    Streamed,
    /// Page by page, then a watch.
    Paged,
}

/// The server ends a watch after this long, and it is asked for again from where it stood: so a
/// connection that died without a word is noticed.
const WATCH_SECONDS: u32 = 120;

/// All objects of one kind and then every change to them, for ever, until an error. A [`Fault::Gone`]
/// is followed by a new list from the same stream; after another one the stream is to be dropped.
pub(crate) fn watch<K: Kind>(
    connection: &Connection,
    resource: &ApiResource,
    listing: Listing,
) -> impl Stream<Item = Result<Told<K::Object>, Fault>> + Send + use<K> {
    let api = connection.api::<Seen<K::Wire>>(&K::API, resource);
    let config = watcher::Config::default().timeout(WATCH_SECONDS);
    let config = match listing {
        Listing::Streamed => config.streaming_lists(),
        Listing::Paged => config,
    };
    watcher(api, config).map(|event| event.map(told::<K>).map_err(Fault::from))
}

fn told<K: Kind>(event: watcher::Event<Seen<K::Wire>>) -> Told<K::Object> {
    match event {
        watcher::Event::Init => Told::Change(Change::Relisting),
        watcher::Event::InitDone => Told::Change(Change::Relisted),
        watcher::Event::Delete(seen) => Told::Change(Change::Removed(seen.meta.id())),
        watcher::Event::Apply(seen) | watcher::Event::InitApply(seen) => read::<K>(seen),
    }
}

fn read<K: Kind>(seen: Seen<K::Wire>) -> Told<K::Object> {
    match seen.body {
        Ok(body) => Told::Change(Change::Applied(Box::new(K::object(seen.meta, body)))),
        Err(why) => Told::Unreadable(seen.meta.id(), why),
    }
}
