//! The resource tree: what an application manages, by wave, with the pods of what keeps pods, and the
//! resources of applications that it made opened in place.

use super::super::signs::{self, Sign, before};
use super::{differences, spot};
use crate::domain::application::{AppResource, Application, Health, Sync};
use crate::domain::comparison::ResourceRef;
use crate::domain::pod::Pod;
use crate::store::delivery::{self, Told};
use crate::theme::Role;
use crate::ui::list::Opened;
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// Applications within applications that are opened at most.
const DEEPEST: usize = 4;
/// Pods that are shown below one resource.
const PODS: usize = 8;
/// The widest column of kinds.
const WIDEST: usize = 26;

/// All resources of an application.
pub(super) fn resources(page: &mut Page, app: &Application, opened: &Opened, ctx: &Ctx<'_>) {
    if app.resources.is_empty() {
        return;
    }
    let differ = app
        .resources
        .iter()
        .filter(|it| it.sync == Sync::OutOfSync)
        .count();
    let differ = match differ {
        0 => String::new(),
        differ => format!(" · {differ} OutOfSync"),
    };
    page.heading(format!("Resources {}{differ}", app.resources.len()));
    Tree { page, opened, ctx }.all(app, 0);
}

/// The resources that the tree shows and whose health nothing that is watched tells.
pub(super) fn checks(app: &Application, opened: &Opened, ctx: &Ctx<'_>) -> Vec<ResourceRef> {
    let mut found = Vec::new();
    let mut open = vec![(app, 0)];
    while let Some((app, depth)) = open.pop() {
        for resource in &app.resources {
            if delivery::is_to_be_read(ctx.store, resource) {
                found.push(resource.into());
            }
            let is_open = resource.is_application()
                && depth < DEEPEST
                && opened.spots.contains(&spot::of_resource(app, resource));
            if is_open && let Some(child) = ctx.store.applications.get(&resource.id) {
                open.push((child, depth + 1));
            }
        }
    }
    found
}

struct Tree<'a, 'b> {
    page: &'a mut Page,
    opened: &'a Opened,
    ctx: &'a Ctx<'b>,
}

impl Tree<'_, '_> {
    fn all(&mut self, app: &Application, depth: usize) {
        let mut ordered: Vec<&AppResource> = app.resources.iter().collect();
        ordered.sort_by_key(|it| (it.wave, &it.kind, &it.id));
        let kinds = ordered.iter().map(|it| it.kind.chars().count());
        let widest = kinds.max().unwrap_or(0).min(WIDEST);
        for resource in ordered {
            self.one(app, resource, (depth, widest));
        }
    }

    fn one(&mut self, app: &Application, resource: &AppResource, (depth, widest): (usize, usize)) {
        let store = self.ctx.store;
        let told = delivery::health(store, resource);
        let start = vec![
            (indent(depth), Role::Muted),
            before(sign(resource, &told)),
            (format!("{:>3}  ", resource.wave), Role::Muted),
            (format!("{:widest$}  ", resource.kind), Role::Muted),
        ];
        let text = format!("{}{}", resource.id, state(resource, &told));
        self.page.item(start, text, Role::Text);
        let name = spot::of_resource(app, resource);
        let is_open = self.opened.spots.contains(&name);
        self.page.spot(name);
        for pod in delivery::pods(store, resource).into_iter().take(PODS) {
            self.pod(pod, depth + 1);
        }
        if !is_open {
            return;
        }
        if !resource.is_application() {
            differences::differences(self.page, resource, (depth, self.ctx));
        } else if depth < DEEPEST {
            match store.applications.get(&resource.id) {
                Some(child) => self.all(child, depth + 1),
                None => self.page.item(
                    vec![(indent(depth + 1), Role::Muted)],
                    "not made yet",
                    Role::Muted,
                ),
            }
        }
    }

    fn pod(&mut self, pod: &Pod, depth: usize) {
        let (health, _) = delivery::pod(pod);
        let start = vec![
            (format!("     {}", indent(depth)), Role::Muted),
            before(signs::health(health)),
            ("Pod  ".to_owned(), Role::Muted),
        ];
        let text = format!("{}  {}", pod.id.name, pod.status);
        self.page.item(start, text, Role::Text);
        self.page.spot(spot::of_pod(pod));
    }
}

/// Cells before a row of the tree.
fn indent(depth: usize) -> String {
    match depth {
        0 => String::new(),
        depth => format!("{}▸ ", "  ".repeat(depth - 1)),
    }
}

/// What is wrong has the last word.
fn sign(resource: &AppResource, told: &Told) -> Sign {
    match (resource.sync, told) {
        (_, Told::Is(Health::Degraded, _)) => signs::BAD,
        (Sync::Synced, Told::Is(health, _)) => signs::health(*health),
        (sync, _) => signs::sync(sync),
    }
}

fn state(resource: &AppResource, told: &Told) -> String {
    let mut said = String::new();
    let mut say = |words: &str| {
        said.push_str(if said.is_empty() { "  " } else { " · " });
        said.push_str(words);
    };
    if resource.sync != Sync::Synced {
        say(&resource.sync.to_string());
    }
    if resource.requires_pruning {
        say("no longer in Git");
    }
    match told {
        Told::Is(Health::Healthy, _) => {}
        Told::HasNone => say("no health rule"),
        Told::Is(health, why) if why.is_empty() => say(&health.to_string()),
        Told::Is(health, why) => say(&format!("{health}: {why}")),
        Told::Unread(why) => say(&format!("health not read: {why}")),
        Told::NotKnown => say("health not known"),
    }
    said
}
