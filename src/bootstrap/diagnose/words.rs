//! Causes from words: what the last lines of a failed command, of a journal or of a console say.
//!
//! Rows are tried in their order; the first whose phrase stands in a line counts.

use super::told::{About, diagnosis};
use crate::bootstrap::service;
use crate::domain::bootstrap::{Cause, Stage};

/// Phrases of programs, and what they come from. Where stages are named, only in those.
struct Row {
    cause: Cause,
    phrases: &'static [&'static str],
    stages: &'static [Stage],
}

const ROWS: &[Row] = &[
    Row {
        cause: Cause::OutOfMemory,
        phrases: &["Out of memory: Killed process", "oom-kill:"],
        stages: &[],
    },
    Row {
        cause: Cause::DiskFull,
        phrases: &["No space left on device", "no space left on device"],
        stages: &[],
    },
    Row {
        cause: Cause::Clock,
        phrases: &[
            "certificate has expired or is not yet valid",
            "is not yet valid",
        ],
        stages: &[],
    },
    Row {
        cause: Cause::NodePassword,
        phrases: &["Node password rejected"],
        stages: &[],
    },
    Row {
        cause: Cause::LabelRefused,
        phrases: &["unknown 'kubernetes.io' or 'k8s.io' labels specified"],
        stages: &[],
    },
    Row {
        cause: Cause::StaleCertificates,
        // The second is ours, of an agent that runs with them.
        phrases: &[
            service::UNTRUSTED,
            "runs with certificates of another server",
        ],
        stages: &[],
    },
    Row {
        cause: Cause::WrongToken,
        phrases: &[
            "/v1-k3s/config: 401 Unauthorized",
            "token CA hash does not match",
            "failed to validate token",
            "failed to normalize token",
        ],
        stages: &[],
    },
    Row {
        cause: Cause::WrongArchitecture,
        phrases: &[
            "exec format error",
            "Exec format error",
            "no match for platform in manifest",
        ],
        stages: &[],
    },
    Row {
        cause: Cause::NoNames,
        phrases: &[
            "Could not resolve host",
            "Temporary failure in name resolution",
            "no such host",
        ],
        stages: &[],
    },
    Row {
        cause: Cause::WrongChecksum,
        phrases: &["the checksum of "],
        stages: &[Stage::Download],
    },
    Row {
        cause: Cause::NoSuchRelease,
        phrases: &["The requested URL returned error: 404"],
        stages: &[Stage::Download],
    },
    Row {
        cause: Cause::InputRejected,
        phrases: &["No route to host"],
        stages: &[Stage::ApiServer, Stage::K3s],
    },
    Row {
        cause: Cause::ServerDown,
        phrases: &["/v1-k3s/config: 503 Service Unavailable", "port 6443 after"],
        stages: &[Stage::ApiServer, Stage::K3s],
    },
    Row {
        cause: Cause::Slow,
        phrases: &[
            "Timeout was reached",
            "Connection timed out",
            "Operation too slow",
        ],
        stages: &[Stage::Download],
    },
];

/// What lines say, newest last: the cause, and the newest line that says it.
pub(super) fn cause<'a>(
    stage: Stage,
    lines: &(impl Iterator<Item = &'a str> + Clone),
) -> Option<(Cause, &'a str)> {
    ROWS.iter()
        .filter(|row| row.stages.is_empty() || row.stages.contains(&stage))
        .find_map(|row| {
            let says = |line: &&str| row.phrases.iter().any(|phrase| line.contains(phrase));
            lines
                .clone()
                .filter(says)
                .last()
                .map(|line| (row.cause, line))
        })
}

