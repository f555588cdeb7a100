//! Secrets that are kept as stores outside of the cluster have them (external-secrets). No value is
//! known here, and none is shown.

use super::advised;
use super::offers;
use super::signs::{self, Sign, age, age_key, dated, signed};
use crate::domain::external_secret::{ExternalSecret, Refreshes};
use crate::domain::line::Line;
use crate::domain::object::{Object, ObjectRef};
use crate::domain::reading::Thing;
use crate::domain::source::{SourceId, SourceStatus};
use crate::effect::{Offer, Place};
use crate::store::{Store, failures};
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind};
use crate::ui::moment::lasted;
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::page::Page;

/// Secrets from outside.
pub struct Secrets;

fn sign(secret: &ExternalSecret) -> Sign {
    match (secret.ready(), secret.is_synced()) {
        (_, true) => signs::OK,
        (Some(_), false) => signs::BAD,
        (None, false) => signs::BUSY,
    }
}

fn state(secret: &ExternalSecret) -> &str {
    match (secret.ready(), secret.is_synced()) {
        (_, true) => "Synced",
        (Some(ready), false) if ready.reason == "SecretSyncedError" => "Failed",
        (Some(ready), false) => ready.reason.as_str(),
        (None, false) => "New",
    }
}

fn next<'a>(secret: &ExternalSecret, ctx: &Ctx<'_>) -> Cell<'a> {
    match (secret.refreshes, secret.next_refresh()) {
        (_, Some(at)) if at <= ctx.moment.now() => Cell::new("due", Role::Warn),
        (_, Some(at)) => Cell::muted(ctx.moment.until(at)),
        (Refreshes::Once, None) => Cell::muted("never"),
        (Refreshes::OnChange | Refreshes::Every { .. }, None) => Cell::muted("–"),
    }
}

fn message(secret: &ExternalSecret, ctx: &Ctx<'_>) -> String {
    let first = failures::secret(ctx.store, secret).into_iter().next();
    first.map_or_else(String::new, |advice| advice.why)
}

impl Kind for Secrets {
    type Id = ObjectRef;
    type Joined = ();
    type Row<'a> = &'a ExternalSecret;

    const TITLE: &'static str = "Secrets";
    const NOUN: &'static str = "secrets from outside";
    const SOURCES: &'static [SourceId] = &[
        SourceId::ExternalSecrets,
        SourceId::SecretStores,
        SourceId::ClusterSecretStores,
    ];

    fn revision(store: &Store) -> u64 {
        store.external_secrets.revision()
            + store.secret_stores.revision()
            + store.cluster_secret_stores.revision()
    }

    fn all<'a>(store: &'a Store, (): &'a ()) -> impl Iterator<Item = &'a ExternalSecret> {
        store.external_secrets.iter()
    }

    fn get<'a>(store: &'a Store, (): &'a (), id: &ObjectRef) -> Option<&'a ExternalSecret> {
        store.external_secrets.get(id)
    }

    fn id(row: &&ExternalSecret) -> ObjectRef {
        row.id.clone()
    }

    fn named(id: &ObjectRef) -> Option<ObjectRef> {
        Some(id.clone())
    }

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::<Self>::new(
                "NAME",
                (14, 32),
                |row, _| Cell::text(row.id.name.as_str()),
                |row, _| (0, row.id.name.as_str().into()),
            ),
            Column::<Self>::new(
                "NAMESPACE",
                (10, 22),
                |row, _| Cell::muted(row.id.namespace.as_str()),
                |row, _| (0, row.id.namespace.as_str().into()),
            )
            .rank(3),
            Column::<Self>::new(
                "STATE",
                (10, 15),
                |row, _| signed(sign(row), state(row)),
                |row, _| (0, state(row).into()),
            ),
            Column::<Self>::new(
                "STORE",
                (10, 24),
                |row, _| Cell::muted(row.store.name.as_str()),
                |row, _| (0, row.store.name.as_str().into()),
            )
            .rank(2),
            Column::<Self>::new(
                "SECRET",
                (10, 28),
                |row, _| Cell::muted(row.target.as_str()),
                |row, _| (0, row.target.as_str().into()),
            )
            .rank(4),
            Column::<Self>::new(
                "READ",
                (6, 6),
                |row, ctx| age(row.refreshed, ctx),
                |row, _| age_key(row.refreshed),
            )
            .right(),
            Column::<Self>::new(
                "NEXT",
                (6, 6),
                |row, ctx| next(row, ctx),
                |row, _| age_key(row.next_refresh()),
            )
            .right()
            .rank(2),
            Column::<Self>::new(
                "WHY",
                (14, 90),
                |row, ctx| Cell::new(message(row, ctx), Role::Warn),
                |row, ctx| (0, message(row, ctx).into()),
            )
            .rank(1),
        ]
    }

    fn name(row: &&ExternalSecret) -> String {
        row.id.name.to_string()
    }

    fn page(row: &&ExternalSecret, ctx: &Ctx<'_>) -> Page {
        page(row, ctx)
    }

    fn offers(row: &&ExternalSecret, _ctx: &Ctx<'_>) -> Vec<Offer> {
        offers::secrets::offers(row)
    }

    fn thing(row: &&ExternalSecret) -> Option<Thing> {
        Some(Thing::new("ExternalSecret", row.id.clone()))
    }

    fn count(store: &Store) -> Option<usize> {
        Some(store.external_secrets.len())
    }

    fn exists(store: &Store) -> bool {
        match store.sources.status(SourceId::ExternalSecrets) {
            SourceStatus::Off | SourceStatus::Connecting | SourceStatus::NotInstalled { .. } => {
                !store.external_secrets.is_empty()
            }
            SourceStatus::Live | SourceStatus::Stale { .. } | SourceStatus::Denied { .. } => true,
        }
    }

    fn objects(store: &Store) -> Vec<Found> {
        Found::all(&store.external_secrets, "external secret", Place::Secrets)
    }
}

