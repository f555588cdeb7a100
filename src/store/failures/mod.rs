//! Failures that operators of such clusters met, told in plain words: what happened, where, what to do.
//!
//! Each is a judgement of what the store has, and says nothing of what is not known. What a controller
//! says of one object alone stands with that object; here stands what takes several to see.

mod applications;
mod certificates;
mod host;
mod pods;
mod secrets;
mod version;

pub use applications::{application, sentence};
pub use certificates::certificate;
pub use host::node;
pub use pods::{pod, publisher};
pub use secrets::{secret, store_of};

use jiff::Timestamp;

use super::health::Unhealthy;
use super::routing::judge;
use super::{Store, views};
use crate::domain::advice::Advice;
use crate::domain::application::Application;
use crate::domain::line::Line;
use crate::domain::object::{Object, ObjectRef};

/// Puts plain words before those of the controllers in the list of what is not well, and adds what no
/// object says of itself.
pub(super) fn weigh(found: &mut Vec<Unhealthy>, store: &Store, now: Timestamp) {
    for item in found.iter_mut() {
        if let Some(plain) = plain(store, item, now) {
            item.why = Line::new(&format!("{plain} ({})", item.why));
        }
    }
    let told = |of: &ObjectRef, kind: &'static str, advice: Advice| Unhealthy {
        severity: advice.severity,
        kind,
        what: of.clone(),
        why: Line::new(&advice.why),
        since: None,
    };
    for app in store.applications.iter() {
        let first = application(store, app).into_iter().next();
        let is_listed = || app.ailment().is_some_and(|it| it.is_due(now));
        if let Some(advice) = first.filter(|_| !is_listed()) {
            found.push(told(&app.id, "application", advice));
        }
    }
    for route in store.http_routes.iter() {
        if let Some(advice) = judge::endless_redirect(store, route) {
            found.push(told(&route.id, "httproute", advice));
        }
    }
    host::weigh(found, store);
}

/// What is the matter with an application, in one sentence, where more is known than Argo CD says.
pub fn headline(store: &Store, app: &Application) -> Option<String> {
    said_of(store, app)
        .into_iter()
        .next()
        .map(|advice| advice.why)
}

/// What stands behind an item of the list, where more is known than its object says.
fn plain(store: &Store, item: &Unhealthy, now: Timestamp) -> Option<String> {
    let found = match item.kind {
        "application" => said_of(store, store.applications.get(&item.what)?),
        "certificate" => {
            let chain = views::chain(store, store.certificates.get(&item.what)?);
            certificate(store, &chain, now)
        }
        "pod" => pod(store, store.pods.get(&item.what)?),
        _ => return None,
    };
    found.into_iter().next().map(|advice| advice.why)
}

/// What the sentences of an application mean, and what else is not well with it.
fn said_of(store: &Store, app: &Application) -> Vec<Advice> {
    let conditions = app.conditions.iter().map(|it| it.message.as_str());
    let operation = app.operation.iter().map(|it| it.message.as_str());
    let meant = conditions.chain(operation);
    let mut found: Vec<Advice> = meant.filter_map(|it| sentence(store, app, it)).collect();
    found.extend(application(store, app));
    found
}