/// What the last lines of a stage that failed on `node` mean, where they say something.
pub(in crate::bootstrap) fn meaning<'a>(
    node: &str,
    stage: Stage,
    lines: &(impl Iterator<Item = &'a str> + Clone),
) -> Option<String> {
    let (cause, _) = cause(stage, lines)?;
    let is_servers = matches!(cause, Cause::InputRejected | Cause::ServerDown);
    let about = About {
        node: if is_servers { "the server" } else { node },
        stage,
        what: "",
    };
    Some(diagnosis(cause, about, Vec::new()).meaning.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::*;

    /// Lines as K3s, curl, the kernel and containerd print them.
    const SAID: &[(Stage, Cause, &str)] = &[
        (
            Stage::K3s,
            Cause::OutOfMemory,
            "[  912.118203] Out of memory: Killed process 1843 (k3s-server) total-vm:1893204kB, anon-rss:721040kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1804kB oom_score_adj:-999",
        ),
        (
            Stage::Download,
            Cause::DiskFull,
            "curl: (23) Failure writing output to destination: No space left on device",
        ),
        (
            Stage::K3s,
            Cause::Clock,
            "time=\"2026-11-22T10:00:00Z\" level=error msg=\"tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2025-01-01T00:00:00Z is before 2026-11-22T09:58:11Z\"",
        ),
        (
            Stage::K3s,
            Cause::NodePassword,
            "time=\"2026-11-22T10:00:00Z\" level=error msg=\"Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag\"",
        ),
        (
            Stage::K3s,
            Cause::LabelRefused,
            "Error: failed to validate kubelet flags: unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [node-role.kubernetes.io/ingress]",
        ),
        (
            Stage::K3s,
            Cause::StaleCertificates,
            "time=\"2026-11-22T10:00:00Z\" level=error msg=\"failed to get CA certs: Get \\\"https://127.0.0.1:6444/cacerts\\\": tls: failed to verify certificate: x509: certificate signed by unknown authority\"",
        ),
        (
            Stage::K3s,
            Cause::WrongToken,
            "time=\"2026-11-22T10:00:00Z\" level=info msg=\"Waiting to retrieve agent configuration; server is not ready: failed to retrieve configuration from server: https://127.0.0.1:6444/v1-k3s/config: 401 Unauthorized\"",
        ),
        (
            Stage::K3s,
            Cause::WrongToken,
            "level=fatal msg=\"Error: failed to validate token: token CA hash does not match the Cluster CA certificate hash: 1a != 2b\"",
        ),
        (
            Stage::K3s,
            Cause::WrongArchitecture,
            "exec /usr/local/bin/tool: exec format error",
        ),
        (
            Stage::Download,
            Cause::NoNames,
            "curl: (6) Could not resolve host: github.com",
        ),
        (
            Stage::Download,
            Cause::WrongChecksum,
            "the checksum of https://github.com/k3s-io/k3s/releases/download/v1.36.4%2Bk3s1/k3s-arm64 is not 0123",
        ),
        (
            Stage::Download,
            Cause::NoSuchRelease,
            "curl: (22) The requested URL returned error: 404",
        ),
        (
            Stage::ApiServer,
            Cause::InputRejected,
            "curl: (7) Failed to connect to 10.0.2.10 port 6443 after 3 ms: No route to host",
        ),
        (
            Stage::ApiServer,
            Cause::ServerDown,
            "curl: (7) Failed to connect to 10.0.2.10 port 6443 after 1 ms: Couldn't connect to server",
        ),
        (
            Stage::K3s,
            Cause::ServerDown,
            "level=info msg=\"Waiting to retrieve agent configuration; server is not ready: failed to retrieve configuration from server: https://127.0.0.1:6444/v1-k3s/config: 503 Service Unavailable\"",
        ),
        (
            Stage::Download,
            Cause::Slow,
            "curl: (28) Failed to connect to github.com port 443 after 10002 ms: Timeout was reached",
        ),
    ];

    #[test]
    fn every_row_is_hit_by_a_line_that_is_really_printed() {
        let mut hit = BTreeSet::new();
        for (stage, wanted, line) in SAID {
            let lines = [
                "time=\"…\" level=info msg=\"Starting k3s agent\"",
                line,
                "again in 5 s",
            ];
            let found = cause(*stage, &lines.into_iter());
            assert_eq!(found, Some((*wanted, *line)));
            hit.insert(*wanted);
        }
        let rows: BTreeSet<Cause> = ROWS.iter().map(|row| row.cause).collect();
        assert_eq!(hit, rows);
    }

    #[rstest]
    #[case::starts(
        "time=\"2026-11-22T10:00:00Z\" level=info msg=\"Starting k3s agent v1.36.4+k3s1\""
    )]
    #[case::token_named("token-file: /etc/k3scope/agent-token")]
    #[case::certificate(
        "level=info msg=\"certificate CN=system:node:k3s-worker signed by CN=k3s-client-ca\""
    )]
    #[case::memory("Memory: 5912340K/6140000K available")]
    #[case::number("fetched 404 packages")]
    #[case::exit("systemctl start k3s-agent.service: exit status 1")]
    fn plain_lines_say_nothing(#[case] line: &str) {
        for stage in [Stage::Download, Stage::ApiServer, Stage::K3s] {
            assert_eq!(cause(stage, &std::iter::once(line)), None);
        }
    }

    #[test]
    fn a_timeout_on_the_way_out_is_left_to_whoever_looks() {
        let line =
            "curl: (28) Failed to connect to 1.1.1.1 port 443 after 5002 ms: Timeout was reached";
        assert_eq!(cause(Stage::Route, &std::iter::once(line)), None);
    }

    #[test]
    fn the_newest_line_is_the_evidence() {
        let lines = [
            "old: exec format error",
            "new: exec format error",
            "after it",
        ];
        let found = cause(Stage::K3s, &lines.into_iter());
        assert_eq!(
            found,
            Some((Cause::WrongArchitecture, "new: exec format error"))
        );
    }
}
