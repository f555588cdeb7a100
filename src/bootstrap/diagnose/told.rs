//! What a cause means, what to do, and what does it: the words for people, by cause.

use crate::domain::bootstrap::{Cause, Diagnosis, NodeAct, Remedy, Stage};
use crate::domain::line::Line;

/// What a cause is told with.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    /// The node that has to be mended.
    pub(super) node: &'a str,
    /// The stage that it keeps, to be run again.
    pub(super) stage: Stage,
    /// What else names it: a card, another node, an address, an image, a fingerprint.
    pub(super) what: &'a str,
}

/// The words, and what mends it.
struct Told {
    meaning: String,
    next: String,
    remedy: Remedy,
}

/// What a cause comes to.
pub(super) fn diagnosis(cause: Cause, about: About<'_>, evidence: Vec<Line>) -> Diagnosis {
    let Told {
        meaning,
        next,
        remedy,
    } = match cause {
        Cause::NoForwarding
        | Cause::ForwardRejected
        | Cause::NoMasquerade
        | Cause::WrongCard
        | Cause::SourceCheck
        | Cause::NoDefaultRoute => way_out(cause, about),
        Cause::InputRejected | Cause::SecurityList | Cause::VxlanBlocked => between(cause, about),
        Cause::WrongToken
        | Cause::StaleCertificates
        | Cause::NodePassword
        | Cause::LabelRefused
        | Cause::ServerDown => joining(cause, about),
        Cause::NoSuchRelease | Cause::WrongChecksum | Cause::NoNames | Cause::Slow => {
            fetching(cause, about)
        }
        Cause::Clock
        | Cause::DiskFull
        | Cause::OutOfMemory
        | Cause::WrongArchitecture
        | Cause::NeverStarted
        | Cause::HostKeyChanged
        | Cause::NoSsh => machine(cause, about),
    };
    Diagnosis {
        cause,
        meaning: Line::new(&meaning),
        evidence,
        next: Line::new(&next),
        remedy,
    }
}

/// The same, where the rule in the way stands in a chain of somebody's own, before what the script
/// laid in `chain`: the script puts its rules before what `chain` itself refuses, not before a chain
/// that it does not know, and taking such a rule out is a person's to decide.
pub(super) fn by_hand(found: Diagnosis, node: &str, (chain, rule): (&str, &str)) -> Diagnosis {
    let Some(rule) = rule.strip_prefix("-A ") else {
        return found;
    };
    if rule.split_whitespace().next() == Some(chain) {
        return found;
    }
    Diagnosis {
        next: Line::new(&format!(
            "somebody put that rule there; to take it out: k3scope ssh {node} -- sudo iptables -D {rule}"
        )),
        remedy: Remedy::Person,
        ..found
    }
}

