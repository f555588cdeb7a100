//! What the data plane answers follows from the cluster's objects.

use std::net::SocketAddr;
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::lab::Lab;
use reqwest::{Certificate, Client, redirect};
use serde_json::{Value, json};

use super::{dial, lab};

const ROUTES: &str = "httproutes.gateway.networking.k8s.io";

/// A client for which the lab is the world, each request over a connection of its own.
fn client(lab: &Lab, host: &str) -> Client {
    let root = Certificate::from_pem(lab.authority().as_bytes()).unwrap();
    Client::builder()
        .tls_certs_only([root])
        .redirect(redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .no_proxy()
        .resolve(host, SocketAddr::from(([127, 0, 0, 1], 0)))
        .build()
        .unwrap()
}

struct Answer {
    status: u16,
    body: String,
}

async fn get(lab: &Lab, host: &str, path: &str) -> Option<Answer> {
    let at = dial(lab, "203.0.113.10:443").unwrap();
    let url = format!("https://{host}:{}{path}", at.port());
    read(client(lab, host).get(url)).await
}

async fn get_plain(lab: &Lab, host: &str, path: &str) -> Option<Answer> {
    let at = dial(lab, "203.0.113.10:80").unwrap();
    let request = client(lab, host)
        .get(format!("http://{at}{path}"))
        .header("host", host);
    read(request).await
}

async fn read(request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    Some(Answer {
        status: response.status().as_u16(),
        body: response.text().await.unwrap(),
    })
}

fn change(lab: &Lab, resource: &str, (space, name): (&str, &str), edit: impl FnOnce(&mut Value)) {
    let objects = lab.objects().unwrap();
    assert!(objects.change(resource, Some(space), name, edit).is_some());
}

/// Asks again after each change of the cluster until the answer is so.
async fn wait_for(lab: &Lab, why: &str, path: &str, holds: impl Fn(&Answer) -> bool) {
    let mut changes = lab.objects().unwrap().changes();
    let waiting = async {
        loop {
            let answer = get(lab, "docs.example.com", path).await;
            if answer.is_some_and(|answer| holds(&answer)) {
                return;
            }
            changes.changed().await.unwrap();
        }
    };
    let waited = Clock::default()
        .timeout(Duration::from_mins(1), waiting)
        .await;
    assert!(waited.is_ok(), "never came: {why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_routes_services_and_pods() {
    let lab = lab("running", 20.0).await;
    let page = get(&lab, "docs.example.com", "/").await.unwrap();
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(
        get(&lab, "docs.example.com", "/none").await.unwrap().status,
        404
    );

    change(&lab, ROUTES, ("docs", "docs"), |route| {
        route["spec"]["rules"][0]["backendRefs"][0]["name"] = json!("absent");
    });
    wait_for(&lab, "a backend that is not there", "/", |answer| {
        answer.status == 500
    })
    .await;
    change(&lab, ROUTES, ("docs", "docs"), |route| {
        route["spec"]["rules"][0]["backendRefs"][0]["name"] = json!("docs");
        route["spec"]["rules"][0]["filters"] = json!([{
            "type": "RequestRedirect",
            "requestRedirect": {"hostname": "www.example.com", "statusCode": 302},
        }]);
    });
    wait_for(&lab, "a redirect", "/", |answer| answer.status == 302).await;
    change(&lab, ROUTES, ("docs", "docs"), |route| {
        route["spec"]["rules"][0]
            .as_object_mut()
            .unwrap()
            .remove("filters");
    });
    change(&lab, "deployments.apps", ("docs", "docs"), |deployment| {
        deployment["spec"]["replicas"] = json!(0);
    });
    wait_for(&lab, "no pods", "/", |answer| {
        answer.status == 503 && answer.body == "no healthy upstream"
    })
    .await;
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_certificate_or_its_proxy_a_host_is_not_served() {
    let lab = lab("running", 20.0).await;
    assert_eq!(
        get_plain(&lab, "docs.example.com", "/")
            .await
            .unwrap()
            .status,
        301
    );
    change(
        &lab,
        "secrets",
        ("envoy-gateway-system", "docs-tls"),
        |secret| {
            secret["data"]["tls.crt"] = json!("bm90IGEgY2VydGlmaWNhdGU=");
        },
    );
    assert!(get(&lab, "docs.example.com", "/").await.is_none());
    assert!(get(&lab, "argocd.example.com", "/").await.is_some());
    let pods = lab.objects().unwrap().list("pods");
    let envoy = pods.iter().find(|pod| {
        pod["metadata"]["labels"]["gateway.envoyproxy.io/owning-gateway-name"] == "public-gateway"
    });
    let name = envoy.unwrap()["metadata"]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    change(&lab, "pods", ("envoy-gateway-system", &name), |pod| {
        pod["status"]["conditions"] = json!([]);
    });
    assert!(get_plain(&lab, "docs.example.com", "/").await.is_none());
    assert!(get(&lab, "argocd.example.com", "/").await.is_none());
    lab.stop().await.unwrap();
}

/// A solver's pod and route, as cert-manager makes them for a challenge.
#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_answered_at_port_80_before_the_redirect() {
    let lab = lab("running", 20.0).await;
    let token = "/.well-known/acme-challenge/abc123";
    assert_eq!(
        get_plain(&lab, "docs.example.com", token)
            .await
            .unwrap()
            .status,
        301
    );
    let objects = lab.objects().unwrap();
    let metadata = json!({"name": "solver", "namespace": "docs", "labels": {"solver": "one"}});
    objects.put("pods", json!({
        "metadata": metadata,
        "spec": {"nodeName": "k3s-worker", "containers": [{
            "name": "acmesolver", "image": "quay.io/jetstack/cert-manager-acmesolver:v1.21.1",
            "args": ["--listen-port=8089", "--domain=docs.example.com", "--token=abc123", "--key=abc123.KEY"],
            "ports": [{"name": "http", "containerPort": 8089, "protocol": "TCP"}],
        }]},
    }));
    objects.put("services", json!({
        "metadata": metadata,
        "spec": {"selector": {"solver": "one"}, "ports": [{"name": "http", "port": 8089, "targetPort": 8089}]},
    }));
    objects.put(ROUTES, json!({
        "metadata": metadata,
        "spec": {
            "parentRefs": [{"name": "public-gateway", "namespace": "envoy-gateway-system", "sectionName": "http"}],
            "hostnames": ["docs.example.com"],
            "rules": [{
                "matches": [{"path": {"type": "Exact", "value": token}}],
                "backendRefs": [{"name": "solver", "port": 8089}],
            }],
        },
    }));
    let mut changes = objects.changes();
    let waiting = async {
        loop {
            let answer = get_plain(&lab, "docs.example.com", token).await.unwrap();
            if answer.status == 200 {
                return answer.body;
            }
            changes.changed().await.unwrap();
        }
    };
    let answer = Clock::default()
        .timeout(Duration::from_mins(1), waiting)
        .await;
    assert_eq!(answer.unwrap(), "abc123.KEY");
    assert_eq!(
        get_plain(&lab, "docs.example.com", "/")
            .await
            .unwrap()
            .status,
        301
    );
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_nothing_bears_closes_at_once() {
    use tokio::io::AsyncReadExt as _;
    let lab = lab("empty", 1.0).await;
    for address in ["203.0.113.10:22", "203.0.113.10:443", "203.0.113.17:80"] {
        let at = dial(&lab, address).unwrap();
        // The reset may be there before the connection is used.
        let Ok(mut stream) = tokio::net::TcpStream::connect(at).await else {
            continue;
        };
        let mut byte = [0];
        let ended = !matches!(stream.read(&mut byte).await, Ok(1));
        assert!(ended, "{address}");
    }
    assert!(dial(&lab, "203.0.113.18:22").is_none());
    lab.stop().await.unwrap();
}
