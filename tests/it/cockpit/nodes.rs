//! Nodes beside their instances: as OCI has them, stopped, idle, not joined, with a feed that is old or
//! denied. A session that does not ask OCI is drawn with all other panes.

use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::idle::{Measured, PerMille, Week};
use k3scope::domain::instance::{Instance, Power};
use k3scope::domain::node::Node;
use k3scope::domain::object::{Condition, ObjectRef, Truth};
use k3scope::domain::source::{SourceId, SourceStatus};
use rstest::rstest;

use super::stage::Stage;
use super::world;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 42)];

fn instance(name: &str, ocpus: u32, memory_gb: u32, power: Power) -> Event {
    let instance = Instance {
        id: ObjectRef::cluster(name),
        ocid: format!("ocid1.instance.oc1.iad.{name}").into(),
        power,
        shape: "VM.Standard.A1.Flex".into(),
        milli_ocpus: Some(ocpus * 1_000),
        memory_gb: Some(memory_gb),
        availability_domain: "Uocm:US-ASHBURN-AD-1".into(),
        fault_domain: "FAULT-DOMAIN-2".into(),
        created: "2026-10-13T09:00:00Z".parse().ok(),
    };
    world::told(What::Instance(Change::Applied(Box::new(instance))))
}

/// Measured for some hours, and off since.
fn last_measured(name: &str, hours: u32) -> Event {
    let week = Week {
        cpu: Some(PerMille(120)),
        network: Some(PerMille(3)),
        memory: Some(PerMille(180)),
        hours,
    };
    told(name, (None, None), week)
}

fn measured(name: &str, cpu: u32, memory: u32, hours: u32) -> Event {
    let week = Week {
        cpu: Some(PerMille(cpu)),
        network: Some(PerMille(3)),
        memory: Some(PerMille(memory)),
        hours,
    };
    let now = (Some(PerMille(cpu)), Some(PerMille(memory)));
    told(name, now, week)
}

fn told(name: &str, (cpu, memory): (Option<PerMille>, Option<PerMille>), week: Week) -> Event {
    let measured = Measured {
        id: ObjectRef::cluster(name),
        shape: "VM.Standard.A1.Flex".into(),
        cpu,
        memory,
        week: Some(week),
    };
    world::told(What::Measured(Change::Applied(Box::new(measured))))
}

/// Both feeds of OCI.
fn feeds(status: &SourceStatus) -> Vec<Event> {
    let ids = [SourceId::Instances, SourceId::InstanceMetrics];
    let told = ids.map(|id| {
        let status = status.clone();
        world::told(What::Source { id, status })
    });
    told.into()
}

fn with_oci(worker: Power) -> Vec<Event> {
    let mut events = world::cluster(false);
    events.extend(feeds(&SourceStatus::Live));
    events.push(instance("k3s-ingress", 1, 6, Power::Running));
    events.push(instance("k3s-server", 2, 12, Power::Running));
    events.push(instance("k3s-worker", 1, 6, worker));
    events.push(measured("k3s-ingress", 180, 420, 168));
    events.push(measured("k3s-server", 610, 640, 168));
    events.push(measured("k3s-worker", 120, 180, 70));
    events
}

/// Its kubelet says nothing any more, and the metrics server has nothing of it.
fn silent(name: &str) -> Vec<Event> {
    let node = Node {
        id: ObjectRef::cluster(name),
        roles: vec!["worker".into()],
        version: "v1.36.4+k3s1".into(),
        internal_ip: "10.0.2.11".into(),
        conditions: vec![Condition {
            kind: "Ready".into(),
            status: Truth::Unknown,
            reason: "NodeStatusUnknown".into(),
            message: "Kubelet stopped posting node status.".into(),
            since: "2026-11-22T13:50:00Z".parse().ok(),
        }],
        ..Node::default()
    };
    vec![
        world::told(What::Node(Change::Applied(Box::new(node)))),
        world::told(What::NodeUsage(Change::Removed(ObjectRef::cluster(name)))),
    ]
}

fn state(name: &str) -> Vec<Event> {
    let mut events = with_oci(match name {
        "stopped" => Power::Stopped,
        _ => Power::Running,
    });
    match name {
        "full" => {}
        "stopped" => {
            events.extend(silent("k3s-worker"));
            events.push(last_measured("k3s-worker", 70));
        }
        "idle" => events.push(measured("k3s-worker", 41, 113, 168)),
        "not_joined" => {
            events.push(instance("k3s-new", 1, 6, Power::Provisioning));
            let gone = ObjectRef::cluster("k3s-worker");
            events.push(world::told(What::Node(Change::Removed(gone))));
        }
        "stale" => events.extend(feeds(&SourceStatus::Stale {
            since: "2026-11-22T14:01:00Z".parse().unwrap(),
            error: "GET /20160918/instances: no answer in time".into(),
            retry_at: "2026-11-22T14:03:28Z".parse().unwrap(),
        })),
        "denied" => {
            events = world::cluster(false);
            events.extend(feeds(&SourceStatus::Denied {
                hint: "OCI does not let this profile read instances: 404 NotAuthorizedOrNotFound"
                    .into(),
            }));
        }
        other => panic!("no state {other}"),
    }
    events
}

#[rstest]
fn nodes_and_their_instances(
    #[values("full", "stopped", "idle", "not_joined", "stale", "denied")] name: &str,
) {
    let mut stage = Stage::new(state(name));
    stage.press("6 G");
    for (width, height) in SIZES {
        let shown = stage.snapshot(width, height);
        insta::assert_snapshot!(format!("nodes_oci_{name}_{width}x{height}"), shown);
    }
    stage.press("enter");
    for (width, height) in SIZES {
        let shown = stage.snapshot(width, height);
        insta::assert_snapshot!(format!("nodes_oci_{name}_page_{width}x{height}"), shown);
    }
}

#[test]
fn the_menu_says_why_an_instance_cannot_be_asked_for() {
    let mut stage = Stage::new(state("stopped"));
    stage.press("6 G a");
    let menu = stage.snapshot(140, 42);
    insta::assert_snapshot!("nodes_oci_menu_stopped", menu);
    let mut stage = Stage::new(world::cluster(false));
    stage.press("6 G a down down down down");
    let menu = super::stage::text(&stage.draw(140, 42));
    assert!(menu.contains("this session does not ask OCI"), "{menu}");
}

#[test]
fn the_bridge_tells_of_what_oci_knows() {
    let mut stage = Stage::new([state("idle"), silent("k3s-server")].concat());
    stage.press("1");
    let shown = super::stage::text(&stage.draw(140, 42));
    assert!(shown.contains("may be reclaimed as idle"), "{shown}");
    let stopped = instance("k3s-server", 2, 12, Power::Stopped);
    let mut stage = Stage::new([state("full"), silent("k3s-server"), vec![stopped]].concat());
    stage.press("1");
    let shown = super::stage::text(&stage.draw(140, 42));
    assert!(
        shown.contains("NotReady: its instance is stopped at OCI: start it"),
        "{shown}"
    );
}
