//! What a person is told and asked: hunts, the operator's command, records at Cloudflare, names of
//! what is to be replaced.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use k3scope::cloudflare::{Client, Zone};
use k3scope::config::Config;
use k3scope::lab::oci::{Fault, Matcher};
use serde_json::Value;

use super::session::Session;

const APPLY: [&str; 3] = ["apply", "--yes", "--allow-paid"];

/// Lets the next launches find no room.
fn refuse_launches(session: &Session, count: usize) {
    for _ in 0..count {
        let full = Fault::Status(
            500,
            "InternalError".to_owned(),
            "Out of host capacity.".to_owned(),
        );
        let launch = Matcher::new("POST", "/instances");
        session.lab.oci().fail_next(launch, full);
    }
}

/// A program that keeps what it is told beside `cluster.toml`.
fn notified(session: &Session) -> (PathBuf, PathBuf) {
    let folder = session.config().parent().unwrap().to_owned();
    let (program, told) = (folder.join("notify"), folder.join("told"));
    let script = format!(
        "#!/bin/sh\n{{ echo \"$K3SCOPE_MESSAGE\"; cat; }} >>{}\n",
        told.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    (program, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hunt_is_a_timeline_and_its_end_calls_the_operator() {
    let session = Session::start().await;
    refuse_launches(&session, 4);
    let (program, told) = notified(&session);
    let program = program.to_str().unwrap();
    let mut args = APPLY.to_vec();
    args.extend(["--json", "--notify-command", program]);
    let hunted = session.run(&args).await.expect(0);
    for words in [
        "hunting for a host for",
        "Out of host capacity.",
        "every node was had",
    ] {
        assert!(hunted.err.contains(words), "{words}: {}", hunted.err);
    }
    let tries = hunted.err.lines().filter(|line| line.contains("no room"));
    assert_eq!(tries.count(), 4, "{}", hunted.err);
    assert!(
        !hunted.err.contains('\u{7}'),
        "no bell where nobody hears it"
    );
    let told = fs::read_to_string(told).unwrap();
    assert!(
        told.contains("lab: capacity was found for every node"),
        "{told}"
    );
    let event = told.lines().find(|line| line.starts_with('{')).unwrap();
    let event: Value = serde_json::from_str(event).unwrap();
    assert_eq!(event["topic"], "provision");
    let events = hunted.lines();
    let hunts: Vec<&str> = events.iter().filter_map(|it| it["hunt"].as_str()).collect();
    assert!(
        hunts.contains(&"began") && hunts.last() == Some(&"ended"),
        "{hunts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_hunt_the_first_refusal_ends_it_and_a_failing_command_changes_nothing() {
    let session = Session::start().await;
    refuse_launches(&session, 1);
    let mut args = APPLY.to_vec();
    args.extend(["--until", "0s", "--notify-command", "/nonexistent/notify"]);
    let failed = session.run(&args).await.expect(1);
    assert!(
        failed.err.contains("Out of host capacity."),
        "{}",
        failed.err
    );
    assert!(!failed.err.contains("hunting for"), "{}", failed.err);
    let wrong = session.run(&["apply", "--until", "10s"]).await.expect(2);
    assert!(wrong.err.contains("1m to 744h"), "{}", wrong.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_image_is_pinned_and_a_name_that_nothing_bears_is_no_consent() {
    let session = Session::start().await;
    let before = fs::read_to_string(session.config()).unwrap();
    let slip = session
        .run(&["apply", "--yes", "--replace", "k3s-sever"])
        .await
        .expect(2);
    assert!(slip.err.contains("k3s-server"), "{}", slip.err);
    assert_eq!(fs::read_to_string(session.config()).unwrap(), before);

    let applied = session.run(&APPLY).await.expect(0);
    let instance = session.resource("instances", "node-k3s-server");
    let image = instance["imageId"].as_str().unwrap();
    let pinned = Config::load(&session.config()).unwrap().config.image.ocid;
    assert_eq!(pinned.as_deref(), Some(image));
    assert!(
        applied.err.contains("pinned in cluster.toml"),
        "{}",
        applied.err
    );
    let again = session
        .run(&["apply", "--yes", "--replace", "k3s-server"])
        .await;
    assert!(again.expect(0).err.contains("everything is there"));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_the_cluster_are_offered_and_those_of_others_stay() {
    let session = Session::start().await;
    session.run(&APPLY).await.expect(0);
    let text = fs::read_to_string(session.config()).unwrap();
    let loaded = Config::load(&session.config()).unwrap();
    let dns = &loaded.config.dns;
    let token = loaded.secret(dns.token.as_ref().unwrap()).unwrap();
    let base = loaded.config.endpoints.cloudflare.clone().unwrap();
    let zone = Zone {
        id: dns.zone_id.clone().unwrap(),
        name: dns.zone.as_deref().unwrap().into(),
    };
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let domain = zone.name.to_string();
    for (kind, name, content) in [
        ("A", "mine", "203.0.113.7".to_owned()),
        ("TXT", "a-mine", registered("lab")),
        ("A", "theirs", "203.0.113.8".to_owned()),
        ("TXT", "a-theirs", registered("other")),
    ] {
        let body = serde_json::json!({
            "type": kind, "name": format!("{name}.{domain}"), "content": content, "ttl": 300,
        });
        let secret = secrecy::ExposeSecret::expose_secret(&token).to_owned();
        let request = http.post(format!("{base}/zones/{}/dns_records", zone.id));
        let request = request.bearer_auth(secret).body(body.to_string());
        let answer = request.header("content-type", "application/json").send();
        assert!(answer.await.unwrap().status().is_success(), "{text}");
    }
    let client = Client::new(&base, &token).unwrap();
    let kept = session.run(&["destroy", "--yes"]).await.expect(0);
    assert!(
        kept.err.contains(&format!("A mine.{domain} 203.0.113.7")),
        "{}",
        kept.err
    );
    assert!(kept.err.contains("--records"), "{}", kept.err);
    assert!(!kept.err.contains("theirs"), "{}", kept.err);
    assert_eq!(client.records(&zone).await.unwrap().len(), 4);

    session
        .run(&["destroy", "--yes", "--records"])
        .await
        .expect(0);
    let left = client.records(&zone).await.unwrap();
    let names: Vec<&str> = left.iter().map(|record| record.name.as_str()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(
        names.iter().all(|name| name.contains("theirs")),
        "{names:?}"
    );
    let again = session
        .run(&["destroy", "--yes", "--records"])
        .await
        .expect(0);
    assert!(again.err.contains("nothing bears its tag"), "{}", again.err);
}

fn registered(owner: &str) -> String {
    format!("\"heritage=external-dns,external-dns/owner={owner},external-dns/resource=crd/dns/x\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_is_too_small_is_refused_and_one_too_many_is_told() {
    let session = Session::start().await;
    session.run(&APPLY).await.expect(0);
    let one = ["apply", "--yes", "--replace", "private-subnet"];
    let told = session.run(&one).await.expect(0);
    let said = told.err.as_str();
    assert!(
        said.contains("nothing calls for a new private-subnet"),
        "{said}"
    );

    let text = std::fs::read_to_string(session.config()).unwrap();
    let text = format!("{text}\n[network]\nprivate_subnet = \"10.0.3.0/24\"\n");
    std::fs::write(session.config(), text).unwrap();
    let world = session.world();
    let refused = session.run(&one).await.expect(1);
    let said = refused.err.as_str();
    assert!(
        said.contains("--replace private-subnet does not suffice"),
        "{said}"
    );
    assert!(said.contains("--replace k3s-server"), "{said}");
    assert_eq!(session.world(), world);
}
