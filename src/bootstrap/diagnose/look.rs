//! Looks into one stage that failed or takes too long: on the node, on those that it waits for, and
//! at what OCI has.

use std::net::Ipv4Addr;

use super::asking::{ask, firewall, journal, succeeds};
use super::cloud::{self, node_of};
use super::commands;
use super::firewall::{Disguise, Packet, Verdict};
use super::standing::{Concern, How, Standing};
use super::told::{About, by_hand, diagnosis};
use super::words;
use crate::bootstrap::shared::Shared;
use crate::domain::bootstrap::{Cause, Diagnosis, Stage};
use crate::domain::line::Line;
use crate::domain::topology::Role;

/// Somewhere outside: what the route is asked for.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(1, 1, 1, 1);
const KUBERNETES: u16 = 6443;
/// What the Kubernetes API alone can tell.
const CLUSTER: &str = "whether nodes are Ready, what Argo CD has done and which hosts answer";
/// What the script printed last.
const SCRIPT_LOG: &str = "sudo -n tail -n 10 /var/log/k3scope-bootstrap.log";

/// What keeps a stage, where that can be seen.
pub(super) async fn into(
    shared: &Shared,
    standing: &Standing,
    concern: &Concern,
) -> Option<Diagnosis> {
    let Concern { node, stage, how } = concern;
    match how {
        How::NeverBegan => return never_began(shared, node).await,
        How::Failed(problem) if *stage != Stage::Login => {
            let lines = problem.detail.lines();
            if let Some(found) = of_words(shared, node, *stage, &lines) {
                return Some(refined(shared, node, found).await);
            }
        }
        How::Failed(_) | How::Slow(_) => {}
    }
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing particular can be seen of the others"
    )]
    let found = match stage {
        Stage::Login => login(shared, node, how),
        Stage::Route => way_out(shared, node).await,
        Stage::Download => download(shared, node).await,
        Stage::ApiServer => server(shared, standing, node).await,
        Stage::K3s => k3s(shared, standing, node).await,
        _ => None,
    };
    match found {
        Some(found) => Some(found),
        None => machine(shared, node, *stage).await,
    }
}

/// What lines say; what they say of the server is the server's to mend.
fn of_words<'a>(
    shared: &Shared,
    node: &str,
    stage: Stage,
    lines: &(impl Iterator<Item = &'a str> + Clone),
) -> Option<Diagnosis> {
    let (cause, line) = words::cause(stage, lines)?;
    let is_servers = matches!(cause, Cause::InputRejected | Cause::ServerDown);
    let server = node_of(shared, Role::Server).map_or("the server", |(name, _)| name);
    let about = About {
        node: if is_servers { server } else { node },
        stage,
        what: if cause == Cause::WrongToken {
            server
        } else {
            ""
        },
    };
    Some(diagnosis(cause, about, vec![Line::new(line)]))
}

/// That the server does not answer may have a cause that can be seen.
async fn refined(shared: &Shared, node: &str, found: Diagnosis) -> Diagnosis {
    if matches!(found.cause, Cause::InputRejected | Cause::ServerDown)
        && let Some(refusal) = refusal(shared, node).await
    {
        return refusal;
    }
    found
}

async fn never_began(shared: &Shared, node: &Line) -> Option<Diagnosis> {
    let said = ask(shared, node, "systemctl is-active k3scope-bootstrap").await;
    let evidence = said
        .map(|said| Line::new(&format!("k3scope-bootstrap.service is {}", said.trim())))
        .into_iter()
        .collect();
    let about = About {
        node,
        stage: Stage::Firewall,
        what: "",
    };
    Some(diagnosis(Cause::NeverStarted, about, evidence))
}

fn login(shared: &Shared, node: &Line, how: &How) -> Option<Diagnosis> {
    let (cause, what, evidence) = match how {
        How::Failed(problem) => {
            let (_, after) = problem.detail.split_once("shows the host key ")?;
            let offered = after.split([',', ' ']).next()?;
            let seen = Line::new(&problem.detail);
            (Cause::HostKeyChanged, offered, seen)
        }
        How::Slow(waits_for) => {
            // The kubeconfig comes from the server, and everything goes through the ingress node.
            let is_on_the_way = [Role::Server, Role::Ingress]
                .into_iter()
                .any(|role| node_of(shared, role).is_some_and(|(name, _)| name == &**node));
            let what = if is_on_the_way { CLUSTER } else { "" };
            (Cause::NoSsh, what, waits_for.clone())
        }
        How::NeverBegan => return None,
    };
    let about = About {
        node,
        stage: Stage::Login,
        what,
    };
    Some(diagnosis(cause, about, vec![evidence]))
}

