//! Envoy's admin interface in the shapes that 1.40 answers in, reached by port-forward alone.
//!
//! It knows what reads; anything that would change the proxy is refused as Envoy refuses a `GET`.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as Unready};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::place::gateway_of;
use super::stats::stats;
use super::translate::Translation;
use crate::clock::Clock;
use crate::lab::controllers::World;
use crate::lab::controllers::object::{dated, items, name, text};
use crate::lab::kube::{ForwardTarget, ForwardTo};

const PORT: u16 = 19_000;

/// One proxy's.
#[derive(Clone)]
struct Admin {
    world: World,
    namespace: String,
    pod: String,
    clock: Clock,
}

/// Where the admin ports of this world's proxies lead. Each listens from the first time that it is
/// asked for until the lab ends.
pub(in crate::lab) fn door(
    world: &World,
    clock: Clock,
    (tasks, stop): (&TaskTracker, &CancellationToken),
) -> ForwardTarget {
    let open: Mutex<BTreeMap<(String, String), SocketAddr>> = Mutex::default();
    let (world, tasks, stop) = (world.clone(), tasks.clone(), stop.clone());
    Arc::new(move |to: &ForwardTo| {
        let admin = Admin {
            world: world.clone(),
            namespace: to.namespace.clone(),
            pod: to.pod.clone(),
            clock,
        };
        admin.found().filter(|_| to.port == PORT)?;
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (to.namespace.clone(), to.pod.clone());
        if let Some(known) = open.get(&key) {
            return Some(*known);
        }
        let listener = Unready::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        listener.set_nonblocking(true).ok()?;
        let listener = TcpListener::from_std(listener).ok()?;
        let address = listener.local_addr().ok()?;
        let stop = stop.clone();
        tasks.spawn(async move {
            stop.run_until_cancelled(accept(listener, admin)).await;
        });
        open.insert(key, address);
        Some(address)
    })
}

async fn accept(listener: TcpListener, admin: Admin) {
    // What belongs to a conversation ends with the listener.
    let mut open = tokio::task::JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        let admin = admin.clone();
        open.spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let admin = admin.clone();
                async move { Ok::<_, std::convert::Infallible>(admin.answer(&request)) }
            });
            let served = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "a client of the lab's Envoy admin went away");
            }
        });
    }
}

impl Admin {
    /// The pod, where it is a proxy that runs, and its Gateway as the proxy knows it.
    fn found(&self) -> Option<(Arc<Value>, Arc<Value>)> {
        let objects = &self.world.objects;
        let pod = objects.shared("pods", Some(&self.namespace), &self.pod)?;
        let taken_in = self.world.data_plane.taken_in(objects);
        let gateway = gateway_of(&taken_in, &pod)?;
        Some((pod, gateway))
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Body> {
        let Some((pod, gateway)) = self.found() else {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "the pod is gone\n");
        };
        if request.method() != Method::GET {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n");
        }
        let objects = self.world.data_plane.taken_in(&self.world.objects);
        let of = Translation {
            objects: &objects,
            gateway: &gateway,
        };
        let now = self.clock.now();
        let query = request.uri().query().unwrap_or_default();
        let asks = |pair: &str| query.split('&').any(|one| one == pair);
        match request.uri().path() {
            "/ready" => plain(StatusCode::OK, "LIVE\n"),
            "/server_info" => json_answer(&server(&pod, now)),
            "/listeners" if asks("format=json") => {
                json_answer(&json!({"listener_statuses": of.listener_statuses()}))
            }
            "/clusters" if asks("format=json") => json_answer(&clusters(&of)),
            "/certs" => json_answer(&certificates(&of, now)),
            "/config_dump" if asks("resource=dynamic_route_configs") => {
                json_answer(&routes(&of, self.updated(&pod, now)))
            }
            "/stats" if asks("format=json") && asks("histogram_buckets=cumulative") => {
                json_answer(&stats(&of, (&self.world.data_plane, &pod), now))
            }
            "/quitquitquit" | "/drain_listeners" | "/reset_counters" | "/logging" => plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "Method GET not allowed, POST required.",
            ),
            _ => plain(
                StatusCode::NOT_FOUND,
                "invalid path. admin commands are:\n  /: Admin home page\n",
            ),
        }
    }

    /// When routes changed last: when updates ceased to come, or with the youngest route.
    fn updated(&self, pod: &Value, now: Timestamp) -> Timestamp {
        if let Some(since) = self.world.data_plane.frozen_since() {
            return since;
        }
        let routes = &self.world.objects;
        let routes = routes.shared_list("httproutes.gateway.networking.k8s.io");
        let born = routes
            .iter()
            .filter_map(|route| dated(route, "/metadata/creationTimestamp"));
        let started = dated(pod, "/status/startTime").unwrap_or(now);
        born.fold(started, Timestamp::max)
    }
}

