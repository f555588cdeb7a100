//! Pods, with what they use.

use super::advised;
use super::offers;
use super::signs::{self, Sign, age, age_key, dated, signed};
use crate::domain::object::{Labels, Object, ObjectRef, Severity};
use crate::domain::pod::{Container, Pod, Requests};
use crate::domain::reading::{LogWish, Thing};
use crate::domain::source::SourceId;
use crate::domain::usage::Usage;
use crate::effect::{Offer, Place};
use crate::store::{Store, failures};
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind, Opened};
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::page::Page;

/// Pods.
pub struct Pods;

/// A pod with what it uses.
pub type Row<'a> = (&'a Pod, Option<&'a Usage>);

/// The sign of a pod's status.
pub fn sign(pod: &Pod) -> Sign {
    match pod.ailment().map(|ailment| ailment.severity) {
        Some(Severity::Critical) => signs::BAD,
        Some(Severity::Warning) => signs::BUSY,
        None if pod.is_completed() => ("✔", Role::Muted),
        None => signs::OK,
    }
}

fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn ready(pod: &Pod) -> Cell<'static> {
    let text = format!("{}/{}", pod.ready, pod.total());
    if whole(pod.total()) == i64::from(pod.ready) || pod.is_completed() {
        Cell::muted(text)
    } else {
        Cell::new(text, Role::Warn)
    }
}

fn restarts<'a>(pod: &Pod) -> Cell<'a> {
    match pod.restarts {
        0 => Cell::muted("0"),
        n @ 1..=4 => Cell::text(n.to_string()),
        n => Cell::new(n.to_string(), Role::Warn),
    }
}

/// How bad it is: what fails first, then what waits, then what was started again most often.
fn badness(pod: &Pod) -> i64 {
    const STEP: i64 = 1 << 40;
    let ailment = match pod.ailment().map(|ailment| ailment.severity) {
        Some(Severity::Critical) => 2 * STEP,
        Some(Severity::Warning) => STEP,
        None => 0,
    };
    ailment + i64::from(pod.restarts)
}

impl Kind for Pods {
    type Id = ObjectRef;
    type Joined = ();
    type Row<'a> = Row<'a>;

    const TITLE: &'static str = "Pods";
    const NOUN: &'static str = "pods";
    const HAS_LABELS: bool = true;
    const HAS_SPOTS: bool = true;
    const SOURCES: &'static [SourceId] = &[SourceId::Pods, SourceId::PodMetrics];
    const SORTED: (usize, bool) = (3, true);

    fn revision(store: &Store) -> u64 {
        store.pods.revision() + store.pod_usage.revision()
    }

    fn all<'a>(store: &'a Store, (): &'a ()) -> impl Iterator<Item = Row<'a>> {
        store
            .pods
            .iter()
            .map(|pod| (pod, store.pod_usage.get(&pod.id)))
    }

    fn get<'a>(store: &'a Store, (): &'a (), id: &ObjectRef) -> Option<Row<'a>> {
        Some((store.pods.get(id)?, store.pod_usage.get(id)))
    }

    fn id((pod, _): &Row<'_>) -> ObjectRef {
        pod.id.clone()
    }

