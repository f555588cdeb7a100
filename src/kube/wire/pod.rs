//! `v1` Pod, with the status word that kubectl prints.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::fields::{Condition, Time, nullable};
use super::object::Meta;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::pod::{Container, Pod, Port, Requests, Termination};
use crate::domain::quantity::{Bytes, Millicores};

/// The body of a Pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PodBody {
    spec: Spec,
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    node_name: Line,
    #[serde(deserialize_with = "nullable")]
    containers: Vec<ContainerSpec>,
    #[serde(deserialize_with = "nullable")]
    init_containers: Vec<ContainerSpec>,
    #[serde(deserialize_with = "nullable")]
    node_selector: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerSpec {
    name: Line,
    image: Line,
    restart_policy: String,
    #[serde(deserialize_with = "nullable")]
    resources: Resources,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PortSpec>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PortSpec {
    name: Line,
    container_port: u16,
    protocol: String,
    host_port: u16,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Resources {
    #[serde(deserialize_with = "nullable")]
    requests: BTreeMap<String, Value>,
}

impl Resources {
    /// Quantities are texts, and whole ones may be numbers.
    fn requested(&self) -> Requests {
        let text = |name: &str| match self.requests.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        Requests {
            cpu: Millicores::parse(&text("cpu")).unwrap_or_default(),
            memory: Bytes::parse(&text("memory")).unwrap_or_default(),
        }
    }
}

impl ContainerSpec {
    /// An init container that goes on running beside the others (a sidecar).
    fn is_sidecar(&self) -> bool {
        self.restart_policy == "Always"
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: Line,
    reason: Line,
    message: Line,
    #[serde(rename = "podIP")]
    pod_ip: Line,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    #[serde(deserialize_with = "nullable")]
    container_statuses: Vec<ContainerStatus>,
    #[serde(deserialize_with = "nullable")]
    init_container_statuses: Vec<ContainerStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerStatus {
    name: Line,
    ready: bool,
    started: Option<bool>,
    restart_count: u32,
    state: State,
    last_state: State,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    waiting: Option<Waiting>,
    running: Option<Running>,
    terminated: Option<Terminated>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: Line,
    message: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Running {}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Terminated {
    reason: Line,
    message: Line,
    exit_code: i32,
    signal: i32,
    finished_at: Time,
}

impl Terminated {
    fn word(&self) -> Line {
        match (self.reason.is_empty(), self.signal) {
            (false, _) => self.reason.clone(),
            (true, 0) => format!("ExitCode:{}", self.exit_code).into(),
            (true, signal) => format!("Signal:{signal}").into(),
        }
    }

    fn to_domain(&self) -> Termination {
        Termination {
            reason: self.word(),
            exit_code: self.exit_code,
            message: self.message.clone(),
            at: self.finished_at.0,
        }
    }
}

/// The Gateway whose proxy a pod is. Proxies that serve all Gateways of a class name none.
fn gateway(meta: &Meta) -> Option<ObjectRef> {
    let label = |name: &str| {
        let name = format!("gateway.envoyproxy.io/owning-gateway-{name}");
        meta.labels.get(&name).cloned()
    };
    Some(ObjectRef::new(label("namespace")?, label("name")?))
}

impl From<(Meta, PodBody)> for Pod {
    fn from((meta, body): (Meta, PodBody)) -> Self {
        let (status, message) = body.word(&meta);
        let ready_since = body
            .status
            .conditions
            .iter()
            .find(|condition| condition.is("Ready"));
        let statuses = &body.status;
        let all = || {
            statuses
                .container_statuses
                .iter()
                .chain(&statuses.init_container_statuses)
        };
        let restarts = all()
            .map(|container| container.restart_count)
            .fold(0, u32::saturating_add);
        let ended =
            all().filter_map(|container| container.last_state.terminated.as_ref()?.finished_at.0);
        let (sidecars, init): (Vec<_>, Vec<_>) = body
            .spec
            .init_containers
            .iter()
            .partition(|container| container.is_sidecar());
        let containers: Vec<Container> = sidecars
            .into_iter()
            .map(|spec| spec.joined(&statuses.init_container_statuses))
            .chain(
                body.spec
                    .containers
                    .iter()
                    .map(|spec| spec.joined(&statuses.container_statuses)),
            )
            .collect();
        let ready = containers
            .iter()
            .filter(|container| container.ready)
            .count();
        Self {
            id: meta.id(),
            labels: meta.labels(),
            created: meta.created(),
            status,
            message,
            ready: u32::try_from(ready).unwrap_or(u32::MAX),
            init_containers: init
                .into_iter()
                .map(|spec| spec.joined(&statuses.init_container_statuses))
                .collect(),
            containers,
            restarts,
            last_restart: ended.max().filter(|_| restarts > 0),
            node: body.spec.node_name.clone(),
            ip: statuses.pod_ip.clone(),
            owner: meta.owner(),
            gateway: gateway(&meta),
            host_ports: body.host_ports(),
            node_selector: body
                .spec
                .node_selector
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect(),
            since: ready_since
                .cloned()
                .and_then(|condition| condition.into_domain().since),
        }
    }
}

impl ContainerSpec {
    fn joined(&self, statuses: &[ContainerStatus]) -> Container {
        let Some(status) = statuses.iter().find(|status| status.name == *self.name) else {
            return Container {
                name: self.name.clone(),
                image: self.image.clone(),
                requests: self.resources.requested(),
                ports: self.listens(),
                ..Container::default()
            };
        };
        let (state, message) = status.state.word();
        Container {
            name: self.name.clone(),
            image: self.image.clone(),
            ready: status.ready,
            restarts: status.restart_count,
            state,
            message,
            last: status
                .last_state
                .terminated
                .as_ref()
                .map(Terminated::to_domain),
            requests: self.resources.requested(),
            ports: self.listens(),
        }
    }

    /// Its TCP ports: no other can be forwarded.
    fn listens(&self) -> Vec<Port> {
        let is_tcp = |port: &&PortSpec| matches!(port.protocol.as_str(), "" | "TCP");
        let tcp = self.ports.iter().filter(is_tcp);
        tcp.map(|port| Port {
            name: port.name.clone(),
            number: port.container_port,
        })
        .collect()
    }
}

impl State {
    fn word(&self) -> (Line, Line) {
        match (&self.waiting, &self.terminated, &self.running) {
            (Some(waiting), _, _) => (waiting.reason.clone(), waiting.message.clone()),
            (None, Some(ended), _) => (ended.word(), ended.message.clone()),
            (None, None, Some(_)) => ("Running".into(), Line::default()),
            (None, None, None) => (Line::default(), Line::default()),
        }
    }
}

impl PodBody {
    fn host_ports(&self) -> Vec<u16> {
        let ports = self.spec.containers.iter().flat_map(|it| &it.ports);
        let mut taken: Vec<u16> = ports.map(|it| it.host_port).filter(|it| *it > 0).collect();
        taken.sort_unstable();
        taken.dedup();
        taken
    }

    /// The status word and the sentence behind it, by the same rules as `kubectl get pods`.
    fn word(&self, meta: &Meta) -> (Line, Line) {
        let status = &self.status;
        let mut word = status.reason.or(&status.phase);
        let mut message = status.message.or(&self.scheduling());
        let initialized = status
            .conditions
            .iter()
            .any(|c| c.is("Initialized") && c.holds());
        let init = self.initializing();
        if let Some((reason, why)) = init.clone() {
            word = reason;
            message = why.or(&message);
        }
        if (init.is_none() || initialized)
            && let Some((reason, why)) = self.main_containers()
        {
            word = reason;
            message = why.or(&message);
        }
        let terminal = matches!(status.phase.as_str(), "Failed" | "Succeeded");
        if meta.deleting().is_some() && status.reason == "NodeLost" {
            word = "Unknown".into();
        } else if meta.deleting().is_some() && !terminal {
            word = "Terminating".into();
        }
        (word, message)
    }

    /// Why it has no node.
    fn scheduling(&self) -> Line {
        let scheduled = self
            .status
            .conditions
            .iter()
            .find(|condition| condition.is("PodScheduled"));
        scheduled
            .filter(|c| !c.holds())
            .map(Condition::text)
            .unwrap_or_default()
    }

    /// How far the init containers are, while they are not done.
    fn initializing(&self) -> Option<(Line, Line)> {
        let specs = &self.spec.init_containers;
        for (done, container) in self.status.init_container_statuses.iter().enumerate() {
            let sidecar = specs
                .iter()
                .any(|spec| spec.name == *container.name && spec.is_sidecar());
            if sidecar && container.started == Some(true) {
                continue;
            }
            return Some(
                match (&container.state.terminated, &container.state.waiting) {
                    (Some(ended), _) if ended.exit_code == 0 => continue,
                    (Some(ended), _) => (
                        format!("Init:{}", ended.word()).into(),
                        ended.message.clone(),
                    ),
                    (None, Some(waiting))
                        if !matches!(waiting.reason.as_str(), "" | "PodInitializing") =>
                    {
                        (
                            format!("Init:{}", waiting.reason).into(),
                            waiting.message.clone(),
                        )
                    }
                    (None, _) => (
                        format!("Init:{done}/{}", specs.len()).into(),
                        Line::default(),
                    ),
                },
            );
        }
        None
    }

    /// The first container that does not simply run.
    fn main_containers(&self) -> Option<(Line, Line)> {
        let mut word = None;
        let mut running = false;
        for container in self.status.container_statuses.iter().rev() {
            match (&container.state.waiting, &container.state.terminated) {
                (Some(waiting), _) if !waiting.reason.is_empty() => {
                    word = Some((waiting.reason.clone(), waiting.message.clone()));
                }
                (_, Some(ended)) => word = Some((ended.word(), ended.message.clone())),
                _ => running |= container.ready && container.state.running.is_some(),
            }
        }
        let completed = word
            .as_ref()
            .is_some_and(|(reason, _)| *reason == "Completed");
        if completed && running {
            let ready = self
                .status
                .conditions
                .iter()
                .any(|c| c.is("Ready") && c.holds());
            word = Some((
                if ready { "Running" } else { "NotReady" }.into(),
                Line::default(),
            ));
        }
        word
    }
}
