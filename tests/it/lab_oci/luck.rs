//! Bad luck: hosts that come and go, reports that lie, usage that is not there, too many launches, and
//! a service that fails one request in so many.

use std::time::Duration;

use k3scope::lab::{Capacity, Flaky, Lab, Options, Phantom, Reported, Scenario, Tenancy};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::client::{Client, SPEED, Twist};
use super::launches::{AD, launch, order, room};

const NEVER: Duration = Duration::from_hours(100_000);

async fn start(speed: f64, change: impl FnOnce(&mut Tenancy)) -> Client {
    let mut scenario = Scenario::named("empty").unwrap();
    change(&mut scenario.tenancy);
    let options = Options {
        speed,
        ..Options::default()
    };
    Client::with(Lab::start_with(scenario, options).await.unwrap())
}

#[rstest]
#[case("from the start", None, None, true)]
#[case("already", Some(Duration::ZERO), Some(NEVER), true)]
#[case("not yet", Some(NEVER), None, false)]
#[case("no more", None, Some(Duration::ZERO), false)]
#[tokio::test]
async fn hosts_come_and_go(
    #[case] what: &str,
    #[case] from: Option<Duration>,
    #[case] until: Option<Duration>,
    #[case] there: bool,
) {
    let row = Capacity {
        from,
        until,
        ..room(1, None, 4.0)
    };
    let client = start(SPEED, |tenancy| tenancy.capacity = vec![row]).await;
    let (_, subnet) = client.network().await;
    let says = reported(&client, None).await;
    let body = order(&client, &subnet, 1, "10.0.1.10").await;
    let reply = launch(&client, body).await;
    if there {
        reply.ok();
        assert_eq!(says, "AVAILABLE", "{what}");
    } else {
        reply.refused(500, "InternalError");
        assert_eq!(says, "OUT_OF_HOST_CAPACITY", "{what}");
    }
}

async fn reported(client: &Client, fault_domain: Option<&str>) -> Value {
    let mut row = json!({"instanceShape": "VM.Standard.A1.Flex",
        "instanceShapeConfig": {"ocpus": 1, "memoryInGBs": 6}});
    if let Some(fault_domain) = fault_domain {
        row["faultDomain"] = fault_domain.into();
    }
    let body = json!({"compartmentId": client.lab.oci().place().tenancy,
        "availabilityDomain": AD, "shapeAvailabilities": [row]});
    let report = client.post("/20160918/computeCapacityReports", body);
    report.await.ok().body["shapeAvailabilities"][0]["availabilityStatus"].clone()
}

#[tokio::test]
async fn a_report_may_say_what_is_not_so() {
    let lie = |fault_domain, ocpus, report| Capacity {
        report: Some(report),
        ..room(1, Some(fault_domain), ocpus)
    };
    let rows = vec![
        lie(1, 0.0, Reported::Available),
        lie(2, 1.0, Reported::OutOfCapacity),
        room(1, Some(3), 0.0),
    ];
    let client = start(SPEED, |tenancy| tenancy.capacity = rows).await;
    for (fault_domain, says) in [
        ("FAULT-DOMAIN-1", "AVAILABLE"),
        ("FAULT-DOMAIN-2", "OUT_OF_HOST_CAPACITY"),
        ("FAULT-DOMAIN-3", "OUT_OF_HOST_CAPACITY"),
    ] {
        assert_eq!(reported(&client, Some(fault_domain)).await, says);
    }
    let (_, subnet) = client.network().await;
    let mut body = order(&client, &subnet, 1, "10.0.1.10").await;
    body["faultDomain"] = "FAULT-DOMAIN-1".into();
    launch(&client, body.clone())
        .await
        .refused(500, "InternalError");
    body["faultDomain"] = "FAULT-DOMAIN-2".into();
    launch(&client, body).await.ok();
    let log = client.lab.oci().requests();
    let launches: Vec<_> = log
        .iter()
        .filter_map(|record| record.launch.clone())
        .collect();
    let places: Vec<_> = launches
        .iter()
        .map(|launch| launch.fault_domain.as_deref())
        .collect();
    assert_eq!(places, [Some("FAULT-DOMAIN-1"), Some("FAULT-DOMAIN-2")]);
    assert_eq!(launches[0].availability_domain, AD);
    let refusals: Vec<_> = log
        .iter()
        .filter_map(|record| record.refusal.as_deref())
        .collect();
    assert_eq!(refusals, ["InternalError: Out of host capacity."]);
}

