//! What may be asked: each question is a `GET` of a path that stands here, and there are no others.
//!
//! The dump of the configuration is asked for routes alone: listeners and secrets may carry keys.

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Question {
    /// Version, state and uptime.
    Server,
    /// What it listens for.
    Listeners,
    /// Hosts of clusters, and their health.
    Clusters,
    /// Routes that came from the control plane.
    Routes,
    /// Certificates that it presents; public parts only.
    Certificates,
    /// Counters of requests, and how long they took.
    Numbers,
}

impl Question {
    /// The path, with its query.
    pub fn path(self) -> &'static str {
        match self {
            Self::Server => "/server_info",
            Self::Listeners => "/listeners?format=json",
            Self::Clusters => "/clusters?format=json",
            Self::Routes => {
                "/config_dump?resource=dynamic_route_configs\
                 &mask=last_updated,route_config.name,route_config.virtual_hosts"
            }
            Self::Certificates => "/certs",
            Self::Numbers => {
                "/stats?format=json&usedonly&histogram_buckets=cumulative&filter=\
                 %5E(http%7Ccluster)%5C..*%5C.(downstream%7Cupstream)_rq_(completed%7C5xx%7Ctime)$"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use strum::IntoEnumIterator as _;

    #[test]
    fn only_what_reads_and_holds_no_key_can_be_asked() {
        let allowed: BTreeSet<&str> = [
            "/server_info",
            "/listeners",
            "/clusters",
            "/config_dump",
            "/certs",
            "/stats",
        ]
        .into();
        for question in Question::iter() {
            let (path, query) = question
                .path()
                .split_once('?')
                .unwrap_or((question.path(), ""));
            assert!(allowed.contains(path), "{path}");
            assert!(!query.contains("secret"), "{query}");
            assert_eq!(
                path == "/config_dump",
                query.starts_with("resource=dynamic_route_configs&mask="),
                "{query}"
            );
        }
    }
}
