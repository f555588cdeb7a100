//! Machines one by one: bare ones, restarted ones, and scripts that fail.

use serde_json::json;

use super::world::{World, comes, markers, wait_until};

const MACHINE: &str = include_str!("../../data/nodes/machine.yaml");
const KNOWN: &str = "v1.36.4+k3s1";
const BEGIN: &str = "-----BEGIN SSH HOST KEY KEYS-----";
const LOGIN: &str = " login: ";

/// The user data of a machine: its role, stages, version of K3s and token.
fn machine(name: &str, role: &str, stages: &str, (version, token): (&str, &str)) -> String {
    let key = if role == "server" {
        "agent-token-file"
    } else {
        "token-file"
    };
    [
        ("@NAME@", name),
        ("@ROLE@", role),
        ("@STAGES@", stages),
        ("@VERSION@", version),
        ("@TOKEN@", token),
        ("@KEY@", key),
    ]
    .iter()
    .fold(MACHINE.to_owned(), |text, (place, value)| {
        text.replace(place, value)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_machine_boots_shows_its_keys_once_and_boots_again() {
    let world = World::start().await;
    let id = world.launch("bare", "10.0.1.20", None).await;
    let console = world.prints(&id, LOGIN, 1).await;
    let order = [
        "Booting Linux",
        "Hostname set to <bare>",
        "running 'init-local'",
        "10.0.1.20",
        "SHA256:",
        "Started ssh.service",
        "running 'modules:final'",
        BEGIN,
        "ssh-ed25519 ",
        "-----END SSH HOST KEY KEYS-----",
        "finished at",
        "bare login: ",
    ];
    let places: Vec<_> = order.map(|text| console.find(text)).into();
    assert!(places.iter().all(Option::is_some), "{places:?}\n{console}");
    assert!(places.is_sorted(), "{places:?}\n{console}");
    world.act(&id, "STOP").await;
    world.act(&id, "START").await;
    let console = world.prints(&id, LOGIN, 2).await;
    assert_eq!(console.matches("Booting Linux").count(), 2);
    assert_eq!(console.matches(BEGIN).count(), 1, "once for an instance");
    world.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_shows_its_keys_first_and_fails_where_it_must() {
    let world = World::start().await;
    let unknown = machine("far", "worker", "firewall download", ("v9.9.9+k3s1", "t"));
    let far = world.launch("far", "10.0.1.20", Some(&unknown)).await;
    let typo = machine("odd", "worker", "firewall fierwall", (KNOWN, "t"));
    let odd = world.launch("odd", "10.0.1.21", Some(&typo)).await;

    let console = world.prints(&odd, "\"failed\"", 1).await;
    let first = console.find("@k3scope").unwrap();
    assert!(console.find(BEGIN).unwrap() < first, "{console}");
    let shown: Vec<_> = markers(&console)
        .into_iter()
        .map(|(stage, state, _)| format!("{stage} {state}"))
        .collect();
    assert_eq!(
        shown,
        [
            "firewall start",
            "firewall ok",
            "fierwall start",
            "fierwall failed"
        ]
    );
    let console = world.prints(&far, "\"failed\"", 1).await;
    let last = markers(&console).pop().unwrap();
    assert_eq!(last.0, "download");
    assert!(
        last.2.contains("v9.9.9%2Bk3s1") && last.2.contains("exit status 22"),
        "{last:?}"
    );
    // cloud-init ends all the same: it only started the unit.
    assert!(world.prints(&far, LOGIN, 1).await.contains("finished at"));
    world.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_joins_with_the_servers_token_only() {
    let world = World::start().await;
    let agent = |name: &str, token: &str| {
        let stages = "firewall api-server k3s";
        machine(name, "worker", stages, (KNOWN, token))
    };
    let early = world
        .launch("early", "10.0.1.20", Some(&agent("early", "right")))
        .await;
    let wrong = world
        .launch("wrong", "10.0.1.21", Some(&agent("wrong", "wrong")))
        .await;
    let console = world.prints(&early, "\"wait\"", 1).await;
    assert_eq!(
        markers(&console).pop().unwrap().2,
        "API server at 10.0.1.11:6443"
    );
    assert_eq!(world.lab.ready()["kubernetes"], json!(null));

    let server = machine("server", "server", "firewall k3s", (KNOWN, "right"));
    let server = world.launch("server", "10.0.1.11", Some(&server)).await;
    let ended = |console: &str| {
        let last = markers(console).pop();
        last.is_some_and(|(stage, state, _)| stage == "k3s" && state == "ok")
    };
    for id in [&server, &early] {
        wait_until("K3s runs", world.lab.oci().printed(), || {
            ended(&world.lab.oci().console(id))
        })
        .await;
    }
    let ready = world.lab.ready();
    let kubeconfig = ready["kubernetes"]["kubeconfig"].as_str().unwrap();
    assert!(
        std::fs::read_to_string(kubeconfig)
            .unwrap()
            .contains("client-key-data")
    );
    let console = world.prints(&wrong, "\"failed\"", 1).await;
    let last = markers(&console).pop().unwrap();
    assert!(last.2.contains("401 Unauthorized"), "{last:?}");

    let objects = world.lab.objects().unwrap();
    let names: Vec<_> = objects
        .list("nodes")
        .iter()
        .map(|node| node["metadata"]["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["early", "server"]);

    // A server that is off answers no more, and comes back with what it had.
    let address = world.lab.kubernetes().unwrap().address();
    let answers = async || tokio::net::TcpStream::connect(address).await.is_ok();
    assert!(answers().await);
    world.act(&server, "STOP").await;
    comes("the API goes", async || !answers().await).await;
    world.act(&server, "START").await;
    comes("the API is back", answers).await;
    assert_eq!(objects.list("nodes").len(), 2);
    world.lab.stop().await.unwrap();
}
