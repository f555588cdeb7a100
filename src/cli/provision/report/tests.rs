//! Plans as they are read on a terminal.

use super::*;
use crate::domain::allowance::{Allowance, Usage, UsedBy, usage};
use crate::domain::plan::{Action, Drift, Remedy, ResourceKey, ResourceKind, Step};
use crate::domain::units::{Gigabytes, Ocpus};

fn step(key: &str, kind: ResourceKind, action: Action, needs: &[&str]) -> Step {
    Step {
        key: ResourceKey::new(key),
        kind,
        name: format!("k3s-{}", key.trim_start_matches("node-")),
        action,
        id: None,
        needs: needs.iter().copied().map(ResourceKey::new).collect(),
        summary: String::new(),
        drift: Vec::new(),
        estimate: None,
    }
}

fn plan(operation: Operation, steps: Vec<Step>) -> Plan {
    Plan {
        cluster: "k3s".to_owned(),
        operation,
        region: "us-ashburn-1".to_owned(),
        steps,
        allowance: AllowanceCheck {
            allowance: Allowance::ALWAYS_FREE,
            added: usage(4, 24, 150),
            available: Some(usage(3, 96, 200)),
            ..AllowanceCheck::default()
        },
        image: None,
        spared: Vec::new(),
        records: Vec::new(),
        note: None,
    }
}

fn drift(field: &str, found: &str, wanted: &str, remedy: Remedy) -> Drift {
    Drift {
        field: field.to_owned(),
        found: found.to_owned(),
        wanted: wanted.to_owned(),
        remedy,
    }
}

#[test]
fn a_plan_says_what_happens_and_what_it_costs() {
    let mut vcn = step("vcn", ResourceKind::Vcn, Action::Keep, &[]);
    vcn.summary = "10.0.0.0/16".to_owned();
    let mut node = step(
        "node-ingress",
        ResourceKind::Instance,
        Action::Create,
        &["gateway"],
    );
    node.summary = "A1 4 OCPU".to_owned();
    let gateway = step(
        "gateway",
        ResourceKind::InternetGateway,
        Action::Create,
        &["vcn"],
    );
    let mut plan = plan(Operation::Apply, vec![vcn, gateway, node]);
    plan.image = Some("ocid1.image.oc1.iad.aaaa".to_owned());
    plan.allowance.used_by = vec![UsedBy {
        name: "build-box".to_owned(),
        ocpus: Ocpus(1),
        memory: Gigabytes(6),
        ..UsedBy::default()
    }];
    insta::assert_snapshot!(plan_text(&plan), @r"
    k3s in us-ashburn-1: 2 to create, 1 there already
      = vcn              VCN               10.0.0.0/16
      + └ gateway        internet gateway
      +   └ k3s-ingress  instance          A1 4 OCPU
      image ocid1.image.oc1.iad.aaaa
      in use after this, of what is free: 4 of 2 OCPU, 24 of 12 GB, 150 of 200 GB boot volume
      · others use some of it: build-box (1 OCPU, 6 GB)
      ▲ over the allowance: about $28.04/mo (744 hours, prices as published on 2026-10-01); the layout `compact` fits (2 OCPU, 12 GB, 100 GB of boot volume)
      ✖ over the tenancy's limits: 4 A1 OCPUs wanted, 3 left
    ");
}

#[test]
fn drift_is_named_field_by_field_with_its_remedy() {
    let mut vcn = step("vcn", ResourceKind::Vcn, Action::Update, &[]);
    vcn.drift = vec![drift("displayName", "mine", "k3s-vcn", Remedy::Change)];
    let mut server = step(
        "node-server",
        ResourceKind::Instance,
        Action::Keep,
        &["vcn"],
    );
    server.drift = vec![drift(
        "shape",
        "VM.Standard.E4.Flex",
        "VM.Standard.A1.Flex",
        Remedy::Replace,
    )];
    let mut worker = step(
        "node-worker",
        ResourceKind::Instance,
        Action::Update,
        &["vcn"],
    );
    worker.drift = vec![drift("shapeConfig.ocpus", "2", "1", Remedy::Restart)];
    let mut plan = plan(Operation::Apply, vec![vcn, server, worker]);
    plan.allowance.added = Usage::default();
    insta::assert_snapshot!(plan_text(&plan), @r"
    k3s in us-ashburn-1: 2 to change, 1 to put right only by replacing
      ~ vcn           VCN
          displayName: mine → k3s-vcn  (in place)
      ! ├ k3s-server  instance
          shape: VM.Standard.E4.Flex → VM.Standard.A1.Flex  (only by a new one)
      ~ └ k3s-worker  instance
          shapeConfig.ocpus: 2 → 1  (in place, with a restart)
      ! k3s-server stays as it is until its replacement is agreed to
      in use after this, of what is free: 0 of 2 OCPU, 0 of 12 GB, 0 of 200 GB boot volume
    ");
}

#[test]
fn what_a_destroy_spares_comes_first() {
    let node = step("node-server", ResourceKind::Instance, Action::Delete, &[]);
    let vcn = step("vcn", ResourceKind::Vcn, Action::Delete, &["node-server"]);
    let mut plan = plan(Operation::Destroy, vec![node, vcn]);
    plan.spared = vec![Spared {
        what: "boot volume old".to_owned(),
        id: Some("ocid1.bootvolume.oc1.iad.aaaa".to_owned()),
        why: "its instance is gone; delete it in the console if nobody needs it".to_owned(),
    }];
    insta::assert_snapshot!(plan_text(&plan), @r"
    k3s in us-ashburn-1: 2 to delete
      what stays:
      · boot volume old ocid1.bootvolume.oc1.iad.aaaa: its instance is gone; delete it in the console if nobody needs it
      - k3s-server  instance
      - └ vcn       VCN
    ");
}

#[test]
fn nothing_to_do_is_said() {
    let vcn = step("vcn", ResourceKind::Vcn, Action::Keep, &[]);
    let plan = plan(Operation::Apply, vec![vcn]);
    assert!(plan_text(&plan).starts_with("k3s in us-ashburn-1: everything is there\n"));
}
