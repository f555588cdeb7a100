//! A running lab: its controllers act while a client looks on.

use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;
use serde_json::Value;
use tokio::sync::watch;

use super::resolver::over_udp;
use super::{lab, text};
use k3scope::lab::Lab;

const LIMIT: Duration = Duration::from_mins(1);

/// Waits for the objects to be so; a change wakes it.
async fn wait_until(why: &str, lab: &Lab, holds: impl Fn(&Lab) -> bool) {
    let mut changes: watch::Receiver<u64> = lab.objects().unwrap().changes();
    let waiting = async {
        while !holds(lab) {
            changes.changed().await.unwrap();
        }
    };
    let clock = k3scope::clock::Clock::default();
    assert!(
        clock.timeout(LIMIT, waiting).await.is_ok(),
        "never came: {why}"
    );
}

fn object(lab: &Lab, resource: &str, namespace: &str, name: &str) -> Option<Value> {
    lab.objects().unwrap().get(resource, Some(namespace), name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_cluster_lives_and_notices_what_is_broken() {
    let lab = lab("bare", 20.0).await;
    assert!(lab.ready()["kubernetes"]["kubeconfig"].is_string());
    lab.break_it("crash-pod").await.unwrap();
    wait_until("the new pod crashes", &lab, |lab| {
        lab.objects().unwrap().list("pods").iter().any(|pod| {
            pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"]
                == "CrashLoopBackOff"
        })
    })
    .await;
    lab.break_it("cordon-node").await.unwrap();
    wait_until("the taint follows", &lab, |lab| {
        object(lab, "nodes", "", "k3s-worker")
            .is_some_and(|node| node["spec"]["taints"][0]["effect"] == "NoSchedule")
    })
    .await;
    let refused = lab.break_it("the-moon").await.unwrap_err().to_string();
    assert!(
        refused.contains("proxied-record") && refused.contains("kube-down"),
        "{refused}"
    );
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_goes_away_and_comes_back() {
    let lab = lab("bare", 20.0).await;
    let address = lab.kubernetes().unwrap().address();
    assert!(tokio::net::TcpStream::connect(address).await.is_ok());
    lab.break_it("kube-down").await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    lab.break_it("kube-up").await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_ok());
    lab.stop().await.unwrap();
}

/// From Cloudflare's table over the controllers to the name server, all through the running lab.
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_record_is_published_again() {
    let lab = lab("running", 5.0).await;
    let server = text(&lab, "/resolver").parse().unwrap();
    let answer = || over_udp(server, "docs.example.com.", RecordType::A);
    assert_eq!(answer().await.answers.len(), 1);
    lab.break_it("delete-record").await.unwrap();
    assert_eq!(
        answer().await.metadata.response_code,
        ResponseCode::NXDomain
    );
    let mut changes = lab.objects().unwrap().changes();
    let back = async {
        // The nodes' leases are a clock that ticks while the lab lives.
        while answer().await.answers.is_empty() {
            changes.changed().await.unwrap();
        }
    };
    let clock = k3scope::clock::Clock::default();
    assert!(
        clock.timeout(LIMIT, back).await.is_ok(),
        "the record never came back"
    );
    lab.stop().await.unwrap();
}
