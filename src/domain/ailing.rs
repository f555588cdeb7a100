//! Why a container or a pod does not run, in plain words: what its state means, and what is to be done.

use super::node::Node;
use super::object::Truth;
use super::pod::{Container, Pod, Termination};

/// What stands in a message, and what that means.
type Meaning = (&'static [&'static str], &'static str);

/// Why an image is not fetched, by the registry's words.
const IMAGES: &[Meaning] = &[
    (
        &["no match for platform", "no matching manifest"],
        "the image is not built for this node's processor (arm64): build it for linux/arm64 as well",
    ),
    (
        &["toomanyrequests", "429 Too Many Requests"],
        "the registry's limit for downloads is reached: log in to it, or wait",
    ),
    (
        &["unauthorized", "denied", "401", "403 Forbidden"],
        "the registry does not let this node fetch it: see its imagePullSecrets",
    ),
    (
        &["not found", "manifest unknown", "NotFound"],
        "the registry has no such image or tag",
    ),
    (
        &["no such host", "i/o timeout", "connection refused"],
        "the node does not reach the registry",
    ),
];

/// Why no node takes a pod, by the scheduler's words.
const PLACES: &[Meaning] = &[
    (
        &["free ports"],
        "another pod has its port of the node (hostPort): delete the old one, if it is being replaced",
    ),
    (
        &["Insufficient cpu", "Insufficient memory"],
        "no node has as much left as it requests",
    ),
    (
        &["unbound immediate PersistentVolumeClaims"],
        "it waits for a volume",
    ),
    (
        &["untolerated taint", "were unschedulable"],
        "the nodes that are left keep pods away: cordoned, or tainted",
    ),
    (
        &["node affinity", "node selector"],
        "no node has the labels that it asks for",
    ),
];

impl Container {
    /// What its state means, where it needs words.
    pub fn meaning(&self) -> Option<&'static str> {
        let last = self.last.as_ref();
        let said = last.map_or("", |last| last.message.as_str());
        if [&*self.message, said]
            .iter()
            .any(|it| it.contains("exec format error"))
        {
            return Some(
                "its program is not built for this node's processor (arm64): build the image for \
                 linux/arm64 as well",
            );
        }
        match self.state.as_str() {
            "ImagePullBackOff" | "ErrImagePull" => {
                Some(found(IMAGES, &self.message).unwrap_or("its image cannot be fetched"))
            }
            "InvalidImageName" => Some("the name of its image is not one"),
            "CreateContainerConfigError" => {
                Some("a ConfigMap, a Secret or a key of it that it needs is not there")
            }
            "CreateContainerError" | "RunContainerError" => Some("it cannot be started"),
            "OOMKilled" => Some(OUT_OF_MEMORY),
            "CrashLoopBackOff" => Some(last.map_or(ENDS, ended)),
            "ContainerCreating" | "PodInitializing" | "Running" | "Completed" | "" => None,
            _ => last.filter(|_| !self.ready).map(ended),
        }
    }
}

const OUT_OF_MEMORY: &str = "it took more memory than its limit, and was killed: raise the limit";
const ENDS: &str = "it ends again and again: see the log of the run before";

/// What the way means in which a container ended.
fn ended(last: &Termination) -> &'static str {
    if last.reason == "OOMKilled" {
        return OUT_OF_MEMORY;
    }
    match last.exit_code {
        0 => "it ends by itself, though it is meant to go on",
        126 | 127 => "its command is not in the image, or cannot be run",
        134 | 139 => "its program crashed: see the log of the run before",
        137 => "it was killed: by its liveness probe, or for want of memory on the node",
        143 => "it was told to end: by its liveness probe, or from outside",
        _ => ENDS,
    }
}

impl Pod {
    /// What keeps it from its place, where that needs words.
    pub fn meaning(&self) -> Option<&'static str> {
        match self.status.as_str() {
            "Pending" => found(PLACES, &self.message),
            "Evicted" => Some("its node ran short of something and let it go; it is made anew"),
            "NodeLost" | "Unknown" => Some("its node does not report any more"),
            _ => None,
        }
    }
}

impl Node {
    /// What its conditions mean, one by one, where they need words.
    pub fn meanings(&self) -> Vec<&'static str> {
        let ready = self.condition("Ready").map(|ready| ready.status);
        let mut meanings = match ready {
            Some(Truth::True) => Vec::new(),
            Some(Truth::False) => vec!["its kubelet runs and is not ready: see its condition"],
            Some(Truth::Unknown) | None => vec![
                "its kubelet does not report: the machine is off, or does not reach the server",
            ],
        };
        meanings.extend(self.pressures().filter_map(|it| match it.kind.as_str() {
            "MemoryPressure" => Some("it is short of memory: pods are let go, and none are taken"),
            "DiskPressure" => {
                Some("its disk is nearly full: images are cleaned up, pods are let go")
            }
            "PIDPressure" => Some("it runs nearly as many processes as it may"),
            "NetworkUnavailable" => Some("its network for pods is not set up"),
            _ => None,
        }));
        if self.cordoned {
            meanings.push("it is cordoned: no new pods are placed on it");
        }
        meanings
    }
}

fn found(among: &[Meaning], message: &str) -> Option<&'static str> {
    let meant = among
        .iter()
        .find(|(words, _)| words.iter().any(|it| message.contains(it)));
    meant.map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn ends(reason: &str, exit_code: i32) -> Termination {
        Termination {
            reason: reason.into(),
            exit_code,
            ..Termination::default()
        }
    }

    #[rstest]
    #[case::architecture(
        "ErrImagePull",
        "no match for platform in manifest: not found",
        None,
        "arm64"
    )]
    #[case::tag("ImagePullBackOff", "docs:9: not found", None, "no such image")]
    #[case::login("ErrImagePull", "pull access denied", None, "imagePullSecrets")]
    #[case::binary("RunContainerError", "exec /docs: exec format error", None, "arm64")]
    #[case::memory("CrashLoopBackOff", "back-off", Some(ends("OOMKilled", 137)), "memory")]
    #[case::command(
        "CrashLoopBackOff",
        "back-off",
        Some(ends("StartError", 127)),
        "command"
    )]
    #[case::secret("CreateContainerConfigError", "secret \"x\" not found", None, "Secret")]
    fn a_container_says_what_is_wrong_with_it(
        #[case] state: &str,
        #[case] message: &str,
        #[case] last: Option<Termination>,
        #[case] expected: &str,
    ) {
        let container = Container {
            state: state.into(),
            message: message.into(),
            last,
            ..Container::default()
        };
        let said = container.meaning().unwrap();
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn what_runs_needs_no_words_even_if_it_ended_before() {
        let container = Container {
            state: "Running".into(),
            ready: true,
            last: Some(ends("Error", 1)),
            ..Container::default()
        };
        assert_eq!(container.meaning(), None);
    }

    #[test]
    fn a_taken_port_is_told() {
        let pod = Pod {
            status: "Pending".into(),
            message: "0/3 nodes are available: 1 node(s) didn't have free ports for the requested \
                      pod ports, 2 node(s) didn't match Pod's node affinity/selector."
                .into(),
            ..Pod::default()
        };
        assert!(pod.meaning().unwrap().contains("hostPort"));
    }
}
