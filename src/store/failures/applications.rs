//! What Argo CD's sentences mean in this cluster, and what applications do to each other.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::certificates::awaited;
use super::version;
use crate::domain::advice::Advice;
use crate::domain::application::{AppResource, Application, Health, Phase};
use crate::domain::argo_words;
use crate::domain::object::ObjectRef;
use crate::store::{Store, delivery};

/// Within this after a person's rollback, an automated sync is what undid it.
const UNDONE_WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// What a sentence of Argo CD about `app` means, with the objects that it is about.
pub fn sentence(store: &Store, app: &Application, said: &str) -> Option<Advice> {
    let meant = argo_words::meaning(said)?;
    let next = nearer(store, app, said).unwrap_or_else(|| meant.next.to_owned());
    Some(Advice::critical(meant.cause, next))
}

/// The next step, where the cluster's own objects make it nearer.
fn nearer(store: &Store, app: &Application, said: &str) -> Option<String> {
    if let Some(served) = argo_words::served_version(said) {
        let (kind, wanted, there) = served;
        return Some(format!(
            "change apiVersion of that {kind} from {wanted} to {there}: the cluster no longer serves {wanted}"
        ));
    }
    if let Some((group, kind)) = missing_kind(app, said) {
        let brings = delivery::brings(store, group)?;
        return Some(format!(
            "{kind} is brought by {}: sync that first",
            brings.id.name
        ));
    }
    if said.contains("Installing experimental CRDs on top of standard") {
        let owner = delivery::brings(store, "gateway.networking.k8s.io")?;
        return (owner.id != app.id).then(|| {
            format!(
                "{} owns the standard set: leave the bundled CRDs and their policy out of {}",
                owner.id.name, app.id.name
            )
        });
    }
    if let Some(child) = argo_words::degraded_child(said) {
        return child_awaits(store, app, child);
    }
    if said.contains("must specify --enable-helm")
        && store.argo_settings.is_some_and(|it| it.renders_helm)
    {
        return Some(
            "argocd-cm has it now: restart argocd-repo-server, then refresh hard".to_owned(),
        );
    }
    if argo_words::is_about_access(said) {
        let mut repos = app.sources.iter().map(|source| source.repo.as_str());
        let repo = repos.find(|repo| !repo.is_empty())?;
        let meant = argo_words::meaning(said)?;
        return Some(format!("{} (here: {repo})", meant.next));
    }
    None
}

/// The kind that is not served: by the sentence, or by what the last sync says of its resources.
fn missing_kind<'a>(app: &'a Application, said: &'a str) -> Option<(&'a str, &'a str)> {
    let by_results = || {
        let results = app.operation.iter().flat_map(|it| &it.results);
        let mut missing = results.filter_map(|it| argo_words::missing_kind(&it.message));
        missing.next()
    };
    argo_words::missing_kind(said).or_else(|| {
        let is_vague = said.contains("synchronization tasks are not valid");
        is_vague.then(by_results).flatten()
    })
}

/// What a Degraded child waits for, where that is a first certificate.
fn child_awaits(store: &Store, app: &Application, child: &str) -> Option<String> {
    let id = ObjectRef::new(app.id.namespace.clone(), child);
    let child = store.applications.get(&id)?;
    let mut gateways = child
        .resources
        .iter()
        .filter(|resource| resource.kind == "Gateway")
        .filter_map(|resource| store.gateways.get(&resource.id));
    let told = gateways.find_map(|gateway| awaited(store, gateway))?;
    Some(format!(
        "{} has {told}; once it is issued, the retry of {} goes through",
        child.id.name, app.id.name
    ))
}

/// What is not well with an application beyond what Argo CD says in a sentence.
pub fn application(store: &Store, app: &Application) -> Vec<Advice> {
    let mut found = Vec::new();
    found.extend(shared(app));
    found.extend(two_owners(store, app));
    found.extend(decorative(store, app));
    found.extend(undone(store, app));
    found.extend(on_again(store, app));
    found.extend(downgraded(store, app));
    found
}

/// Two applications have the same object, as Argo CD warns.
fn shared(app: &Application) -> Option<Advice> {
    let warned =
        |it: &&crate::domain::application::AppCondition| it.kind == "SharedResourceWarning";
    let warning = app.conditions.iter().find(warned)?;
    let meant = argo_words::meaning(&warning.message)?;
    Some(Advice::warning(
        format!("{}: {}", meant.cause, warning.message),
        meant.next,
    ))
}

/// Two applications bring the same definition. Where Argo CD warns of it, that is enough.
fn two_owners(store: &Store, app: &Application) -> Option<Advice> {
    let is_definition = |it: &&AppResource| it.kind == "CustomResourceDefinition";
    if app
        .conditions
        .iter()
        .any(|it| it.kind == "SharedResourceWarning")
    {
        return None;
    }
    let own = app.resources.iter().filter(is_definition);
    let own: HashSet<&ObjectRef> = own.map(|it| &it.id).collect();
    if own.is_empty() {
        return None;
    }
    let others = store.applications.iter().filter(|it| it.id != app.id);
    let mut both = others.filter_map(|other| {
        let mut brought = other.resources.iter().filter(is_definition);
        let same = brought.find(|it| own.contains(&it.id))?;
        Some((other, same))
    });
    let (other, same) = both.next()?;
    Some(Advice::warning(
        format!(
            "{} and {} both bring {}: each undoes what the other applies",
            app.id.name, other.id.name, same.id.name
        ),
        "leave the definition in one of them",
    ))
}