/// Why a private node does not get out: OCI's part first, then the ingress node's.
async fn way_out(shared: &Shared, node: &Line) -> Option<Diagnosis> {
    let (ingress, address) = node_of(shared, Role::Ingress)?;
    let about = |what| About {
        node: ingress,
        stage: Stage::Nat,
        what,
    };
    let told = |cause, seen: &str| Some(diagnosis(cause, about(""), vec![Line::new(seen)]));
    if let Ok(Some(card)) = cloud::card_of(shared, ingress).await
        && !card.skip_source_dest_check
    {
        return told(
            Cause::SourceCheck,
            "skipSourceDestCheck of its VNIC is false",
        );
    }
    match cloud::way_out(shared, node).await {
        Ok(Some(to)) if to == address.to_string() => {}
        Ok(Some(to)) => {
            let seen = format!("0.0.0.0/0 leads to {to}, not to {address}");
            return told(Cause::NoDefaultRoute, &seen);
        }
        Ok(None) => {
            let seen = format!("there is no route 0.0.0.0/0 to {address}");
            return told(Cause::NoDefaultRoute, &seen);
        }
        Err(error) => tracing::debug!(%error, "the routes cannot be read"),
    }
    let forwards = ask(shared, ingress, "sysctl -n net.ipv4.ip_forward").await;
    if forwards.as_deref().and_then(commands::is_on) == Some(false) {
        return told(Cause::NoForwarding, "net.ipv4.ip_forward = 0");
    }
    let route = ask(shared, ingress, &format!("ip -o route get {OUTSIDE}")).await?;
    let card = commands::card(&route)?;
    let rules = firewall(shared, ingress).await?;
    let from = shared.target.topology.nodes.iter();
    let from = from.clone().find(|each| each.name == **node)?.private_ip;
    let packet = Packet {
        from,
        to: OUTSIDE,
        protocol: "tcp",
        port: 443,
        card,
    };
    if let Verdict::Refused(rule) = rules.verdict("filter", "FORWARD", &packet) {
        let found = told(Cause::ForwardRejected, &rule)?;
        let private = shared.target.topology.network.private_subnet;
        return Some(if rules.accepts("FORWARD", private) {
            by_hand(found, ingress, ("FORWARD", &rule))
        } else {
            found
        });
    }
    match rules.disguise(&packet) {
        Disguise::Masqueraded => None,
        Disguise::OnAnotherCard(other) => {
            let seen = format!("the way out is {card}");
            Some(diagnosis(
                Cause::WrongCard,
                about(&other),
                vec![Line::new(&seen)],
            ))
        }
        Disguise::None => {
            let seen =
                format!("no rule in POSTROUTING masquerades what {from} sends out by {card}");
            told(Cause::NoMasquerade, &seen)
        }
    }
}

/// Why a node does not reach a server whose K3s runs. One that is not there yet is waited for.
async fn server(shared: &Shared, standing: &Standing, node: &Line) -> Option<Diagnosis> {
    let (name, _) = node_of(shared, Role::Server)?;
    if name == &**node || !standing.is_done(name, Stage::K3s) {
        return None;
    }
    if let Some(found) = refusal(shared, node).await {
        return Some(found);
    }
    let runs = succeeds(shared, name, "systemctl is-active k3s").await?;
    (!runs).then(|| {
        let about = About {
            node: name,
            stage: Stage::K3s,
            what: "",
        };
        let seen = Line::new("k3s.service is not active");
        diagnosis(Cause::ServerDown, about, vec![seen])
    })
}

/// Who refuses what a node sends to the server's API.
async fn refusal(shared: &Shared, node: &str) -> Option<Diagnosis> {
    let (server, to) = node_of(shared, Role::Server)?;
    let nodes = &shared.target.topology.nodes;
    let from = nodes.iter().find(|each| each.name == *node)?.private_ip;
    let port = ("tcp", KUBERNETES);
    let what = format!("TCP {KUBERNETES}");
    let about = About {
        node: server,
        stage: Stage::Firewall,
        what: &what,
    };
    if let Ok(false) = cloud::lets_in(shared, server, from, port).await {
        let seen = format!("no rule lets {from} in at {what} of {server}");
        return Some(diagnosis(
            Cause::SecurityList,
            About {
                what: &seen,
                ..about
            },
            vec![Line::new(&seen)],
        ));
    }
    let packet = Packet {
        from,
        to,
        protocol: port.0,
        port: port.1,
        card: "",
    };
    let rules = firewall(shared, server).await?;
    let Verdict::Refused(rule) = rules.verdict("filter", "INPUT", &packet) else {
        return None;
    };
    let found = diagnosis(Cause::InputRejected, about, vec![Line::new(&rule)]);
    let is_laid = rules.accepts("INPUT", shared.target.topology.network.vcn);
    Some(if is_laid {
        by_hand(found, server, ("INPUT", &rule))
    } else {
        found
    })
}

/// Why a download does not end: what was printed at the last try. A script that tries again has not
/// failed yet, and tells of it nowhere else.
async fn download(shared: &Shared, node: &Line) -> Option<Diagnosis> {
    let said = ask(shared, node, SCRIPT_LOG).await?;
    let newest = shared.mask.apply(commands::printed_last(&said)?);
    of_words(shared, node, Stage::Download, &std::iter::once(&*newest))
}

/// Why K3s does not come up: what it says itself.
async fn k3s(shared: &Shared, standing: &Standing, node: &Line) -> Option<Diagnosis> {
    let said = journal(shared, node).await;
    let lines = said.iter().map(|line| &**line);
    let found = of_words(shared, node, Stage::K3s, &lines)?;
    if found.cause != Cause::ServerDown {
        return Some(found);
    }
    // Agents say so too while the server is still on its way up.
    server(shared, standing, node).await
}

/// What is wrong with the machine itself.
async fn machine(shared: &Shared, node: &Line, stage: Stage) -> Option<Diagnosis> {
    let about = |what| About { node, stage, what };
    let disk = ask(shared, node, "df -P /").await.unwrap_or_default();
    if let Some(line) = commands::full_disk(&disk) {
        let seen = vec![Line::new(line)];
        return Some(diagnosis(Cause::DiskFull, about(""), seen));
    }
    let date = ask(shared, node, "date +%s").await?;
    let off = commands::wrong_clock(&date, shared.clock.now())?;
    let what = format!("{} s off", off.as_secs());
    let seen = vec![Line::new(&format!("date +%s there: {}", date.trim()))];
    Some(diagnosis(Cause::Clock, about(&what), seen))
}