#[rstest]
#[case(true, 16, 0)]
#[case(false, 0, 16)]
#[tokio::test]
async fn a_launch_without_a_host_stays_counted(
    #[case] shown: bool,
    #[case] used: u64,
    #[case] available: u64,
) {
    let client = start(SPEED, |tenancy| {
        tenancy.capacity = vec![room(1, None, 0.0)];
        tenancy.phantom = Some(Phantom { span: NEVER, shown });
    })
    .await;
    let (_, subnet) = client.network().await;
    let body = order(&client, &subnet, 16, "10.0.1.10").await;
    launch(&client, body).await.refused(500, "InternalError");
    client.lab.oci().set_capacity(vec![room(1, None, 40.0)]);
    let body = order(&client, &subnet, 1, "10.0.1.10").await;
    let reply = launch(&client, body).await.refused(400, "LimitExceeded");
    assert_eq!(
        reply.body["message"],
        "The following service limits were exceeded: standard-a1-memory-count, standard-a1-memory-regional-count, standard-a1-core-count, standard-a1-core-regional-count. Request a service limit increase from the service limits page in the console. "
    );
    let target = format!(
        "/20190729/services/compute/limits/standard-a1-core-count/resourceAvailability?compartmentId={}&availabilityDomain={AD}",
        client.compartment()
    );
    let shows = client.get(&target).await.ok().body;
    assert_eq!(
        (&shows["used"], &shows["available"]),
        (&json!(used), &json!(available))
    );
    assert!(client.lab.oci().resources("instances").is_empty());
}

#[tokio::test]
async fn what_is_counted_wrongly_is_forgotten() {
    let client = start(SPEED, |tenancy| {
        tenancy.capacity = vec![room(1, None, 0.0)];
        tenancy.phantom = Some(Phantom {
            span: Duration::ZERO,
            shown: true,
        });
    })
    .await;
    let (_, subnet) = client.network().await;
    for _ in 0..2 {
        let body = order(&client, &subnet, 16, "10.0.1.10").await;
        launch(&client, body).await.refused(500, "InternalError");
    }
}

#[tokio::test]
async fn launches_beyond_the_minute_are_too_many() {
    let client = start(1.0, |tenancy| tenancy.launches_per_minute = Some(1)).await;
    let (_, subnet) = client.network().await;
    let body = order(&client, &subnet, 1, "10.0.1.10").await;
    launch(&client, body).await.ok();
    let body = order(&client, &subnet, 1, "10.0.1.11").await;
    let reply = launch(&client, body).await.refused(429, "TooManyRequests");
    assert_eq!(reply.body["message"], "Too many requests for the user");
    client.get("/20160918/regions").await.ok();
}

#[tokio::test]
async fn after_the_minute_a_launch_is_taken_again() {
    let client = start(1000.0, |tenancy| tenancy.launches_per_minute = Some(1)).await;
    let (_, subnet) = client.network().await;
    let body = order(&client, &subnet, 1, "10.0.1.10").await;
    launch(&client, body).await.ok();
    let body = order(&client, &subnet, 1, "10.0.1.11").await;
    loop {
        let reply = launch(&client, body.clone()).await;
        if reply.status == 200 {
            break;
        }
        reply.refused(429, "TooManyRequests");
    }
    assert_eq!(client.lab.oci().resources("instances").len(), 2);
}

#[tokio::test]
async fn a_flaky_service_fails_in_turn() {
    let one_in = 1.try_into().unwrap();
    let client = start(SPEED, |tenancy| {
        tenancy.flaky = Some(Flaky { one_in, seed: 1 });
    })
    .await;
    let body = json!({"compartmentId": client.compartment(), "cidrBlocks": ["10.0.0.0/16"]});
    let create = || {
        let body = Some(body.clone());
        client.try_send(Method::POST, "/20160918/vcns", body, Twist::default())
    };
    let made = || client.lab.oci().resources("vcns").len();
    create().await.unwrap().refused(500, "InternalServerError");
    create().await.unwrap().refused(503, "ServiceUnavailable");
    let busy = create().await.unwrap().refused(429, "TooManyRequests");
    assert_eq!(busy.header("retry-after").as_deref(), Some("5"));
    assert!(create().await.is_err(), "cut");
    assert_eq!(made(), 0);
    assert!(create().await.is_err(), "done and cut");
    assert_eq!(made(), 1);
    create().await.unwrap().ok();
    assert_eq!(made(), 2, "answered late");
    let told: Vec<u16> = client
        .lab
        .oci()
        .requests()
        .iter()
        .map(|record| record.status)
        .collect();
    assert_eq!(told, [500, 503, 429, 0, 0, 200]);
}
