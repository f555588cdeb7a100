//! Objects as real controllers write them, and what they become.

use k3scope::domain::application::{Application, Health, Phase, Sync};
use k3scope::domain::object::{Object, ObjectRef, Severity};
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::store::Store;
use k3scope::store::dns::{Agreement, records};
use k3scope::store::health::unhealthy;
use k3scope::store::views::{chain, endpoints, waves};
use rstest::rstest;
use serde_json::{Value, json};

use super::api::{Api, sample};
use super::session::Session;

const VERSION: &str = "v1.36.4+k3s1";

/// A store that has read these objects of one resource.
async fn read(id: SourceId, group_version: &str, objects: &[(&str, Value)]) -> Store {
    let api = Api::start(VERSION).await;
    for (plural, object) in objects {
        api.serve(group_version, plural);
        api.put(plural, object.clone());
    }
    let mut session = Session::with(&api, None).await;
    session
        .until("all is read", |store| {
            *store.sources.status(id) == SourceStatus::Live
        })
        .await;
    let settled = |store: &Store| store.sources.are_settled();
    session.until("the rest is settled", settled).await;
    let store = session.store.clone();
    session.stop().await;
    store
}

#[tokio::test]
async fn recorded_applications() {
    let list: Value = serde_json::from_str(&sample("kube/list.applications.limit2.json")).unwrap();
    let objects: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| ("applications", item.clone()))
        .collect();
    let store = read(SourceId::Applications, "argoproj.io/v1alpha1", &objects).await;
    let get = |name: &str| {
        store
            .applications
            .get(&ObjectRef::new("argocd", name))
            .unwrap()
    };

    let ingress: &Application = get("argocd-ingress");
    assert_eq!(
        (ingress.sync, ingress.health),
        (Sync::OutOfSync, Health::Healthy)
    );
    assert_eq!(ingress.parent, Some("root".into()));
    assert_eq!(ingress.sources[0].path, "apps/argocd-ingress");
    assert_eq!(ingress.auto_sync, None);
    assert_eq!(ingress.resources.len(), 3);
    assert!(ingress.resources[2].requires_pruning);
    assert_eq!(ingress.urls, ["https://argocd.example.com/"]);
    let operation = ingress.operation.as_ref().unwrap();
    assert_eq!(operation.phase, Phase::Succeeded);
    assert_eq!(
        operation.revision,
        "57d26d79ca5cd9bd055d4c4cec5bdf9b361e1c5e"
    );
    assert_eq!(ingress.ailment().unwrap().severity, Severity::Warning);

    let two_sources = get("argocd-self-managed");
    assert_eq!(two_sources.sources[0].chart, "argo-cd");
    assert_eq!(two_sources.operation.as_ref().unwrap().revision, "9.6.1");
    assert!(two_sources.auto_sync.unwrap().self_heal);
    assert_eq!(waves(&store)[&0].len(), 2);
}

#[rstest]
#[case::running(json!({"phase": "Running", "containerStatuses": [{"name": "c", "ready": true, "state": {"running": {}}}]}), "Running", None)]
#[case::crashing(json!({"phase": "Running", "containerStatuses": [{"name": "c", "restartCount": 7, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    "lastState": {"terminated": {"reason": "Error", "exitCode": 3}}}]}), "CrashLoopBackOff", Some("CrashLoopBackOff: last Error (3)"))]
#[case::init(json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"running": {}}}]}), "Init:0/1", Some("Init:0/1"))]
#[case::init_failed(json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"terminated": {"reason": "Error", "exitCode": 1}}}]}), "Init:Error", Some("Init:Error"))]
#[case::pulling(json!({"phase": "Pending", "containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]}), "ImagePullBackOff", Some("ImagePullBackOff: no such image"))]
#[case::unschedulable(json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"}]}), "Pending", Some("Pending: 0/3 nodes are available"))]
#[case::done(json!({"phase": "Succeeded", "containerStatuses": [{"name": "c", "state": {"terminated": {"reason": "Completed", "exitCode": 0}}}]}), "Completed", None)]
#[case::killed(json!({"phase": "Failed", "containerStatuses": [{"name": "c", "state": {"terminated": {"signal": 9}}}]}), "Signal:9", None)]
#[tokio::test]
async fn the_status_of_a_pod_is_kubectls(
    #[case] status: Value,
    #[case] word: &str,
    #[case] why: Option<&str>,
) {
    let pod = json!({
        "metadata": {"name": "p", "namespace": "n", "creationTimestamp": "2020-01-01T00:00:00Z"},
        "spec": {"containers": [{"name": "c"}], "initContainers": [{"name": "i"}]}, "status": status,
    });
    let store = read(SourceId::Pods, "v1", &[("pods", pod)]).await;
    let pod = store.pods.iter().next().unwrap();
    assert_eq!(pod.status, word);
    if let Some(why) = why {
        assert_eq!(pod.ailment().unwrap().why, why);
    } else if word != "Signal:9" {
        assert_eq!(pod.ailment(), None);
    }
}

