//! A real Envoy on loopback, with the names that Envoy Gateway gives: what it tells is read rightly.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::domain::line::Line;
use k3scope::domain::object::ObjectRef;
use k3scope::domain::proxy::{LoadedRoute, Target};
use k3scope::envoy::{Admin, Reading, Snapshot, traffic};
use rcgen::{CertificateParams, KeyPair, SerialNumber};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

const TYPES: &str = "type.googleapis.com/";
const CLUSTER: &str = "httproute/docs/docs/rule/0";
const SERIAL: [u8; 8] = [0x4a, 0x4f, 0xd7, 0x63, 0x5a, 0xd4, 0x50, 0x75];
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether Envoy is on PATH; a missing one fails where real programs are required.
fn is_installed() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder.join("envoy").is_file()) {
        return true;
    }
    let required = std::env::var_os("K3SCOPE_REQUIRE_REAL").is_some_and(|value| value == "1");
    assert!(!required, "envoy is not on PATH");
    println!("skipped: envoy is not installed");
    false
}

/// Says 200 to the first request of a connection, and 503 to one for `/bad`.
async fn upstream() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = vec![0; 4_096];
                let length = stream.read(&mut asked).await.unwrap_or_default();
                let bad = asked[..length].starts_with(b"GET /bad");
                let status = if bad { "503 No" } else { "200 OK" };
                let answer =
                    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                // Envoy may have hung up.
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    address
}

fn at(port: u16) -> Value {
    json!({"socket_address": {"address": "127.0.0.1", "port_value": port}})
}

fn listener(folder: &Path, (certificate, key): (&str, &str)) -> Value {
    let manager = json!({
        "@type": format!("{TYPES}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "https-10443",
        "rds": {
            "route_config_name": "edge/public/https",
            "config_source": {"resource_api_version": "V3",
                "path_config_source": {"path": folder.join("rds.json")}},
        },
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config":
            {"@type": format!("{TYPES}envoy.extensions.filters.http.router.v3.Router")}}],
    });
    let tls = json!({
        "@type": format!("{TYPES}envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"),
        "common_tls_context": {"tls_certificates": [{
            "certificate_chain": {"inline_string": certificate},
            "private_key": {"inline_string": key},
        }]},
    });
    json!({
        "@type": format!("{TYPES}envoy.config.listener.v3.Listener"),
        "name": "edge/public/https", "address": at(0),
        "filter_chains": [{
            "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": tls},
            "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}],
        }],
    })
}

fn routes() -> Value {
    let name = |host: &str| format!("{CLUSTER}/match/0/{host}");
    json!({
        "@type": format!("{TYPES}envoy.config.route.v3.RouteConfiguration"),
        "name": "edge/public/https",
        "virtual_hosts": [
            {"name": "docs", "domains": ["docs.example.com", "docs.example.com:*"], "routes": [
                {"name": name("docs_example_com"), "match": {"prefix": "/"}, "route": {"cluster": CLUSTER}}]},
            {"name": "api", "domains": ["api.example.com"], "routes": [
                {"name": "api", "match": {"path": "/v1"}, "direct_response": {"status": 500}},
                {"name": "old", "match": {"path_separated_prefix": "/old"}, "redirect": {"https_redirect": true}}]},
        ],
    })
}

/// Lays Envoy's files down: its own, and what a control plane would send.
fn lay(folder: &Path, upstream: SocketAddr, pair: (&str, &str)) {
    let write = |name: &str, value: &Value| {
        std::fs::write(folder.join(name), value.to_string()).unwrap();
    };
    let source = |name: &str| json!({"resource_api_version": "V3", "path_config_source": {"path": folder.join(name)}});
    let endpoint = json!({"endpoint": {"address": at(upstream.port())}});
    let ill = json!({"endpoint": {"address": at(9)}, "health_status": "DRAINING"});
    let cluster = json!({
        "@type": format!("{TYPES}envoy.config.cluster.v3.Cluster"),
        "name": CLUSTER, "type": "STATIC", "connect_timeout": "2s",
        "load_assignment": {"cluster_name": CLUSTER,
            "endpoints": [{"lb_endpoints": [endpoint, ill]}]},
    });
    let resources = |one: Value| json!({"version_info": "7", "resources": [one]});
    write("cds.json", &resources(cluster));
    write("rds.json", &resources(routes()));
    write("lds.json", &resources(listener(folder, pair)));
    write(
        "envoy.json",
        &json!({
            "node": {"id": "test", "cluster": "test"},
            "admin": {"address": at(0)},
            "stats_flush_interval": "0.2s",
            "dynamic_resources": {"lds_config": source("lds.json"), "cds_config": source("cds.json")},
        }),
    );
}

