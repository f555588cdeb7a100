//! A lab cluster with a few objects, and kubectl pointed at it.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use k3scope::clock::Clock;
use k3scope::lab::kube::{LogLine, LogOf, Objects, Options, Server};
use serde_json::{Value, json};

/// A running API server with its kubeconfigs on disk.
pub(crate) struct Cluster {
    pub(crate) objects: Objects,
    pub(crate) server: Server,
    folder: tempfile::TempDir,
    lines: Arc<AtomicUsize>,
}

/// A recorded answer of a real API server.
pub(crate) fn sample(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/kube/");
    let text = std::fs::read_to_string(format!("{path}{name}")).unwrap();
    text.replace('\r', "")
}

pub(crate) fn sample_json(name: &str) -> Value {
    serde_json::from_str(&sample(name)).unwrap()
}

/// The body of a recorded HTTP answer.
pub(crate) fn sample_body(name: &str) -> Value {
    let text = sample(name);
    let (_, body) = text.split_once("\n\n").unwrap();
    serde_json::from_str(body).unwrap()
}

/// An answer to a plain request.
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) media: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

/// Whether kubectl is here; with `K3SCOPE_REQUIRE_REAL=1` it has to be.
pub(crate) fn kubectl_is_here() -> bool {
    let found = Command::new("kubectl")
        .args(["version", "--client"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        let required = std::env::var("K3SCOPE_REQUIRE_REAL").is_ok_and(|value| value == "1");
        assert!(!required, "kubectl is required and was not found");
        eprintln!("skipped: kubectl was not found");
    }
    found
}

impl Cluster {
    pub(crate) async fn start() -> Self {
        let objects = Objects::new(Clock::default());
        for group in [
            "argoproj.io",
            "cert-manager.io",
            "gateway.networking.k8s.io",
        ] {
            assert!(objects.install(group) > 0);
        }
        for name in ["default", "kube-system", "argocd", "docs"] {
            objects.put(
                "namespaces",
                json!({"metadata": {"name": name}, "status": {"phase": "Active"}}),
            );
        }
        for app in sample_json("list.applications.limit2.json")["items"]
            .as_array()
            .unwrap()
        {
            objects.put("applications.argoproj.io", app.clone());
        }
        objects.put("nodes", node());
        objects.put("pods", pod());
        let lines = Arc::new(AtomicUsize::new(3));
        let written = Arc::clone(&lines);
        let logs = Arc::new(move |of: &LogOf| {
            let at = "2026-11-22T11:00:00Z".parse().unwrap();
            (1..=written.load(Ordering::SeqCst))
                .map(|n| LogLine {
                    at,
                    text: format!("{} line {n}", of.container),
                })
                .collect()
        });
        let options = Options {
            forward: Some(Arc::new(|to| Some(([127, 0, 0, 1], to.port).into()))),
            logs: Some(logs),
            ..Options::default()
        };
        let server = Server::start(objects.clone(), options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        for user in ["admin", "viewer"] {
            std::fs::write(folder.path().join(user), server.kubeconfig(user).unwrap()).unwrap();
        }
        Self {
            objects,
            server,
            folder,
            lines,
        }
    }

    /// Lets every container write one more line.
    pub(crate) fn write_line(&self) {
        self.lines.fetch_add(1, Ordering::SeqCst);
    }

    /// A plain HTTP client that trusts the lab's authority and nothing else.
    pub(crate) fn http(&self) -> reqwest::Client {
        let authority = reqwest::Certificate::from_pem(self.server.authority().as_bytes()).unwrap();
        let provider = rustls::crypto::ring::default_provider();
        let _already_there = provider.install_default();
        reqwest::Client::builder()
            .tls_certs_only([authority])
            .build()
            .unwrap()
    }

    /// A request of a user's, ready for headers and a body.
    pub(crate) fn request(&self, user: &str, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("https://{}{path}", self.server.address());
        self.http()
            .request(method.parse().unwrap(), url)
            .bearer_auth(self.server.token(user).unwrap())
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn ask(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let media = response.headers().get("content-type");
        Answer {
            code: response.status().as_u16(),
            media: media.unwrap().to_str().unwrap().to_owned(),
            text: response.text().await.unwrap(),
        }
    }

    pub(crate) async fn get(&self, user: &str, path: &str) -> Answer {
        self.ask(self.request(user, "GET", path)).await
    }

    /// kube-rs for a user.
    pub(crate) async fn client(&self, user: &str) -> kube::Client {
        let _already_there = rustls::crypto::ring::default_provider().install_default();
        let text = self.server.kubeconfig(user).unwrap();
        let kubeconfig = kube::config::Kubeconfig::from_yaml(&text).unwrap();
        let options = kube::config::KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await;
        kube::Client::try_from(config.unwrap()).unwrap()
    }

    pub(crate) fn kubeconfig(&self, user: &str) -> PathBuf {
        self.folder.path().join(user)
    }

    /// kubectl for a user, with its own cache.
    pub(crate) fn command(&self, user: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        command
            .arg("--kubeconfig")
            .arg(self.kubeconfig(user))
            .arg("--cache-dir")
            .arg(self.folder.path().join("cache"))
            .args(arguments)
            .env("HOME", self.folder.path());
        command
    }

    /// Runs kubectl to its end, away from the runtime's threads.
    pub(crate) async fn run(
        &self,
        user: &str,
        arguments: &[&str],
        input: Option<&Value>,
    ) -> Output {
        let mut command = self.command(user, arguments);
        let input = input.map(Value::to_string);
        tokio::task::spawn_blocking(move || {
            use std::io::Write as _;
            use std::process::Stdio;
            let mut child = command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut stdin = child.stdin.take().unwrap();
            stdin
                .write_all(input.unwrap_or_default().as_bytes())
                .unwrap();
            drop(stdin);
            child.wait_with_output().unwrap()
        })
        .await
        .unwrap()
    }
}

fn node() -> Value {
    json!({
        "metadata": {"name": "k3s-server", "labels": {"node-role.kubernetes.io/control-plane": "true"}},
        "spec": {"podCIDR": "10.42.0.0/24"},
        "status": {
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
                            "message": "kubelet is posting ready status",
                            "lastHeartbeatTime": "2026-11-22T11:00:00Z",
                            "lastTransitionTime": "2026-11-22T11:00:00Z"}],
            "addresses": [{"type": "InternalIP", "address": "10.0.2.10"}],
            "capacity": {"cpu": "2", "memory": "12Gi", "pods": "110"},
            "allocatable": {"cpu": "2", "memory": "12Gi", "pods": "110"},
            "nodeInfo": {"kubeletVersion": "v1.36.2+k3s1", "osImage": "Ubuntu 24.04",
                         "architecture": "arm64", "machineID": "", "systemUUID": "", "bootID": "",
                         "kernelVersion": "6.8", "containerRuntimeVersion": "containerd://2.1",
                         "kubeProxyVersion": "", "operatingSystem": "linux"}
        }
    })
}

fn pod() -> Value {
    json!({
        "metadata": {"name": "docs-1", "namespace": "docs", "labels": {"app": "docs"}},
        "spec": {"nodeName": "k3s-server", "containers": [{"name": "docs", "image": "nginx:1",
                 "ports": [{"containerPort": 80, "protocol": "TCP"}]}]},
        "status": {
            "phase": "Running", "podIP": "10.42.0.7", "hostIP": "10.0.2.10",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "docs", "ready": true, "restartCount": 2, "image": "nginx:1",
                "imageID": "", "state": {"running": {"startedAt": "2026-11-22T11:00:00Z"}},
                "lastState": {}}]
        }
    })
}