#[tokio::test]
async fn a_certificate_is_followed_to_its_challenge() {
    let owned = |kind: &str, name: &str| json!([{"kind": kind, "name": name, "controller": true}]);
    let meta = |name: &str, owner: Value| json!({"name": name, "namespace": "docs", "ownerReferences": owner});
    let request = |revision: u32, owner: &str| {
        let mut object =
            json!({"metadata": meta(&format!("docs-tls-{revision}"), owned("Certificate", owner))});
        object["metadata"]["annotations"] =
            json!({"cert-manager.io/certificate-revision": revision.to_string()});
        ("certificaterequests", object)
    };
    let certificate = json!({
        "metadata": {"name": "docs-tls", "namespace": "docs"},
        "spec": {"dnsNames": ["docs.example.com"], "secretName": "docs-tls", "issuerRef": {"kind": "ClusterIssuer", "name": "le"}},
        "status": {"conditions": [{"type": "Issuing", "status": "False", "reason": "Failed", "message": "will be retried"}],
            "failedIssuanceAttempts": 2, "lastFailureTime": "2026-11-22T12:00:00Z"},
    });
    let order = json!({"metadata": meta("docs-tls-2-1", owned("CertificateRequest", "docs-tls-2")), "status": {"state": "pending"}});
    let challenge = json!({
        "metadata": meta("docs-tls-2-1-7", owned("Order", "docs-tls-2-1")),
        "spec": {"type": "HTTP-01", "dnsName": "docs.example.com", "token": "T", "key": "T.secret"},
        "status": {"state": "pending", "presented": true, "reason": "wrong status code '404', expected '200'"},
    });
    let api = Api::start(VERSION).await;
    api.serve("cert-manager.io/v1", "certificates");
    api.serve("cert-manager.io/v1", "certificaterequests");
    api.serve("acme.cert-manager.io/v1", "orders");
    api.serve("acme.cert-manager.io/v1", "challenges");
    api.put("certificates", certificate);
    for (plural, object) in [
        request(1, "docs-tls"),
        request(2, "docs-tls"),
        request(3, "another"),
    ] {
        api.put(plural, object);
    }
    api.put("orders", order);
    api.put("challenges", challenge);
    let mut session = Session::with(&api, None).await;
    session
        .until("all is settled", |store| {
            store.challenges.len() == 1 && store.sources.are_settled()
        })
        .await;
    let store = &session.store;
    let found = chain(store, store.certificates.iter().next().unwrap());
    assert_eq!(found.request.unwrap().id.name, "docs-tls-2");
    assert_eq!(found.order.unwrap().id.name, "docs-tls-2-1");
    assert_eq!(found.challenges[0].dns_name, "docs.example.com");
    assert!(
        !serde_json::to_string(&found.challenges[0])
            .unwrap()
            .contains("secret")
    );
    let next = found.certificate.next_attempt().unwrap().to_string();
    assert_eq!(next, "2026-11-22T14:00:00Z");
    let all = unhealthy(store, "2026-11-22T12:30:00Z".parse().unwrap());
    let told: Vec<_> = all
        .iter()
        .map(|item| (item.kind, item.why.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "certificate",
                "the proof for docs.example.com is answered with 404: the solver's route is not there (Failed: will be retried)"
            ),
            ("challenge", "wrong status code '404', expected '200'")
        ]
    );
    session.stop().await;
}

