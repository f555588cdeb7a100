//! `/config_dump` of the dynamic route configurations.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::Read;
use crate::domain::line::Line;
use crate::domain::proxy::{LoadedRoute, Target, VirtualHost};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Dump {
    configs: Vec<DynamicRoutes>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DynamicRoutes {
    route_config: RouteConfig,
    last_updated: Option<Timestamp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RouteConfig {
    name: Line,
    virtual_hosts: Vec<WireHost>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireHost {
    name: Line,
    domains: Vec<Line>,
    routes: Vec<WireRoute>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireRoute {
    name: Line,
    r#match: Match,
    route: Option<Action>,
    redirect: Option<Value>,
    direct_response: Option<Direct>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Match {
    prefix: Option<String>,
    path: Option<String>,
    path_separated_prefix: Option<String>,
    safe_regex: Option<Pattern>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pattern {
    regex: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Action {
    cluster: Option<Line>,
    weighted_clusters: Weighted,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Weighted {
    clusters: Vec<Share>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Share {
    name: Line,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Direct {
    status: u16,
}

impl From<WireRoute> for LoadedRoute {
    fn from(wire: WireRoute) -> Self {
        let of = wire.r#match;
        let prefix = of.prefix.or(of.path_separated_prefix);
        let path = match (prefix, of.path, of.safe_regex) {
            (Some(prefix), _, _) => format!("prefix {prefix}"),
            (None, Some(path), _) => format!("exact {path}"),
            (None, None, Some(pattern)) => format!("pattern {}", pattern.regex),
            (None, None, None) => String::new(),
        };
        let to = match (wire.route, wire.redirect, wire.direct_response) {
            (Some(action), _, _) => {
                let shares = action.weighted_clusters.clusters.into_iter();
                let shares = shares.map(|share| share.name);
                Target::Clusters(action.cluster.into_iter().chain(shares).collect())
            }
            (None, Some(_), _) => Target::Redirect,
            (None, None, Some(direct)) => Target::Status(direct.status),
            (None, None, None) => Target::Other,
        };
        Self {
            name: wire.name,
            path: Line::new(&path),
            to,
        }
    }
}

/// Route configurations, and when the youngest came.
pub(in crate::envoy) fn routes(bytes: &[u8]) -> Read<(Option<Timestamp>, Vec<VirtualHost>)> {
    let dump: Dump = serde_json::from_slice(bytes)?;
    let updated = dump.configs.iter().filter_map(|one| one.last_updated).max();
    let hosts = dump.configs.into_iter().flat_map(|one| {
        let config = one.route_config.name;
        let hosts = one.route_config.virtual_hosts.into_iter();
        hosts.map(move |host| VirtualHost {
            config: config.clone(),
            name: host.name,
            domains: host.domains,
            routes: host.routes.into_iter().map(LoadedRoute::from).collect(),
        })
    });
    Ok((updated, hosts.collect()))
}