fn again(about: About<'_>, from: Option<Stage>) -> Remedy {
    let node = about.node.into();
    Remedy::Act(NodeAct::RunAgain { node, from })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`diagnosis` hands each cause to the one that tells of it"
)]
fn way_out(cause: Cause, about: About<'_>) -> Told {
    let (node, what) = (about.node, about.what);
    let (meaning, from_cloud) = match cause {
        Cause::NoForwarding => (
            format!("{node} passes nothing on for the private nodes: net.ipv4.ip_forward is 0"),
            false,
        ),
        Cause::ForwardRejected => (
            format!("the firewall of {node} refuses what it should pass on for the private nodes"),
            false,
        ),
        Cause::WrongCard => (
            format!("{node} masquerades on {what}, which is not the card that leads out"),
            false,
        ),
        Cause::SourceCheck => (
            format!("the network card of {node} checks sources: OCI drops what it passes on"),
            true,
        ),
        Cause::NoDefaultRoute => (
            format!("the private subnet's route table does not lead out through {node}"),
            true,
        ),
        _ => (
            format!("{node} does not masquerade what the private nodes send out of the VCN"),
            false,
        ),
    };
    if from_cloud {
        Told {
            meaning,
            next: "k3scope apply puts it back; the nodes then go on by themselves".to_owned(),
            remedy: Remedy::Apply,
        }
    } else {
        Told {
            meaning,
            next: format!("run the stage nat of {node} again; the others then go on by themselves"),
            remedy: again(about, Some(Stage::Nat)),
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`diagnosis` hands each cause to the one that tells of it"
)]
fn between(cause: Cause, about: About<'_>) -> Told {
    let (node, what) = (about.node, about.what);
    match cause {
        Cause::SecurityList => Told {
            meaning: format!(
                "the VCN's security lists do not let nodes talk to each other: {what}"
            ),
            next: "k3scope apply puts the rules back".to_owned(),
            remedy: Remedy::Apply,
        },
        Cause::VxlanBlocked => Told {
            meaning: format!(
                "pods of {what} and {node} do not reach each other: {node} refuses UDP 8472 (VXLAN)"
            ),
            next: format!("run the stage firewall of {node} again"),
            remedy: again(about, Some(Stage::Firewall)),
        },
        _ => Told {
            meaning: format!(
                "the firewall of {node} refuses what other nodes send to it ({what}): ping works, \
                 connections do not"
            ),
            next: format!("run the stage firewall of {node} again"),
            remedy: again(about, Some(Stage::Firewall)),
        },
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`diagnosis` hands each cause to the one that tells of it"
)]
fn joining(cause: Cause, about: About<'_>) -> Told {
    let (node, what) = (about.node, about.what);
    match cause {
        Cause::WrongToken => Told {
            meaning: format!("the join token of {node} is not the server's"),
            next: format!("give {node} the join token of {what}; it then joins"),
            remedy: Remedy::Act(NodeAct::GiveToken {
                node: node.into(),
                server: what.into(),
            }),
        },
        Cause::StaleCertificates => Told {
            meaning: format!("{node} has certificates of a server that is no more"),
            next: format!("let {node} join anew: its old certificates are removed"),
            remedy: Remedy::Act(NodeAct::Rejoin { node: node.into() }),
        },
        Cause::NodePassword => Told {
            meaning: format!("the server knows another machine by the name {node}: it was rebuilt"),
            next: format!(
                "delete the Node {node} that the old machine left; the new one then joins"
            ),
            remedy: Remedy::Act(NodeAct::Forget { node: node.into() }),
        },
        Cause::LabelRefused => Told {
            meaning: format!(
                "{node} gives itself a label that agents may not have, so K3s does not start"
            ),
            next: format!(
                "take the node-role label out of /etc/rancher/k3s/config.yaml on {node}, then run the \
                 stage k3s again"
            ),
            remedy: Remedy::Person,
        },
        _ => Told {
            meaning: format!("the API server on {node} does not answer{}", named(what)),
            next: format!("run the stage k3s of {node} again, and see what K3s says there"),
            remedy: again(about, Some(Stage::K3s)),
        },
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`diagnosis` hands each cause to the one that tells of it"
)]
fn fetching(cause: Cause, about: About<'_>) -> Told {
    let (node, stage) = (about.node, about.stage);
    match cause {
        Cause::NoSuchRelease => Told {
            meaning: format!("the release of K3s that {node} should get does not exist"),
            next: "correct k3s.version in cluster.toml, then make the node anew (k3scope apply \
                   --replace)"
                .to_owned(),
            remedy: Remedy::Person,
        },
        Cause::WrongChecksum => Told {
            meaning: format!("what {node} downloaded is not the pinned release of K3s"),
            next: format!(
                "download it again; if it stays so, see k3s.sha256 in cluster.toml, and who \
                           stands between {node} and github.com"
            ),
            remedy: again(about, Some(Stage::Download)),
        },
        Cause::NoNames => Told {
            meaning: format!("names do not resolve on {node}{}", named(about.what)),
            next: format!("see resolvectl status on {node}, then run the stage {stage} again"),
            remedy: again(about, Some(stage)),
        },
        _ => Told {
            meaning: format!("{node} gets no answer in time{}", named(about.what)),
            next: format!("it goes on trying; if it has given up, run the stage {stage} again"),
            remedy: again(about, Some(stage)),
        },
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`diagnosis` hands each cause to the one that tells of it"
)]
fn machine(cause: Cause, about: About<'_>) -> Told {
    let (node, what, stage) = (about.node, about.what, about.stage);
    match cause {
        Cause::Clock => Told {
            meaning: format!(
                "the clock of {node} is wrong{}: certificates do not hold there",
                named(what)
            ),
            next: format!(
                "k3scope ssh {node} -- sudo systemctl restart chrony, then run the stage {stage} again"
            ),
            remedy: Remedy::Person,
        },
        Cause::DiskFull => Told {
            meaning: format!("the disk of {node} is full"),
            next: format!(
                "make room on {node} (k3scope ssh {node} -- sudo du -xh --max-depth=2 /var), then run \
                 the stage {stage} again"
            ),
            remedy: again(about, Some(stage)),
        },
        Cause::OutOfMemory => Told {
            meaning: format!("{node} ran out of memory{}", named(what)),
            next: format!("give {node} more memory in cluster.toml, or run less on it"),
            remedy: Remedy::Person,
        },
        Cause::WrongArchitecture => Told {
            meaning: format!("something on {node} is not made for arm64{}", named(what)),
            next: "use an image that is made for linux/arm64".to_owned(),
            remedy: Remedy::Person,
        },
        Cause::NeverStarted => Told {
            meaning: format!(
                "cloud-init has ended on {node}, and the bootstrap script never began"
            ),
            next: format!("run the script on {node}"),
            remedy: again(about, None),
        },
        Cause::HostKeyChanged => Told {
            meaning: format!("{node} shows another host key than the pinned one"),
            next: format!(
                "if you know why it has changed, believe {what}; if the pin is what is wrong, take its \
                 lines out of .k3scope/known_hosts: what its console showed first is then pinned again"
            ),
            remedy: Remedy::Act(NodeAct::Trust {
                node: node.into(),
                offered: what.into(),
            }),
        },
        _ => Told {
            meaning: format!("SSH does not let us in on {node}: {}", kept_back(what)),
            next: format!(
                "see network.ssh_from in cluster.toml, and the console of {node}; as soon as SSH lets \
                 us in, all of it goes on by itself"
            ),
            remedy: Remedy::Person,
        },
    }
}

/// What is not known as long as nobody can log in: of the node alone, or of `what` besides.
fn kept_back(what: &str) -> String {
    let own = "its console tells how its script goes, not whether K3s stays up";
    if what.is_empty() {
        own.to_owned()
    } else {
        format!("{own}, and {what} is not known until it does")
    }
}

/// `: WHAT`, where something is named.
fn named(what: &str) -> String {
    if what.is_empty() {
        String::new()
    } else {
        format!(": {what}")
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn only_a_rule_in_a_chain_of_somebody_s_own_is_a_person_s_to_take_out() {
        let about = About {
            node: "k3s-ingress",
            stage: Stage::Nat,
            what: "",
        };
        let found = diagnosis(Cause::ForwardRejected, about, Vec::new());
        for rule in ["-A FORWARD -j REJECT", ":FORWARD DROP [0:0]"] {
            let told = by_hand(found.clone(), "k3s-ingress", ("FORWARD", rule));
            assert_eq!(told, found, "{rule}: running the stage again mends it");
        }
        let theirs = "-A FORWARD-GUARD -s 10.0.2.0/24 -j DROP";
        let told = by_hand(found, "k3s-ingress", ("FORWARD", theirs));
        assert_eq!(told.remedy, Remedy::Person);
        assert!(
            told.next
                .contains("iptables -D FORWARD-GUARD -s 10.0.2.0/24 -j DROP")
        );
    }

    #[test]
    fn every_cause_names_what_it_means_and_what_to_do() {
        for cause in Cause::iter() {
            let about = About {
                node: "k3s-worker",
                stage: Stage::K3s,
                what: "SHA256:abc",
            };
            let told = diagnosis(cause, about, Vec::new());
            let security = cause == Cause::SecurityList;
            let release = cause == Cause::NoSuchRelease || security;
            assert!(told.meaning.contains("k3s-worker") || release, "{cause}");
            assert!(
                !told.next.is_empty() && !told.next.ends_with('.'),
                "{cause}"
            );
            if let Remedy::Act(act) = &told.remedy {
                assert_eq!(act.node(), "k3s-worker", "{cause}");
            }
        }
    }
}
