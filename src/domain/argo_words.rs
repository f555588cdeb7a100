//! What stands behind Argo CD's sentences, and what to do about it.
//!
//! Each row is a failure that operators of such clusters met. What names other objects of the cluster
//! is added by who has them.

/// What a sentence means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The cause.
    pub cause: &'static str,
    /// What to do.
    pub next: &'static str,
}

/// All of these words stand in the sentence; then it means this.
type Row = (&'static [&'static str], &'static str, &'static str);

const ROWS: &[Row] = &[
    (
        &["must specify --enable-helm"],
        "Argo CD may not render Helm charts inside Kustomize: `kustomize.buildOptions` is missing in argocd-cm",
        "set it to --enable-helm (chart value configs.cm) and restart argocd-repo-server",
    ),
    (
        &["metadata.annotations: Too long"],
        "the manifest is too large for client-side apply, which keeps a copy in an annotation",
        "add ServerSideApply=true to its sync options",
    ),
    (
        &["Installing experimental CRDs on top of standard"],
        "two sources bring the Gateway API: the standard set, and an experimental one that its policy refuses",
        "leave the bundled CRDs out of the second source: each CRD has one owner",
    ),
    (
        &[
            "could not find version",
            "is installed on the destination cluster",
        ],
        "the manifest has a version of its API that the cluster does not serve",
        "change its apiVersion to the version that the cluster serves",
    ),
    (
        &["no matches for kind", "in version"],
        "the kind is not served in that version: its CustomResourceDefinition is missing, or has another version",
        "sync what brings the CRD first, or change the apiVersion",
    ),
    (
        &["could not find", "CRD is installed"],
        "the kind is not served: its CustomResourceDefinition is not in the cluster",
        "sync what brings the CRD first, or put both in one application",
    ),
    (
        &["synchronization tasks are not valid"],
        "something in it cannot be applied as it stands; most often its CustomResourceDefinition is missing",
        "look at the resources of the last sync, then sync what brings the CRD first",
    ),
    (
        &["field is immutable"],
        "a field was changed that cannot be changed in place",
        "sync that resource by force, which deletes and makes it anew",
    ),
    (
        &["Operation terminated"],
        "somebody stopped it",
        "sync again when it may run",
    ),
    (
        &["blocked by sync window"],
        "the project has a sync window that is closed now",
        "wait until it opens, or change the window",
    ),
    (
        &["argoproj.io/Application/", "Degraded"],
        "a child is Degraded, and that fails the sync of its parent; a Gateway without its first certificate is Degraded until it has one",
        "see what the child waits for; the parent tries again by its retry policy",
    ),
    (
        &["authentication required"],
        "the repository refuses the credentials that Argo CD has",
        "renew the token in the repository's Secret; it needs read access to that repository",
    ),
    (
        &["Repository not found"],
        "the repository is not there for these credentials",
        "check the address and the scope of the token in the repository's Secret",
    ),
    (
        &["Permission denied (publickey)"],
        "the repository refuses Argo CD's SSH key",
        "put a key that may read it into the repository's Secret",
    ),
    (
        &["returned error: 403"],
        "the repository refuses the credentials that Argo CD has",
        "check expiry and scope of the token in the repository's Secret; it needs to read the contents",
    ),
    (
        &["could not read Username"],
        "the repository is private, and Argo CD has no credentials for it",
        "add a repository Secret with a token",
    ),
    (
        &["app path does not exist"],
        "the folder is not in the repository at that revision",
        "check path and target revision of the source",
    ),
    (
        &["is not permitted in project"],
        "the project does not allow this repository, cluster or namespace",
        "change the AppProject, or the project of the application",
    ),
    (
        &["do not match any of the allowed destinations"],
        "the project does not allow this cluster or namespace",
        "change the AppProject, or the destination of the application",
    ),
    (
        &["lookup argocd-repo-server"],
        "the controller cannot resolve names: DNS between nodes is broken",
        "look at CoreDNS, and at UDP 8472 between the nodes",
    ),
    (
        &["dial tcp", "i/o timeout"],
        "Argo CD's parts do not reach each other, or not the repository",
        "look at pods of argocd, and at the network between the nodes",
    ),
    (
        &["exceeded its progress deadline"],
        "its new pods did not become ready in time",
        "look at its pods: their state says why",
    ),
    (
        &["Failed last sync attempt"],
        "automated sync does not try a revision again that failed",
        "mend the cause, then sync by hand or push a new commit",
    ),
    (
        &["is part of applications"],
        "two applications want the same object, and undo each other's changes",
        "leave it in one of them",
    ),
];

