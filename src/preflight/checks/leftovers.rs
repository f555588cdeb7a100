//! What stands in the cluster's place already: its own resources, those of an earlier cluster of the
//! same name, and strangers that bear its names.

use std::collections::BTreeMap;

use crate::domain::preflight::Verdict;
use crate::domain::topology::{CLUSTER_TAG, KEY_TAG, Node};
use crate::oci::model::{Instance, Lifecycle, PublicIp, Subnet, Tags, Vcn};
use crate::preflight::check::{Answer, Check, Finding, LIMIT, Obstacle};
use crate::preflight::room::few;
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "leftovers",
    proves: "Nothing in the compartment clashes with the cluster's names, and nothing is left over.",
    unknown: Verdict::Warns,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

/// A resource as far as this check goes.
struct Thing<'a> {
    what: &'static str,
    name: &'a str,
    tags: &'a Tags,
    /// Whether it stands in the cluster's compartment.
    here: bool,
}

/// What the cluster's own resources are called.
struct Names {
    cluster: String,
    /// The display names of nodes, and with the cluster's name before it those of the network.
    all: Vec<String>,
    node_keys: Vec<String>,
}

async fn run(scene: &Scene) -> Answer {
    let client = scene.signed_in().await?;
    let own = scene.compartment()?;
    let query = [("compartmentId", own)];
    let reserved = [
        ("compartmentId", own),
        ("scope", "REGION"),
        ("lifetime", "RESERVED"),
    ];
    let lists = async {
        let (subnets, addresses) = (client.list(&query), client.list(&reserved));
        let lists: Result<(Vec<Subnet>, Vec<PublicIp>), _> = futures::try_join!(subnets, addresses);
        lists.map_err(Obstacle::refused("list subnets and public addresses"))
    };
    let (vcns, instances, (subnets, addresses)) =
        futures::try_join!(scene.vcns(), scene.instances(), lists)?;
    let compartments = scene.compartments().await?;
    let mut things: Vec<Thing<'_>> = Vec::new();
    things.extend(vcns.iter().filter_map(of_vcn));
    things.extend(subnets.iter().filter_map(of_subnet));
    things.extend(addresses.iter().filter_map(of_address));
    things.extend(instances.found.iter().filter_map(|(place, one)| {
        let compartment = compartments.get(*place)?;
        of_instance(one, compartment.id == own)
    }));
    Ok(judge(&things, &names(scene)))
}

fn names(scene: &Scene) -> Names {
    let cluster = scene.config().cluster.name.clone();
    let nodes = scene.nodes();
    let network = ["vcn", "public-subnet", "private-subnet", "public-ip"];
    let network = network.iter().map(|key| format!("{cluster}-{key}"));
    Names {
        all: nodes
            .iter()
            .map(|node| node.name.clone())
            .chain(network)
            .collect(),
        node_keys: nodes.iter().map(Node::key).collect(),
        cluster,
    }
}

fn thing<'a>(
    what: &'static str,
    name: &'a str,
    state: &Lifecycle,
    tags: &'a Tags,
) -> Option<Thing<'a>> {
    let living = !state.is_gone() && !state.is_going();
    living.then_some(Thing {
        what,
        name,
        tags,
        here: true,
    })
}

fn of_vcn(one: &Vcn) -> Option<Thing<'_>> {
    let (name, state) = (&one.display_name, &one.lifecycle_state);
    thing("network", name, state, &one.freeform_tags)
}

fn of_subnet(one: &Subnet) -> Option<Thing<'_>> {
    let (name, state) = (&one.display_name, &one.lifecycle_state);
    thing("subnet", name, state, &one.freeform_tags)
}

fn of_address(one: &PublicIp) -> Option<Thing<'_>> {
    let (name, state) = (&one.display_name, &one.lifecycle_state);
    thing("public address", name, state, &one.freeform_tags)
}

fn of_instance(one: &Instance, here: bool) -> Option<Thing<'_>> {
    let (name, state) = (&one.display_name, &one.lifecycle_state);
    let thing = thing("instance", name, state, &one.freeform_tags)?;
    Some(Thing { here, ..thing })
}