/// The parent finished a later wave while a child of an earlier one was not Healthy: it does not wait.
fn decorative(store: &Store, app: &Application) -> Option<Advice> {
    if store
        .argo_settings
        .is_some_and(|it| it.children_have_health)
    {
        return None;
    }
    if let Some(plain) = without_health(store, app) {
        return Some(plain);
    }
    let operation = app.operation.as_ref()?;
    let whole = operation.chosen == 0 && !operation.dry_run;
    let ended = operation.finished.filter(|_| whole)?;
    if operation.phase != Phase::Succeeded {
        return None;
    }
    let last = app.children().map(|child| child.wave).max()?;
    let unready = app.children().filter(|it| it.wave < last).find_map(|it| {
        let child = store.applications.get(&it.id)?;
        let is_waited_for = matches!(child.health, Health::Progressing | Health::Degraded);
        let since = child.health_since.or(child.created)?;
        (is_waited_for && since <= ended).then_some((it.wave, child))
    });
    let (wave, child) = unready?;
    Some(Advice::warning(
        format!(
            "waves are decorative here: {} ended its sync with wave {last} while {} of wave {wave} was {}",
            app.id.name, child.id.name, child.health
        ),
        CUSTOMISE,
    ))
}

const CUSTOMISE: &str = "give argocd-cm the health check for argoproj.io/Application \
    (resource.customizations.health.argoproj.io_Application): then a parent waits for its children";

/// Argo CD's settings say it: Applications have no health, so that nothing waits for one.
fn without_health(store: &Store, app: &Application) -> Option<Advice> {
    store.argo_settings.filter(|it| !it.children_have_health)?;
    let waves: HashSet<i32> = app.children().map(|child| child.wave).collect();
    (waves.len() > 1).then(|| {
        Advice::warning(
            format!(
                "waves are decorative here: {} does not wait for its children, since argocd-cm gives Applications no health",
                app.id.name
            ),
            CUSTOMISE,
        )
    })
}

/// A person rolled back, and automated sync went forward again at once.
fn undone(store: &Store, app: &Application) -> Option<Advice> {
    let [earlier @ .., back, forth] = app.history.as_slice() else {
        return None;
    };
    let was_before = earlier.iter().any(|it| it.revision == back.revision);
    let by_itself = !back.by.is_empty() && forth.by.is_empty();
    let took = forth.at?.duration_since(back.at?);
    let is_undone = was_before && by_itself && forth.revision != back.revision;
    (is_undone && took <= UNDONE_WITHIN).then(|| {
        let parent = parent_of(store, app);
        let also = parent.map_or_else(String::new, |it| format!(", and that of {it}"));
        Advice::warning(
            format!(
                "the rollback to {} was undone: automated sync put {} back",
                short(&back.revision),
                short(&forth.revision)
            ),
            format!(
                "pause the automated sync of {}{also} first; a rollback from the menu does so, and can put it back",
                app.id.name
            ),
        )
    })
}

/// What a rollback paused is on again.
fn on_again(store: &Store, app: &Application) -> Option<Advice> {
    let is_on = app.paused && app.auto_sync.is_some_and(|auto| auto.enabled);
    is_on.then(|| match parent_of(store, app) {
        Some(parent) => Advice::warning(
            format!("its automated sync was paused for a rollback and is on again: {parent}, which made it, puts it back"),
            format!("pause the automated sync of {parent} as well"),
        ),
        None => Advice::warning(
            "its automated sync was paused for a rollback and is on again: somebody switched it on",
            "pause it again, if the rollback shall last",
        ),
    })
}

/// The parent that puts back what was changed in an application.
fn parent_of<'a>(store: &'a Store, app: &Application) -> Option<&'a str> {
    let parents = delivery::parents(store, app);
    let parent = parents.last()?;
    let auto = parent.auto_sync.filter(|auto| auto.enabled);
    auto.map(|_| parent.id.name.as_str())
}

/// Argo CD manages itself, and its own application holds an older version than runs.
fn downgraded(store: &Store, app: &Application) -> Option<Advice> {
    const CHART: &str = "argo-cd";
    let source = app.sources.iter().find(|it| it.chart == CHART)?;
    let wanted = version::parse(&source.target)?;
    let pods = store.pods.in_namespace(&app.destination.namespace);
    let mut charts = pods.filter_map(|pod| {
        let chart = pod.labels.get("helm.sh/chart")?;
        let chart = chart.strip_prefix(CHART)?.strip_prefix('-')?;
        Some((chart, version::parse(chart)?))
    });
    if let Some((running, _)) = charts.find(|(_, running)| *running > wanted) {
        return Some(Advice::critical(
            format!(
                "Argo CD puts itself back: chart {CHART} {running} runs, and its application wants {}",
                source.target
            ),
            format!(
                "write {running} into the application's source, so that what starts Argo CD and Git agree"
            ),
        ));
    }
    let [.., before, last] = app.history.as_slice() else {
        return None;
    };
    let went = version::parse(&before.revision).zip(version::parse(&last.revision));
    let is_older = went.is_some_and(|(before, last)| last < before);
    (is_older && last.by.is_empty()).then(|| {
        Advice::warning(
            format!(
                "Argo CD put itself back from chart {} to {}",
                before.revision, last.revision
            ),
            "pin one version: in what starts Argo CD, and in its application",
        )
    })
}

fn short(revision: &str) -> &str {
    let is_commit = revision.len() == 40 && revision.bytes().all(|it| it.is_ascii_hexdigit());
    revision.get(..7).filter(|_| is_commit).unwrap_or(revision)
}
