//! Applications (Argo CD).

use super::signs::{self, age, age_key, before, dated, signed};
use crate::domain::application::{Application, Operation};
use crate::domain::object::ObjectRef;
use crate::domain::source::SourceId;
use crate::effect::Place;
use crate::store::Store;
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind};
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::page::Page;

/// Argo CD applications.
pub struct Apps;

impl Kind for Apps {
    type Id = ObjectRef;
    type Joined = ();
    type Row<'a> = &'a Application;

    const TITLE: &'static str = "Applications";
    const NOUN: &'static str = "applications";
    const SOURCES: &'static [SourceId] = &[SourceId::Applications];
    const SORTED: (usize, bool) = (1, false);

    fn revision(store: &Store) -> u64 {
        store.applications.revision()
    }

    fn all<'a>(store: &'a Store, (): &'a ()) -> impl Iterator<Item = &'a Application> {
        store.applications.iter()
    }

    fn get<'a>(store: &'a Store, (): &'a (), id: &ObjectRef) -> Option<&'a Application> {
        store.applications.get(id)
    }

    fn id(row: &&Application) -> ObjectRef {
        row.id.clone()
    }

    fn named(id: &ObjectRef) -> Option<ObjectRef> {
        Some(id.clone())
    }

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::<Self>::new(
                "NAME",
                (20, 40),
                |row, _| Cell::text(row.id.name.as_str()),
                |row, _| (0, row.id.name.as_str().into()),
            ),
            Column::<Self>::new(
                "WAVE",
                (5, 5),
                |row, _| Cell::muted(row.wave.to_string()),
                |row, _| (row.wave.into(), row.id.name.as_str().into()),
            )
            .right()
            .rank(1),
            Column::<Self>::new(
                "SYNC",
                (11, 11),
                |row, _| signed(signs::sync(row.sync), row.sync),
                |row, _| (0, row.sync.to_string().into()),
            ),
            Column::<Self>::new(
                "HEALTH",
                (13, 13),
                |row, _| signed(signs::health(row.health), row.health),
                |row, _| (0, row.health.to_string().into()),
            ),
            Column::<Self>::new(
                "REVISION",
                (8, 9),
                |row, _| Cell::muted(revision(row)),
                |row, _| (0, revision(row).into()),
            )
            .rank(3),
            Column::<Self>::new(
                "SINCE",
                (5, 5),
                |row, ctx| age(row.since(), ctx),
                |row, _| age_key(row.since()),
            )
            .right(),
            Column::<Self>::new(
                "MESSAGE",
                (12, 90),
                |row, _| Cell::muted(row.message()),
                |row, _| (0, row.message().into()),
            )
            .rank(2),
        ]
    }

    fn name(row: &&Application) -> String {
        row.id.name.to_string()
    }

    fn page(row: &&Application, ctx: &Ctx<'_>) -> Page {
        page(row, ctx)
    }

    fn count(store: &Store) -> Option<usize> {
        Some(store.applications.len())
    }

    fn objects(store: &Store) -> Vec<Found> {
        Found::all(&store.applications, "application", Place::Apps)
    }
}

/// The revision as people say it: a commit by its first seven characters, a version in full.
fn revision(row: &Application) -> &str {
    let revision = row.revision().map_or("", |revision| revision.as_str());
    let is_commit = revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit());
    let shown = if is_commit { revision.get(..7) } else { None };
    shown.unwrap_or(revision)
}

