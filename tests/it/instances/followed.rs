//! Instances and what OCI measures of them, as the store has it.

use k3scope::domain::idle::{IDLE_BELOW, Idleness};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::kube::Access;
use k3scope::lab::oci::{Fault, Matcher};
use k3scope::store::health::unhealthy;

use super::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn the_idle_worker_is_found_among_the_busy_by_ocis_own_figures() {
    let mut desk = Desk::open(Access::ReadOnly).await;
    desk.settle().await;
    desk.until("all are measured", |it| it.measured.len() == 3)
        .await;
    let instance = desk.instance("k3s-server");
    assert_eq!(instance.size(), "2 OCPU, 12 GB");
    assert_eq!(instance.fault_domain.len(), "FAULT-DOMAIN-1".len());
    let measured = |node: &str| {
        let found = desk.store.measured.get(&ObjectRef::cluster(node));
        found.unwrap().clone()
    };
    let worker = measured("k3s-worker");
    assert_eq!(worker.idleness(), Some(Idleness::AtRisk), "{worker:?}");
    let week = worker.week.unwrap();
    assert!(week.hours >= 167 && week.cpu < Some(IDLE_BELOW), "{week:?}");
    let (cpu, network) = (week.cpu.unwrap().0, week.network.unwrap().0);
    assert!(
        (42..=49).contains(&cpu),
        "the 95th percentile of 4.2 %: {week:?}"
    );
    assert_eq!(network, 1, "a thousandth of 1 Gbit/s: {week:?}");
    assert!(worker.memory.unwrap() > worker.cpu.unwrap());
    let busy = measured("k3s-server").idleness();
    assert!(
        matches!(busy, Some(Idleness::Busy { by: "memory", .. })),
        "{busy:?}"
    );
    let now = k3scope::clock::Clock::default().now();
    let told = unhealthy(&desk.store, now);
    let idle: Vec<_> = told
        .iter()
        .filter(|it| it.why.contains("reclaimed"))
        .collect();
    assert!(
        idle.len() == 1 && idle[0].what.name == "k3s-worker",
        "{told:?}"
    );
    desk.press("6").await;
    let shown = desk.shown();
    let row = shown
        .lines()
        .find(|line| line.contains("k3s-worker"))
        .unwrap();
    assert!(
        row.contains("▲ Ready, idle") && row.contains("%*"),
        "{shown}"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_without_rights_costs_these_feeds_and_nothing_else() {
    let mut desk = Desk::open(Access::ReadOnly).await;
    desk.settle().await;
    let refusal = || Fault::Status(404, "NotAuthorizedOrNotFound".into(), "as OCI says".into());
    for _ in 0..4 {
        let instances = Matcher::new("GET", "/instances?");
        desk.lab.oci().fail_next(instances, refusal());
    }
    desk.until("it is refused", |it| {
        matches!(
            it.sources.status(SourceId::Instances),
            SourceStatus::Denied { .. }
        )
    })
    .await;
    assert_eq!(desk.store.instances.len(), 3, "what was known stays");
    let status = desk.store.sources.status(SourceId::Instances);
    let SourceStatus::Denied { hint } = status else {
        panic!("{status:?}");
    };
    assert!(
        hint.contains("as OCI says") && hint.contains("opc-request-id"),
        "{hint}"
    );
    desk.lab.oci().forgive();
    desk.until("it is let in again", |it| {
        *it.sources.status(SourceId::Instances) == SourceStatus::Live
    })
    .await;
    assert_eq!(
        *desk.store.sources.status(SourceId::Nodes),
        SourceStatus::Live
    );
    desk.close().await;
}