#[tokio::test]
async fn routes_point_at_endpoints_and_say_what_is_wrong() {
    let route = json!({
        "metadata": {"name": "docs", "namespace": "docs"},
        "spec": {"hostnames": ["docs.example.com"], "parentRefs": [{"name": "public-gateway", "namespace": "gw", "sectionName": "https-docs"}],
            "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}], "backendRefs": [{"name": "docs", "port": 80}]}]},
        "status": {"parents": [{"parentRef": {"name": "public-gateway", "namespace": "gw", "sectionName": "https-docs"}, "controllerName": "eg",
            "conditions": [{"type": "Accepted", "status": "True"}, {"type": "ResolvedRefs", "status": "False", "reason": "BackendNotFound", "message": "service docs/docs not found."}]}]},
    });
    let gateway = json!({
        "metadata": {"name": "public-gateway", "namespace": "gw"},
        "spec": {"gatewayClassName": "eg", "listeners": [{"name": "https-docs", "port": 443, "protocol": "HTTPS", "hostname": "docs.example.com",
            "tls": {"certificateRefs": [{"name": "docs-tls"}]}}]},
        "status": {"conditions": [{"type": "Programmed", "status": "True"}], "listeners": [{"name": "https-docs", "attachedRoutes": 1, "conditions": [
            {"type": "Programmed", "status": "False", "reason": "Invalid", "message": "Listener is invalid, see other Conditions for details."},
            {"type": "ResolvedRefs", "status": "False", "reason": "InvalidCertificateRef", "message": "Secret gw/docs-tls does not exist."}]}]},
    });
    let slice = json!({
        "metadata": {"name": "docs-x", "namespace": "docs", "labels": {"kubernetes.io/service-name": "docs"}},
        "endpoints": [{"addresses": ["10.42.0.9"], "conditions": {"ready": true}}, {"addresses": ["10.42.0.8"], "conditions": {"ready": false}}],
        "ports": [{"name": "http", "port": 8080}],
    });
    let objects = [
        ("httproutes", route),
        ("gateways", gateway),
        ("endpointslices", slice),
    ];
    let store = read(
        SourceId::HttpRoutes,
        "gateway.networking.k8s.io/v1",
        &objects,
    )
    .await;
    let route = store.http_routes.iter().next().unwrap();
    let backend = route.backends().next().unwrap();
    let behind = endpoints(&store, backend).unwrap();
    assert_eq!((behind.ready, behind.total), (1, 2));
    assert_eq!(route.rules[0].matches, ["PathPrefix /"]);
    assert!(route.status_of(&route.parents[0]).is_some());
    let gateway = store.gateways.iter().next().unwrap();
    assert_eq!(
        gateway.listeners[0].certificates,
        [ObjectRef::new("gw", "docs-tls")]
    );
    let whys: Vec<String> = unhealthy(&store, "2026-11-22T12:30:00Z".parse().unwrap())
        .iter()
        .map(|item| item.why.to_string())
        .collect();
    assert_eq!(
        whys,
        [
            "listener https-docs: InvalidCertificateRef: Secret gw/docs-tls does not exist.",
            "BackendNotFound: service docs/docs not found.",
        ]
    );
}

#[tokio::test]
async fn wanted_names_stand_beside_what_routes_need() {
    let endpoint = json!({
        "metadata": {"name": "static", "namespace": "dns", "generation": 2},
        "spec": {"endpoints": [{"dnsName": "docs.example.com.", "recordType": "A", "targets": ["203.0.113.10"],
            "providerSpecific": [{"name": "external-dns.alpha.kubernetes.io/cloudflare-proxied", "value": "false"}]}]},
        "status": {"observedGeneration": 1},
    });
    let store = read(
        SourceId::DnsEndpoints,
        "externaldns.k8s.io/v1alpha1",
        &[("dnsendpoints", endpoint)],
    )
    .await;
    let rows = records(&store);
    assert_eq!(
        (rows[0].name.as_str(), rows[0].kind.as_str()),
        ("docs.example.com", "A")
    );
    assert_eq!(rows[0].wanted().unwrap().proxied, Some(false));
    assert_eq!(rows[0].agreement(false), Agreement::Unknown);
    assert_eq!(rows[0].agreement(true), Agreement::Missing);
    assert!(!store.dns_endpoints.iter().next().unwrap().observed);
}

#[tokio::test]
async fn a_node_tells_roles_address_and_pressure() {
    let node = json!({
        "metadata": {"name": "k3s-server", "labels": {"node-role.kubernetes.io/control-plane": "true"}},
        "spec": {"unschedulable": true, "taints": [{"key": "k", "effect": "NoSchedule"}]},
        "status": {"capacity": {"cpu": "2", "memory": "12Gi", "pods": "110"}, "addresses": [{"type": "InternalIP", "address": "10.0.2.10"}],
            "nodeInfo": {"kubeletVersion": "v1.36.4+k3s1", "architecture": "arm64"},
            "conditions": [{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "True", "message": "disk is full"}]},
    });
    let store = read(SourceId::Nodes, "v1", &[("nodes", node)]).await;
    let node = store.nodes.iter().next().unwrap();
    assert_eq!(node.roles, ["control-plane"]);
    assert_eq!(node.internal_ip, "10.0.2.10");
    assert_eq!(
        (
            node.capacity.cpu.0,
            node.capacity.memory.0,
            node.capacity.pods
        ),
        (2_000, 12 << 30, 110)
    );
    assert_eq!(node.taints, ["k:NoSchedule"]);
    assert_eq!(node.ailment().unwrap().why, "DiskPressure: disk is full");
}