    fn named(id: &ObjectRef) -> Option<ObjectRef> {
        Some(id.clone())
    }

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::<Self>::new(
                "NAMESPACE",
                (10, 22),
                |(pod, _), _| Cell::muted(pod.id.namespace.as_str()),
                |(pod, _), _| (0, pod.id.namespace.as_str().into()),
            )
            .rank(4),
            Column::<Self>::new(
                "NAME",
                (26, 56),
                |(pod, _), _| Cell::text(pod.id.name.as_str()),
                |(pod, _), _| (0, pod.id.name.as_str().into()),
            ),
            Column::<Self>::new(
                "READY",
                (5, 5),
                |(pod, _), _| ready(pod),
                |(pod, _), _| (i64::from(pod.ready), "".into()),
            )
            .right()
            .rank(3),
            Column::<Self>::new(
                "STATUS",
                (13, 20),
                |(pod, _), _| signed(sign(pod), &pod.status),
                |(pod, _), _| (badness(pod), "".into()),
            ),
            Column::<Self>::new(
                "RST",
                (4, 4),
                |(pod, _), _| restarts(pod),
                |(pod, _), _| (i64::from(pod.restarts), "".into()),
            )
            .right()
            .rank(2),
            Column::<Self>::new(
                "CPU",
                (5, 6),
                |(_, usage), _| cpu(*usage),
                |(_, usage), _| (usage.map_or(-1, |usage| whole(usage.cpu.0)), "".into()),
            )
            .right()
            .rank(6),
            Column::<Self>::new(
                "MEM",
                (9, 9),
                |(_, usage), _| memory(*usage),
                |(_, usage), _| (usage.map_or(-1, |usage| whole(usage.memory.0)), "".into()),
            )
            .right()
            .rank(5),
            Column::<Self>::new(
                "NODE",
                (12, 24),
                |(pod, _), _| Cell::muted(pod.node.as_str()),
                |(pod, _), _| (0, pod.node.as_str().into()),
            )
            .rank(5),
            Column::<Self>::new(
                "AGE",
                (4, 4),
                |(pod, _), ctx| age(pod.created, ctx),
                |(pod, _), _| age_key(pod.created),
            )
            .right()
            .rank(1),
        ]
    }

    fn labels<'r>((pod, _): &'r Row<'_>) -> Option<&'r Labels> {
        Some(&pod.labels)
    }

    fn name((pod, _): &Row<'_>) -> String {
        pod.id.name.to_string()
    }

    fn page((pod, usage): &Row<'_>, ctx: &Ctx<'_>) -> Page {
        page((pod, *usage), &Opened::default(), ctx)
    }

    fn page_with((pod, usage): &Row<'_>, opened: &Opened, ctx: &Ctx<'_>) -> Page {
        page((pod, *usage), opened, ctx)
    }

    fn offers_at((pod, _): &Row<'_>, spot: &str, _ctx: &Ctx<'_>) -> Option<Vec<Offer>> {
        Some(offers::inside::of_container(pod, container(pod, spot)?))
    }

    fn name_at((pod, _): &Row<'_>, spot: &str, _ctx: &Ctx<'_>) -> Option<String> {
        Some(container(pod, spot)?.name.to_string())
    }

    fn offers((pod, _): &Row<'_>, ctx: &Ctx<'_>) -> Vec<Offer> {
        offers::pods::offers(pod, ctx)
    }

    fn thing((pod, _): &Row<'_>) -> Option<Thing> {
        Some(Thing::new("Pod", pod.id.clone()))
    }

    fn log((pod, _): &Row<'_>) -> Option<LogWish> {
        Some(LogWish::of(pod))
    }

    fn count(store: &Store) -> Option<usize> {
        Some(store.pods.len())
    }

    fn objects(store: &Store) -> Vec<Found> {
        Found::all(&store.pods, "pod", Place::Pods)
    }
}

fn cpu<'a>(usage: Option<&Usage>) -> Cell<'a> {
    usage.map_or_else(
        || Cell::muted("–"),
        |usage| Cell::muted(usage.cpu.to_string()),
    )
}

fn memory<'a>(usage: Option<&Usage>) -> Cell<'a> {
    usage.map_or_else(
        || Cell::muted("–"),
        |usage| Cell::muted(usage.memory.to_string()),
    )
}

/// The container that a cursor finds by this name.
fn container<'a>(pod: &'a Pod, spot: &str) -> Option<&'a Container> {
    let mut all = pod.containers.iter().chain(&pod.init_containers);
    all.find(|container| container.name == *spot)
}