fn page(row: &Application, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    let state = format!("{} · {}", row.health, row.sync);
    page.item(vec![before(signs::health(row.health))], state, Role::Title);
    if !row.message().is_empty() {
        page.item(vec![("  ".into(), Role::Text)], row.message(), Role::Warn);
    }
    page.blank();
    signs::namespace(&mut page, &row.id);
    page.field("Project", row.project.as_str());
    page.field("Wave", row.wave.to_string());
    if let Some(parent) = &row.parent {
        page.field("Made by", parent.as_str());
    }
    for source in &row.sources {
        let what = if source.chart.is_empty() {
            &source.path
        } else {
            &source.chart
        };
        page.field(
            "Source",
            format!("{} {what} @ {}", source.repo, source.target),
        );
    }
    let destination = &row.destination;
    page.field(
        "Into",
        format!("{} / {}", destination.cluster, destination.namespace),
    );
    page.field("Sync policy", policy(row));
    page.field(
        "Revision",
        row.revision().map_or("", |revision| revision.as_str()),
    );
    dated(&mut page, "Compared", row.reconciled, ctx);
    for url in &row.urls {
        page.field_as("Address", url.as_str(), Role::Accent);
    }
    for condition in &row.conditions {
        page.heading(condition.kind.as_str());
        let role = if condition.is_error() {
            Role::Bad
        } else {
            Role::Warn
        };
        page.styled(condition.message.as_str(), role);
    }
    resources(&mut page, row);
    if let Some(operation) = &row.operation {
        last_sync(&mut page, operation, ctx);
    }
    history(&mut page, row, ctx);
    signs::recent_events(&mut page, "Application", &row.id, ctx);
    page
}

fn policy(row: &Application) -> String {
    let Some(auto) = row.auto_sync else {
        return "by hand".to_owned();
    };
    let mut said = if auto.enabled {
        "automatic"
    } else {
        "automatic, paused"
    }
    .to_owned();
    if auto.prune {
        said.push_str(", prunes");
    }
    if auto.self_heal {
        said.push_str(", heals itself");
    }
    said
}

fn resources(page: &mut Page, row: &Application) {
    if row.resources.is_empty() {
        return;
    }
    page.heading(format!("Resources {}", row.resources.len()));
    let mut ordered: Vec<_> = row.resources.iter().collect();
    ordered.sort_by_key(|resource| (resource.wave, &resource.kind, &resource.id));
    let widest = ordered
        .iter()
        .map(|resource| resource.kind.chars().count())
        .max()
        .unwrap_or(0)
        .min(26);
    for resource in ordered {
        let sign = match (resource.sync, resource.health) {
            (crate::domain::application::Sync::Synced, Some(health)) => signs::health(health),
            (sync, _) => signs::sync(sync),
        };
        let start = vec![
            before(sign),
            (format!("{:>3}  ", resource.wave), Role::Muted),
            (format!("{:widest$}  ", resource.kind), Role::Muted),
        ];
        let prune = if resource.requires_pruning {
            "  no longer in Git"
        } else {
            ""
        };
        page.item(start, format!("{}{prune}", resource.id), Role::Text);
    }
}

fn last_sync(page: &mut Page, operation: &Operation, ctx: &Ctx<'_>) {
    page.heading("Last sync");
    let mut said = operation.phase.to_string();
    if operation.retries > 0 {
        said = format!("{said} after {} retries", operation.retries);
    }
    page.item(
        vec![before(signs::phase(operation.phase))],
        said,
        Role::Text,
    );
    page.field("Message", operation.message.as_str());
    page.field("Revision", operation.revision.as_str());
    page.field(
        "Asked by",
        if operation.by.is_empty() {
            "Argo CD"
        } else {
            &operation.by
        },
    );
    dated(page, "Began", operation.started, ctx);
    dated(page, "Ended", operation.finished, ctx);
    let failed = operation
        .results
        .iter()
        .filter(|result| result.status.contains("Fail"));
    for result in failed {
        let start = vec![
            before(signs::BAD),
            (format!("{} {}  ", result.kind, result.id), Role::Text),
        ];
        page.item(start, result.message.as_str(), Role::Bad);
    }
}

fn history(page: &mut Page, row: &Application, ctx: &Ctx<'_>) {
    if row.history.is_empty() {
        return;
    }
    page.heading("History");
    for deployment in row.history.iter().rev() {
        let when = deployment
            .at
            .map_or_else(String::new, |at| ctx.moment.full(at));
        let by = if deployment.by.is_empty() {
            "Argo CD"
        } else {
            &deployment.by
        };
        let start = vec![(format!("{:>4}  ", deployment.id), Role::Muted)];
        page.item(
            start,
            format!("{when}  {}  {by}", deployment.revision),
            Role::Text,
        );
    }
}
