//! What the other tables prove of the stages: nodes that are Ready, Argo CD, applications,
//! certificates, records, hosts.

use jiff::Timestamp;

use crate::domain::application::{Application, Health, Sync};
use crate::domain::bootstrap::{Progress, Stage};
use crate::domain::line::Line;
use crate::domain::object::Object;
use crate::domain::pod::Pod;
use crate::domain::record::PublishedRecord;
use crate::store::Store;

use super::run::{Bootstrap, StageRun, advance};
use super::turn;

/// Where Argo CD lives, and its parts without which nothing syncs.
const ARGOCD: &str = "argocd";
const ARGOCD_PARTS: [&str; 3] = ["application-controller", "repo-server", "server"];

/// Names that are spelled out in one sentence; the others are counted.
const NAMED: usize = 3;

/// Weighs what is known now and moves the stages that it speaks of. Nothing moves any more once
/// following has ended.
pub(in crate::store) fn weigh(store: &mut Store, at: Timestamp) {
    let Some(mut bootstrap) = store.bootstrap.take() else {
        return;
    };
    if bootstrap.finished.is_none() {
        let early = turn::early(&bootstrap.cluster);
        nodes(&mut bootstrap, store, at);
        let cluster = [
            (Stage::Api, api(store)),
            (Stage::ArgoCd, argocd(store)),
            (Stage::Root, root(store)),
            (Stage::Applications, applications(store)),
            (Stage::Certificates, certificates(store, &bootstrap)),
            (Stage::Records, records(store, &bootstrap)),
            (Stage::Hosts, hosts(&bootstrap)),
        ];
        for (stage, progress) in cluster {
            if let Some(progress) = progress {
                advance_alone(&mut bootstrap, stage, &progress, at);
            }
        }
        turn::begin_anew(&mut bootstrap.cluster, &early, at);
    }
    store.bootstrap = Some(bootstrap);
}

/// The later stages of a cluster are seen each for itself: an application that fails again is not
/// proved well by a host that still answers.
fn advance_alone(bootstrap: &mut Bootstrap, stage: Stage, progress: &Progress, at: Timestamp) {
    let own = bootstrap
        .cluster
        .iter_mut()
        .find(|each| each.stage == stage);
    if let Some(own) = own {
        advance(std::slice::from_mut(own), stage, progress, at);
    }
}

fn waits(what: impl Into<Line>) -> Progress {
    Progress::Running {
        waits_for: what.into(),
    }
}

fn nodes(bootstrap: &mut Bootstrap, store: &Store, at: Timestamp) {
    for run in &mut bootstrap.nodes {
        let name = &run.node.name;
        let joined = store.nodes.iter().find(|node| node.id.name == *name);
        let progress = match joined {
            Some(node) if node.is_ready() => Progress::Done,
            Some(node) => waits(
                node.ailment()
                    .map_or_else(|| "its kubelet".into(), |ailment| ailment.why),
            ),
            None if store.nodes.is_complete() && run.stage_is_done(Stage::K3s) => {
                waits("the node to join")
            }
            None => continue,
        };
        if run.stage_is_done(Stage::Ready) && progress == Progress::Done {
            run.overcome(at);
        } else {
            advance(&mut run.stages, Stage::Ready, &progress, at);
        }
    }
}

impl super::run::NodeRun {
    fn stage_is_done(&self, stage: Stage) -> bool {
        self.stage(stage).is_some_and(StageRun::is_done)
    }

    /// A node that stays Ready has got over what its script failed at. What is begun anew on it, as
    /// after a boot, is not done by that, nor does a K3s that died run.
    fn overcome(&mut self, at: Timestamp) {
        let overcome = |each: &&mut StageRun| {
            each.stage > Stage::Login
                && each.stage < Stage::K3s
                && matches!(each.progress, Progress::Failed { .. })
        };
        for each in self.stages.iter_mut().filter(overcome) {
            each.set(Progress::Done, at);
        }
    }
}

fn api(store: &Store) -> Option<Progress> {
    store.cluster.as_ref().map(|_| Progress::Done)
}

/// Argo CD runs when each of its parts has a pod of which every container is ready.
fn argocd(store: &Store) -> Option<Progress> {
    if !store.pods.is_complete() {
        return None;
    }
    let part = |pod: &Pod| {
        let name = pod.id.name.strip_prefix("argocd-")?;
        ARGOCD_PARTS.into_iter().find(|part| {
            name.strip_prefix(part)
                .is_some_and(|rest| rest.starts_with('-'))
        })
    };
    let is_ready = |pod: &Pod| pod.total() > 0 && usize::try_from(pod.ready) == Ok(pod.total());
    let lacking = ARGOCD_PARTS.into_iter().find_map(|wanted| {
        let pods: Vec<&Pod> = store
            .pods
            .in_namespace(ARGOCD)
            .filter(|pod| part(pod) == Some(wanted))
            .collect();
        if pods.iter().any(|pod| is_ready(pod)) {
            return None;
        }
        Some(match pods.first() {
            Some(pod) => format!("{}: {}", pod.id.name, pod.status),
            None => format!("a pod of argocd-{wanted}"),
        })
    });
    let nothing_yet = store.pods.in_namespace(ARGOCD).next().is_none();
    match lacking {
        None => Some(Progress::Done),
        Some(_) if nothing_yet => Some(waits("Argo CD's installation")),
        Some(what) => Some(waits(what)),
    }
}