fn judge(things: &[Thing<'_>], names: &Names) -> Finding {
    let told = |things: &[&Thing<'_>]| {
        let words = things.iter().map(|it| format!("{} {}", it.what, it.name));
        few(&words.collect::<Vec<_>>())
    };
    let tagged = |thing: &&Thing<'_>| thing.tags.get(CLUSTER_TAG) == Some(&names.cluster);
    let (ours, others): (Vec<&Thing<'_>>, Vec<&Thing<'_>>) = things.iter().partition(tagged);
    let (ours, elsewhere): (Vec<_>, Vec<_>) = ours.into_iter().partition(|thing| thing.here);

    let mut by_key: BTreeMap<&str, Vec<&Thing<'_>>> = BTreeMap::new();
    for thing in &ours {
        let key = thing.tags.get(KEY_TAG).map_or("", String::as_str);
        by_key.entry(key).or_default().push(*thing);
    }
    let twice: Vec<&Thing<'_>> = by_key
        .iter()
        .filter(|(key, things)| !key.is_empty() && things.len() > 1)
        .flat_map(|(_, things)| things.iter().copied())
        .collect();
    if !twice.is_empty() {
        let evidence = format!("bear the same tag {KEY_TAG}: {}", told(&twice));
        return Finding::blocks(evidence)
            .next("remove that tag from all but one of each, or delete the others");
    }
    let unwanted: Vec<&Thing<'_>> = ours
        .iter()
        .copied()
        .filter(|thing| {
            let key = thing.tags.get(KEY_TAG);
            thing.what == "instance" && key.is_none_or(|key| !names.node_keys.contains(key))
        })
        .collect();
    let strangers: Vec<&Thing<'_>> = others
        .into_iter()
        .filter(|thing| thing.here && names.all.iter().any(|name| name == thing.name))
        .collect();
    let complaints = [
        (
            unwanted,
            "this cluster's by its tags, but not configured",
            "terminate what is not configured, or add it to cluster.toml",
        ),
        (
            strangers,
            "not this cluster's, but called as if",
            "rename or delete what is called alike, or give the cluster another name",
        ),
        (
            elsewhere,
            "of a cluster of this name in another compartment",
            "give one of the two clusters another name: their tags are the same",
        ),
    ];
    let found: Vec<_> = complaints
        .into_iter()
        .filter(|(things, _, _)| !things.is_empty())
        .collect();
    if !found.is_empty() {
        let evidence = found
            .iter()
            .map(|(things, how, _)| format!("{how}: {}", told(things)));
        let next = found.iter().map(|(_, _, next)| *next);
        return Finding::warns(evidence.collect::<Vec<_>>().join("; "))
            .next(next.collect::<Vec<_>>().join("; "));
    }
    match ours.len() {
        0 => Finding::passed("nothing of this name is there"),
        _ => Finding::informs(format!(
            "{} is there already: the run goes on with it",
            told(&ours)
        )),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn tags(cluster: &str, key: &str) -> Tags {
        let pairs = [(CLUSTER_TAG, cluster), (KEY_TAG, key)];
        let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// Each thing: what, name, cluster tag, key tag, whether in the cluster's compartment.
    #[rstest]
    #[case::nothing(&[], Verdict::Passed, "nothing of this name")]
    #[case::stranger(&[("instance", "build-box", "", "", true)], Verdict::Passed, "nothing of this name")]
    #[case::part(&[("network", "lab-vcn", "lab", "vcn", true)], Verdict::Informs, "network lab-vcn is there already")]
    #[case::clash(&[("network", "lab-vcn", "", "", true)], Verdict::Warns, "called as if: network lab-vcn")]
    #[case::of_another(&[("instance", "k3s-server", "other", "node-k3s-server", true)], Verdict::Warns, "called as if: instance k3s-server")]
    #[case::alike_elsewhere(&[("instance", "k3s-server", "", "", false)], Verdict::Passed, "nothing")]
    #[case::not_configured(&[("instance", "k3s-old", "lab", "node-k3s-old", true)], Verdict::Warns, "not configured: instance k3s-old")]
    #[case::without_key(&[("instance", "k3s-server", "lab", "", true)], Verdict::Warns, "not configured: instance k3s-server")]
    #[case::namesake(&[("instance", "k3s-server", "lab", "node-k3s-server", false)], Verdict::Warns, "in another compartment: instance k3s-server")]
    #[case::twice(&[("network", "lab-vcn", "lab", "vcn", true), ("network", "lab-vcn-2", "lab", "vcn", true)], Verdict::Blocks, "network lab-vcn, network lab-vcn-2")]
    #[case::two_sorts(&[("instance", "k3s-old", "lab", "node-k3s-old", true), ("subnet", "lab-public-subnet", "", "", true)], Verdict::Warns, "k3s-old; not this cluster's, but called as if: subnet")]
    fn what_stands_there_is_told_by_tags_and_by_name(
        #[case] given: &[(&'static str, &str, &str, &str, bool)],
        #[case] verdict: Verdict,
        #[case] evidence: &str,
    ) {
        let tags: Vec<Tags> = given.iter().map(|it| tags(it.2, it.3)).collect();
        let things: Vec<Thing<'_>> = given
            .iter()
            .zip(&tags)
            .map(|((what, name, _, _, here), tags)| Thing {
                what,
                name,
                tags,
                here: *here,
            })
            .collect();
        let names = Names {
            cluster: "lab".to_owned(),
            all: ["k3s-server", "lab-vcn", "lab-public-subnet"]
                .map(str::to_owned)
                .into(),
            node_keys: vec!["node-k3s-server".to_owned()],
        };
        let finding = judge(&things, &names);
        assert_eq!(finding.verdict, verdict, "{finding:?}");
        assert!(finding.evidence.contains(evidence), "{finding:?}");
        let quiet = matches!(verdict, Verdict::Passed | Verdict::Informs);
        assert_eq!(finding.next.is_empty(), quiet, "{finding:?}");
    }
}