fn page((pod, usage): Row<'_>, opened: &Opened, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    page.item(
        vec![signs::before(sign(pod))],
        pod.status.as_str(),
        Role::Title,
    );
    if !pod.message.is_empty() {
        page.item(
            vec![("  ".into(), Role::Text)],
            pod.message.as_str(),
            Role::Warn,
        );
    }
    let advice = failures::pod(ctx.store, pod);
    advised::all(&mut page, &advice);
    if let Some(meaning) = pod.meaning().filter(|_| advice.is_empty()) {
        page.item(vec![("→ ".into(), Role::Accent)], meaning, Role::Text);
    }
    page.blank();
    signs::namespace(&mut page, &pod.id);
    page.field("Node", pod.node.as_str());
    page.field("Address", pod.ip.as_str());
    if let Some(owner) = &pod.owner {
        page.field("Made by", format!("{} {}", owner.kind, owner.name));
    }
    dated(&mut page, "Created", pod.created, ctx);
    page.field("Ready", format!("{} of {}", pod.ready, pod.total()));
    page.field("Restarts", pod.restarts.to_string());
    dated(&mut page, "Last restart", pod.last_restart, ctx);
    if let Some(usage) = usage {
        page.field("Uses", format!("{} · {}", usage.cpu, usage.memory));
    }
    let requests = pod.requests();
    if requests != Requests::default() {
        let kept = format!("{} · {}", requests.cpu, requests.memory);
        page.field("Requests", kept);
    }
    let init = ("Init containers", pod.init_containers.as_slice());
    containers(&mut page, init, opened, ctx);
    let beside = ("Containers", pod.containers.as_slice());
    containers(&mut page, beside, opened, ctx);
    signs::recent_events(&mut page, "Pod", &pod.id, ctx);
    page
}

fn containers(
    page: &mut Page,
    (heading, containers): (&str, &[Container]),
    opened: &Opened,
    ctx: &Ctx<'_>,
) {
    if containers.is_empty() {
        return;
    }
    page.heading(heading);
    for container in containers {
        let sign = if container.ready || container.state == "Completed" {
            signs::OK
        } else if container.meaning().is_some() {
            signs::BAD
        } else {
            signs::BUSY
        };
        let again = match container.restarts {
            0 => String::new(),
            1 => " · started again once".to_owned(),
            times => format!(" · started again {times} times"),
        };
        let state = format!("{}  {}{again}", container.name, container.state);
        page.item(vec![signs::before(sign)], state, Role::Text);
        page.spot(container.name.as_str());
        let indent = || vec![("  ".to_owned(), Role::Muted)];
        if let Some(meaning) = container.meaning() {
            page.item(vec![("  → ".to_owned(), Role::Accent)], meaning, Role::Text);
        }
        page.item(indent(), container.image.as_str(), Role::Muted);
        if opened.spots.contains(container.name.as_str()) {
            page.item(indent(), more(container), Role::Muted);
        }
        if !container.message.is_empty() {
            page.item(indent(), container.message.as_str(), Role::Warn);
        }
        if let Some(last) = &container.last {
            let when = last
                .at
                .map_or_else(String::new, |at| format!(" · {} ago", ctx.moment.since(at)));
            let ended = format!("ended before: {} ({}){when}", last.reason, last.exit_code);
            page.item(indent(), ended, Role::Muted);
            if !last.message.is_empty() {
                page.item(indent(), last.message.as_str(), Role::Muted);
            }
        }
    }
}

/// What one opens a container for.
fn more(container: &Container) -> String {
    let Requests { cpu, memory } = container.requests;
    let ports: Vec<String> = container
        .ports
        .iter()
        .map(|port| match port.name.as_str() {
            "" => port.number.to_string(),
            name => format!("{} ({name})", port.number),
        })
        .collect();
    match ports.as_slice() {
        [] => format!("requests {cpu} · {memory}; names no TCP port"),
        ports => format!("requests {cpu} · {memory}; listens on {}", ports.join(", ")),
    }
}
