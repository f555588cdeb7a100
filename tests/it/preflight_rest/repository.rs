//! The Git repository, as the lab's host answers for several.

use k3scope::domain::preflight::Verdict;

use super::World;

/// A repository, the token's file, the revision, what comes of it, and a part of what is said.
type Case = (
    &'static str,
    Option<&'static str>,
    &'static str,
    Verdict,
    &'static str,
);

const GOOD: Option<&str> = Some("lab-git-token");
const CASES: &[Case] = &[
    (
        "homelab.git",
        None,
        "main",
        Verdict::Passed,
        "branch main is at",
    ),
    ("homelab.git", GOOD, "v1.0.0", Verdict::Passed, "tag v1.0.0"),
    (
        "homelab.git",
        None,
        "develop",
        Verdict::Warns,
        "branches: main",
    ),
    (
        "homelab.git",
        None,
        "0123456789abcdef",
        Verdict::Informs,
        "the commit",
    ),
    ("empty.git", None, "main", Verdict::Warns, "is empty"),
    ("renamed.git", None, "main", Verdict::Passed, "branch main"),
    (
        "moved.git",
        None,
        "main",
        Verdict::Warns,
        "moved to git.example.net",
    ),
    ("private.git", None, "main", Verdict::Blocks, "401"),
    ("private.git", GOOD, "main", Verdict::Passed, "branch main"),
    (
        "private.git",
        Some("wrong-token"),
        "main",
        Verdict::Blocks,
        "does not accept the token",
    ),
    (
        "private.git",
        Some("lab-git-powerless"),
        "main",
        Verdict::Blocks,
        "403",
    ),
    ("none.git", GOOD, "main", Verdict::Blocks, "404"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_answers_is_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let file = folder.path().join("token");
    for (repository, token, revision, verdict, part) in CASES {
        let url = format!("'https://github.com/example/{repository}'");
        let revision = format!("'{revision}'");
        let mut keys = vec![
            ("gitops", "repository", url.as_str()),
            ("gitops", "revision", revision.as_str()),
        ];
        let reference = format!("{{ file = '{}' }}", file.display());
        if let Some(token) = token {
            std::fs::write(&file, token).unwrap();
            keys.push(("gitops", "token", &reference));
        }
        let found = world.one("repository", &keys).await;
        assert_eq!(found.verdict, *verdict, "{repository}: {found:?}");
        assert!(found.evidence.contains(part), "{repository}: {found:?}");
        let told = format!("{found:?}");
        assert!(token.is_none_or(|token| !told.contains(token)), "{told}");
        let needs_more = matches!(verdict, Verdict::Warns | Verdict::Blocks);
        assert_eq!(
            !found.next.is_empty(),
            needs_more,
            "{repository}: {found:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_called_that_the_lab_does_not_name() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let other = [("gitops", "repository", "'https://git.example.net/a/b.git'")];
    let found = world.one("repository", &other).await;
    assert_eq!(found.verdict, Verdict::Warns, "{found:?}");
    assert!(
        found
            .evidence
            .contains("git.example.net:443 is not in [dial]"),
        "{found:?}"
    );
    let plain = [("gitops", "repository", "'http://127.0.0.1:1/a/b.git'")];
    let found = world.one("repository", &plain).await;
    assert_eq!(found.verdict, Verdict::Blocks, "{found:?}");
    assert!(found.evidence.contains("not https"), "{found:?}");
    let gone = [("gitops", "token", "{ file = '/no/such/file' }")];
    let found = world.one("repository", &gone).await;
    assert_eq!(found.verdict, Verdict::Blocks, "{found:?}");
}