/// Sentences about a repository that does not let Argo CD in.
const ACCESS: &[&str] = &[
    "authentication required",
    "Repository not found",
    "could not read Username",
    "Permission denied (publickey)",
    "returned error: 403",
];

/// Whether `sentence` is about a repository that does not let Argo CD in.
pub fn is_about_access(sentence: &str) -> bool {
    ACCESS.iter().any(|words| sentence.contains(words))
}

/// What `sentence` means, where that is known.
pub fn meaning(sentence: &str) -> Option<Meaning> {
    let (_, cause, next) = ROWS
        .iter()
        .find(|(words, _, _)| words.iter().all(|word| sentence.contains(word)))?;
    Some(Meaning { cause, next })
}

/// The kind, the version that a manifest has, and the one that the cluster serves, where a sentence
/// says that they are not the same.
pub fn served_version(sentence: &str) -> Option<(&str, &str, &str)> {
    let (_, rest) = sentence.split_once("could not find version \"")?;
    let (wanted, rest) = rest.split_once("\" of ")?;
    let (named, rest) = rest.split_once(" for requested resource")?;
    let (_, rest) = rest.split_once(". Version \"")?;
    let (served, _) = rest.split_once('"')?;
    let (_, kind) = named.split_once('/')?;
    Some((kind, wanted, served))
}

/// The child whose state a sentence about a parent's sync blames.
pub fn degraded_child(sentence: &str) -> Option<&str> {
    let (_, rest) = sentence.split_once("argoproj.io/Application/")?;
    let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "-.".contains(letter)));
    let name = rest.get(..end.unwrap_or(rest.len()))?;
    (!name.is_empty() && sentence.contains("Degraded")).then_some(name)
}

/// The group and kind that a sentence says is not served.
pub fn missing_kind(sentence: &str) -> Option<(&str, &str)> {
    if let Some((_, rest)) = sentence.split_once("no matches for kind \"") {
        let (kind, rest) = rest.split_once('"')?;
        let (_, rest) = rest.split_once("in version \"")?;
        return Some((rest.split_once('/')?.0, kind));
    }
    let (_, rest) = sentence.split_once("could not find ")?;
    let (named, _) = rest.split_once(" for requested resource")?;
    named.split_once('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::helm(
        "… trouble configuring builtin HelmChartInflationGenerator with config: … : must specify --enable-helm",
        "restart argocd-repo-server"
    )]
    #[case::large(
        "metadata.annotations: Too long: must have at most 262144 bytes",
        "ServerSideApply"
    )]
    #[case::child(
        "one or more synchronization tasks completed unsuccessfully, reason: argoproj.io/Application/envoy-gateway is Degraded",
        "what the child waits for"
    )]
    #[case::immutable(
        "Deployment.apps \"docs\" is invalid: spec.selector: field is immutable",
        "by force"
    )]
    #[case::wrapped(
        "Failed last sync attempt to [a41f]: authentication required",
        "renew the token"
    )]
    fn a_sentence_says_what_to_do(#[case] sentence: &str, #[case] next: &str) {
        let found = meaning(sentence).unwrap();
        assert!(found.next.contains(next), "{found:?}");
    }

    #[test]
    fn the_missing_kind_is_named() {
        let sentence = "The Kubernetes API could not find cert-manager.io/ClusterIssuer for requested \
            resource /letsencrypt. Make sure the \"ClusterIssuer\" CRD is installed on the destination cluster.";
        assert_eq!(
            missing_kind(sentence),
            Some(("cert-manager.io", "ClusterIssuer"))
        );
        assert!(meaning(sentence).unwrap().next.contains("CRD first"));
        assert_eq!(meaning("successfully synced"), None);
    }
}