fn start(folder: &Path) -> Child {
    Command::new("envoy")
        .args(["-c", "envoy.json", "--admin-address-path", "admin.txt"])
        .args(["--disable-hot-restart", "--concurrency", "1", "-l", "error"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Asks again until the answer is so.
async fn until<T>(why: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let clock = Clock::default();
    let waiting = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            clock.sleep(Duration::from_millis(50)).await;
        }
    };
    clock.timeout(PATIENCE, waiting).await.expect(why)
}

async fn admin(address: SocketAddr) -> Option<Admin> {
    let stream = TcpStream::connect(address).await.ok()?;
    Admin::over(stream, Clock::default()).await.ok()
}

async fn snapshot(address: SocketAddr) -> Option<Snapshot> {
    let snapshot = admin(address).await?.snapshot().await.ok()?;
    let ready = snapshot.loaded.listeners.first()?.port != 0 && !snapshot.loaded.hosts.is_empty();
    ready.then_some(snapshot)
}

/// A reading in which so many requests were counted and timed.
async fn reading(address: SocketAddr, requests: u64) -> Reading {
    until("all requests are counted", async || {
        let reading = admin(address).await?.reading().await.ok()?;
        let timed = reading.whole.time.last().map_or(0, |(_, count)| *count);
        let all = reading.whole.requests >= requests && timed >= requests;
        all.then_some(reading)
    })
    .await
}

fn client(certificate: &str, at: SocketAddr) -> reqwest::Client {
    let root = reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([root])
        .no_proxy()
        .resolve("docs.example.com", at)
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_real_envoy_tells_is_what_it_was_given() {
    if !is_installed() {
        return;
    }
    // Another test of this binary may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut params = CertificateParams::new(vec!["docs.example.com".to_owned()]).unwrap();
    params.serial_number = Some(SerialNumber::from_slice(&SERIAL));
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let folder = tempfile::tempdir().unwrap();
    let upstream = upstream().await;
    lay(
        folder.path(),
        upstream,
        (&certificate, &key.serialize_pem()),
    );
    let mut envoy = start(folder.path());
    let told = folder.path().join("admin.txt");
    let address: SocketAddr = until("Envoy says where its admin is", async || {
        std::fs::read_to_string(&told).ok()?.trim().parse().ok()
    })
    .await;
    let snapshot = until("all is loaded", async || snapshot(address).await).await;
    is_as_given(&snapshot, upstream);

    let port = snapshot.loaded.listeners[0].port;
    let client = client(&certificate, ([127, 0, 0, 1], port).into());
    let send = async |path: &str| {
        let url = format!("https://docs.example.com:{port}{path}");
        client.get(url).send().await.unwrap().status().as_u16()
    };
    assert_eq!(send("/").await, 200);
    let before = reading(address, 1).await;
    for _ in 0..20 {
        assert_eq!(send("/").await, 200);
    }
    assert_eq!(send("/bad").await, 503);
    let after = reading(address, 22).await;
    let served = traffic(ObjectRef::default(), Some(&before), &after);
    assert_eq!((served.whole.requests, served.whole.failed), (22, 1));
    let docs = served.clusters[&Line::new(CLUSTER)];
    assert_eq!((docs.requests, docs.failed), (22, 1));
    let now = served.whole.now.unwrap();
    assert!(now.requests > now.failed && now.failed.0 > 0, "{now:?}");
    assert!(now.p50.is_some() && now.p50 <= now.p99, "{now:?}");
    envoy.kill().await.unwrap();
}

fn is_as_given(snapshot: &Snapshot, upstream: SocketAddr) {
    assert_eq!(snapshot.state, "LIVE");
    assert!(snapshot.version.starts_with("1."), "{}", snapshot.version);
    let loaded = &snapshot.loaded;
    assert!(loaded.updated.is_some());
    assert_eq!(loaded.listeners[0].name, "edge/public/https");
    let serial = u64::from_str_radix(&loaded.certificates[0].serial, 16);
    assert_eq!(serial, Ok(u64::from_be_bytes(SERIAL)));
    assert_eq!(
        loaded.certificates[0].names,
        [Line::new("docs.example.com")]
    );
    let cluster = loaded.cluster(CLUSTER).unwrap();
    assert_eq!(cluster.healthy, 1);
    let hosts: Vec<_> = cluster
        .hosts
        .iter()
        .map(|host| (host.address.to_string(), host.ill.to_string()))
        .collect();
    assert!(
        hosts.contains(&(upstream.to_string(), String::new())),
        "{hosts:?}"
    );
    assert!(
        hosts.contains(&("127.0.0.1:9".to_owned(), "draining".to_owned())),
        "{hosts:?}"
    );
    let routes: Vec<&LoadedRoute> = loaded.hosts.iter().flat_map(|host| &host.routes).collect();
    let said: Vec<(&str, &Target)> = routes.iter().map(|it| (&*it.path, &it.to)).collect();
    let clusters = Target::Clusters(vec![CLUSTER.into()]);
    for expected in [
        ("prefix /", &clusters),
        ("exact /v1", &Target::Status(500)),
        ("prefix /old", &Target::Redirect),
    ] {
        assert!(said.contains(&expected), "{said:?}");
    }
}