fn page(secret: &ExternalSecret, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    page.item(
        vec![signs::before(sign(secret))],
        state(secret),
        Role::Title,
    );
    advised::all(&mut page, &failures::secret(ctx.store, secret));
    page.heading("Secret");
    signs::namespace(&mut page, &secret.id);
    page.field("Writes", format!("Secret {}", secret.target));
    let keys: Vec<&str> = secret.keys.iter().map(Line::as_str).collect();
    if !keys.is_empty() {
        page.field("Reads", keys.join(", "));
    }
    dated(&mut page, "Read last", secret.refreshed, ctx);
    page.field("Again", again(secret.refreshes));
    dated(&mut page, "Next", secret.next_refresh(), ctx);
    store_section(&mut page, secret, ctx);
    signs::conditions(&mut page, &secret.conditions, ctx);
    signs::recent_events(&mut page, "ExternalSecret", &secret.id, ctx);
    page
}

fn again(refreshes: Refreshes) -> String {
    match refreshes {
        Refreshes::Every { seconds } => {
            format!("every {}", lasted(jiff::SignedDuration::from_secs(seconds)))
        }
        Refreshes::Once => "never: it was read once".to_owned(),
        Refreshes::OnChange => "when the ExternalSecret is changed".to_owned(),
    }
}

/// The store, and whether it is ready: while it is not, nothing is read from it.
fn store_section(page: &mut Page, secret: &ExternalSecret, ctx: &Ctx<'_>) {
    page.heading("Store");
    let named = format!("{} {}", secret.store.kind, secret.store.name);
    let Some(found) = failures::store_of(ctx.store, secret) else {
        let is_cluster = secret.store.kind == "ClusterSecretStore";
        let known = if is_cluster {
            ctx.store.cluster_secret_stores.is_complete()
        } else {
            ctx.store.secret_stores.is_complete()
        };
        let said = if known {
            "is not there"
        } else {
            "is not known"
        };
        page.item(
            vec![signs::before(if known { signs::BAD } else { signs::NONE })],
            format!("{named} {said}"),
            Role::Text,
        );
        return;
    };
    let sign = match (found.is_ready(), found.is_unproven()) {
        (true, false) => signs::OK,
        (true, true) => signs::WARN,
        (false, _) => signs::BAD,
    };
    page.item(vec![signs::before(sign)], named, Role::Text);
    page.field("Provider", found.provider.as_str());
    if let Some(ready) = found.ready() {
        page.field("Says", format!("{}: {}", ready.reason, ready.message));
    }
    if found.is_unproven() {
        page.field(
            "",
            "secrets may be readable all the same: its policy may permit no more",
        );
    }
    if let Some(ailment) = found.ailment() {
        page.field_as("", ailment.why.as_str(), Role::Warn);
    }
}