/// Applications that no other application made.
fn roots(store: &Store) -> impl Iterator<Item = &Application> {
    store
        .applications
        .iter()
        .filter(|it| it.parent.is_none() && it.children().next().is_some())
}

fn root(store: &Store) -> Option<Progress> {
    if !store.applications.is_complete() {
        return None;
    }
    let mut roots = roots(store).peekable();
    if roots.peek().is_none() {
        return Some(match store.applications.iter().next() {
            Some(only) => waits(format!("{}: {}", only.id.name, said(only))),
            None => waits("the root Application to be made"),
        });
    }
    let behind = roots.find(|root| root.sync != Sync::Synced);
    Some(match behind {
        Some(root) => waits(format!("{}: {}", root.id.name, said(root))),
        None => Progress::Done,
    })
}

fn applications(store: &Store) -> Option<Progress> {
    if !store.applications.is_complete() || roots(store).next().is_none() {
        return None;
    }
    let is_well = |it: &&Application| it.sync == Sync::Synced && it.health == Health::Healthy;
    let mut children: Vec<&Line> = roots(store)
        .flat_map(Application::children)
        .map(|child| &child.id.name)
        .collect();
    children.retain(|name| !store.applications.iter().any(|it| it.id.name == **name));
    let unwell = store.applications.iter().filter(|it| !is_well(it));
    // The root is as unwell as its children: it says nothing of its own while one of them is.
    let (parents, leaves): (Vec<_>, Vec<_>) = unwell.partition(|it| it.children().next().is_some());
    // Argo CD makes what is missing when those that are there are well.
    if let (true, Some(missing)) = (leaves.is_empty(), children.first()) {
        return Some(waits(format!("{missing} to be made")));
    }
    let named = if leaves.is_empty() { parents } else { leaves };
    Some(all_of(&named, |it| {
        format!("{}: {}", it.id.name, state(it))
    }))
}

fn state(application: &Application) -> String {
    if application.sync == Sync::Synced {
        application.health.to_string()
    } else {
        application.sync.to_string()
    }
}

fn said(application: &Application) -> String {
    match application.message() {
        "" => state(application),
        message => message.to_owned(),
    }
}

/// Done when nothing is left, otherwise the first few by name.
fn all_of<T>(left: &[T], named: impl Fn(&T) -> String) -> Progress {
    if left.is_empty() {
        return Progress::Done;
    }
    let mut words: Vec<String> = left.iter().take(NAMED).map(named).collect();
    if left.len() > NAMED {
        words.push(format!("{} more", left.len() - NAMED));
    }
    waits(words.join(", "))
}

fn certificates(store: &Store, bootstrap: &Bootstrap) -> Option<Progress> {
    if !store.certificates.is_complete() {
        return None;
    }
    let covers = |name: &Line, host: &Line| {
        let wildcard = name
            .strip_prefix("*.")
            .zip(host.split_once('.'))
            .is_some_and(|(zone, (_, rest))| zone == rest);
        name == host || wildcard
    };
    let is_covered = |host: &Line| {
        let mut names = store.certificates.iter().flat_map(|it| &it.dns_names);
        names.any(|name| covers(name, host))
    };
    if let Some(host) = bootstrap.hosts.iter().find(|it| !is_covered(&it.host)) {
        return Some(waits(format!("a certificate for {}", host.host)));
    }
    let left: Vec<_> = store
        .certificates
        .iter()
        .filter(|it| !it.is_ready())
        .collect();
    Some(all_of(&left, |it| {
        let ready = it.condition("Ready");
        let why = ready.map_or("not issued yet", |it| it.message.as_str());
        format!("{}: {why}", it.id.name)
    }))
}

/// Whether names resolve to the ingress node is told by who follows. Two things it cannot know are
/// added from what Cloudflare lists: that a record is not there at all, and that one is proxied and
/// therefore resolves to Cloudflare's own addresses.
fn records(store: &Store, bootstrap: &Bootstrap) -> Option<Progress> {
    let known = bootstrap
        .cluster
        .iter()
        .any(|each| each.stage == Stage::Records && each.is_done());
    if known || !store.records.is_complete() {
        return None;
    }
    let missing: Vec<_> = bootstrap
        .hosts
        .iter()
        .filter(|it| published(store, &it.host).next().is_none())
        .collect();
    if !missing.is_empty() {
        return Some(all_of(&missing, |it| format!("the record of {}", it.host)));
    }
    bootstrap
        .hosts
        .iter()
        .all(|it| published(store, &it.host).any(|record| record.proxied))
        .then_some(Progress::Done)
}

fn published<'a>(
    store: &'a Store,
    host: &'a Line,
) -> impl Iterator<Item = &'a PublishedRecord> + 'a {
    let leads = |record: &PublishedRecord| matches!(record.kind.as_str(), "A" | "CNAME");
    store
        .records
        .iter()
        .filter(move |it| it.name == *host && leads(it))
}

fn hosts(bootstrap: &Bootstrap) -> Option<Progress> {
    if bootstrap.hosts.iter().all(|it| it.well.is_none()) {
        return None;
    }
    let left: Vec<_> = bootstrap
        .hosts
        .iter()
        .filter(|it| it.well != Some(true))
        .collect();
    Some(all_of(&left, |it| format!("{}: {}", it.host, it.answer)))
}