fn server(pod: &Value, now: Timestamp) -> Value {
    let image = items(pod, "/spec/containers").iter();
    let image = image.filter(|one| text(one, "/name") == "envoy");
    let version = image
        .filter_map(|one| text(one, "/image").rsplit_once("-v"))
        .map(|(_, version)| version.to_owned())
        .next();
    let version = version.unwrap_or_else(|| "1.40.0".to_owned());
    let started = dated(pod, "/status/startTime").unwrap_or(now);
    let uptime = format!("{}s", now.duration_since(started).as_secs());
    json!({
        "version": format!("9e5580933739775e8bce696a57a2e1bc99368f23/{version}/Clean/RELEASE/BoringSSL"),
        "state": "LIVE",
        "uptime_current_epoch": uptime, "uptime_all_epochs": uptime,
        "hot_restart_version": "disabled",
        "command_line_options": {"restart_epoch": 0, "mode": "Serve", "service_node": name(pod)},
        "node": {"id": name(pod)},
        "hot_restart_initializing": false,
    })
}

fn clusters(of: &Translation<'_>) -> Value {
    let clusters = of.clusters().into_iter().map(|(name, hosts)| {
        let hosts: Vec<Value> = hosts
            .into_iter()
            .map(|(address, port)| {
                json!({
                    "address": {"socket_address": {"address": address, "port_value": port}},
                    "health_status": {"eds_health_status": "HEALTHY"},
                    "weight": 1,
                    "locality": {"region": format!("{name}/backend/0")},
                })
            })
            .collect();
        let mut cluster = json!({
            "name": name, "added_via_api": true,
            "observability_name": name, "eds_service_name": name,
        });
        if let Some(cluster) = cluster.as_object_mut().filter(|_| !hosts.is_empty()) {
            cluster.insert("host_statuses".to_owned(), json!(hosts));
        }
        cluster
    });
    json!({"cluster_statuses": clusters.collect::<Vec<Value>>()})
}

fn routes(of: &Translation<'_>, updated: Timestamp) -> Value {
    let configs = of.route_configs().into_iter().map(|config| {
        json!({
            "@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump.DynamicRouteConfig",
            "route_config": config, "last_updated": updated.to_string(),
        })
    });
    json!({"configs": configs.collect::<Vec<Value>>()})
}

fn certificates(of: &Translation<'_>, now: Timestamp) -> Value {
    let found = of.certificates();
    let found = found.iter().filter_map(|der| {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let names = certificate.subject_alternative_name().ok()??;
        let names: Vec<Value> = names
            .value
            .general_names
            .iter()
            .filter_map(|name| {
                let GeneralName::DNSName(name) = name else {
                    return None;
                };
                Some(json!({"dns": name}))
            })
            .collect();
        let moment = |seconds: i64| Timestamp::from_second(seconds).ok();
        let from = moment(certificate.validity().not_before.timestamp())?;
        let until = moment(certificate.validity().not_after.timestamp())?;
        let days = until.duration_since(now).as_hours() / 24;
        Some(json!({"ca_cert": [], "cert_chain": [{
            "path": "<inline>",
            "serial_number": certificate.raw_serial_as_string().replace(':', ""),
            "subject_alt_names": names,
            "days_until_expiration": days.max(0).to_string(),
            "valid_from": from.to_string(), "expiration_time": until.to_string(),
        }]}))
    });
    json!({"certificates": found.collect::<Vec<Value>>()})
}

fn json_answer(value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{value:#}\n")));
    let kind = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}
