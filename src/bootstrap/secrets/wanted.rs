//! Which Secrets a cluster is to get, by its configuration.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::config::{Config, DnsProvider, Loaded, SecretRef, SecretsBy};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;

/// Where external-dns reads the token from.
const CLOUDFLARE: (&str, &str) = ("external-dns", "cloudflare-api-token");
/// Where Argo CD finds what it knows of the repository, and the label by which it finds it.
const REPOSITORY: (&str, &str) = ("argocd", "repository");
const REPOSITORY_LABEL: (&str, &str) = ("argocd.argoproj.io/secret-type", "repository");
/// Any name does beside a token.
const REPOSITORY_USER: &str = "git";
/// What the pull secret is called in every namespace.
const REGISTRY: &str = "registry-credentials";
const PULL_SECRET: &str = "kubernetes.io/dockerconfigjson";
/// What Kubernetes calls Docker Hub in pull secrets.
const DOCKER_HUB: (&str, &str) = ("docker.io", "https://index.docker.io/v1/");

/// The values of a Secret by key.
type Values = BTreeMap<String, SecretString>;

/// One Secret that is to stand in the cluster.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where.
    pub of: ObjectRef,
    /// Its type, such as `Opaque`.
    pub kind: &'static str,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its keys.
    pub keys: &'static [&'static str],
    /// Its values by key, or why they cannot be had.
    pub values: Result<Values, Line>,
    /// The key of `cluster.toml` that leads to its secret.
    pub from: &'static str,
}

/// Whether there is anything to place.
pub fn any(config: &Config) -> bool {
    cloudflare(config).is_some() || repository(config).is_some() || registry(config).is_some()
}

/// What is to be placed, with every secret read from where it is found. A program that prints one
/// is run here, once.
pub fn wanted(loaded: &Loaded) -> Vec<Wanted> {
    let config = &loaded.config;
    let read = |reference: &SecretRef| {
        let secret = loaded.secret(reference);
        secret.map_err(|error| Line::new(&error.to_string()))
    };
    let mut all = Vec::new();
    if let Some(reference) = cloudflare(config) {
        let values = read(reference).map(|token| keyed([("token", token)]));
        let opaque = Wanted::opaque(CLOUDFLARE, &["token"], "dns.token", values);
        all.push(opaque);
    }
    if let Some((url, reference)) = repository(config) {
        let values = read(reference).map(|token| {
            keyed([
                ("type", SecretString::from("git")),
                ("url", SecretString::from(url)),
                ("username", SecretString::from(REPOSITORY_USER)),
                ("password", token),
            ])
        });
        let keys = &["type", "url", "username", "password"];
        let mut opaque = Wanted::opaque(REPOSITORY, keys, "gitops.token", values);
        let (label, kind) = REPOSITORY_LABEL;
        opaque.labels.insert(label.to_owned(), kind.to_owned());
        all.push(opaque);
    }
    if let Some((user, reference)) = registry(config) {
        let table = &config.registry;
        let values = read(reference)
            .map(|token| keyed([(".dockerconfigjson", pull(&table.server, user, &token))]));
        all.extend(table.namespaces.iter().map(|namespace| Wanted {
            kind: PULL_SECRET,
            ..Wanted::opaque(
                (namespace, REGISTRY),
                &[".dockerconfigjson"],
                "registry.token",
                values.clone(),
            )
        }));
    }
    all
}

impl Wanted {
    fn opaque(
        (namespace, name): (&str, &str),
        keys: &'static [&'static str],
        from: &'static str,
        values: Result<Values, Line>,
    ) -> Self {
        Self {
            of: ObjectRef::new(namespace, name),
            kind: "Opaque",
            labels: BTreeMap::new(),
            keys,
            values,
            from,
        }
    }

    /// The secrets in it, to be kept out of what is shown.
    pub(in crate::bootstrap) fn secrets(&self) -> impl Iterator<Item = SecretString> + '_ {
        // An address or a fixed word beside a token is no secret, and stands in logs.
        let hidden = ["token", "password", ".dockerconfigjson"];
        let values = self.values.iter().flatten();
        values
            .filter(move |(key, _)| hidden.contains(&key.as_str()))
            .map(|(_, value)| value.clone())
    }
}

fn cloudflare(config: &Config) -> Option<&SecretRef> {
    let is_used = config.dns.provider == DnsProvider::Cloudflare;
    config.dns.token.as_ref().filter(|_| is_used)
}

/// With `user-data`, the server's own manifests have it.
fn repository(config: &Config) -> Option<(&str, &SecretRef)> {
    let is_ours = config.bootstrap.secrets == SecretsBy::KubernetesApi;
    let url = config.gitops.repository.as_deref().filter(|_| is_ours)?;
    Some((url, config.gitops.token.as_ref()?))
}

fn registry(config: &Config) -> Option<(&str, &SecretRef)> {
    let table = &config.registry;
    Some((table.username.as_deref()?, table.token.as_ref()?))
}

fn keyed<const N: usize>(values: [(&str, SecretString); N]) -> Values {
    let owned = |(key, value): (&str, SecretString)| (key.to_owned(), value);
    values.into_iter().map(owned).collect()
}

/// The file that container runtimes know as `config.json`, as kubectl writes it into a pull secret.
fn pull(server: &str, user: &str, token: &SecretString) -> SecretString {
    let (name, address) = DOCKER_HUB;
    let server = if server == name { address } else { server };
    let token = token.expose_secret();
    let pair = Zeroizing::new(format!("{user}:{token}"));
    let entry = serde_json::json!({
        "username": user, "password": token, "auth": STANDARD.encode(pair.as_bytes()),
    });
    let file = serde_json::json!({"auths": {server: entry}});
    SecretString::from(file.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::Value;

    const ALL: &str = "[dns]\nprovider = 'cloudflare'\nzone = 'example.org'\n\
        token = { file = 'dns' }\nhosts.docs = 'docs.example.org'\nhosts.argocd = 'cd.example.org'\n\
        [gitops]\nrepository = 'https://git.example.org/me/c.git'\ntoken = { file = 'git' }\n\
        [registry]\nusername = 'me'\ntoken = { file = 'pull' }\nnamespaces = ['docs', 'shop']\n";

    fn of(text: &str) -> Vec<Wanted> {
        let folder = tempfile::tempdir().unwrap();
        for (name, value) in [
            ("dns", "cf-token\n"),
            ("git", "git-token\n"),
            ("pull", "pull-token\n"),
        ] {
            std::fs::write(folder.path().join(name), value).unwrap();
        }
        let file = folder.path().join("cluster.toml");
        let loaded = Config::drafted(text, &file).unwrap();
        let all = wanted(&loaded);
        assert_eq!(any(&loaded.config), !all.is_empty());
        all
    }

    fn value(wanted: &Wanted, key: &str) -> String {
        wanted.values.as_ref().unwrap()[key]
            .expose_secret()
            .to_owned()
    }

    #[test]
    fn each_token_goes_where_it_is_read() {
        let all = of(ALL);
        let places: Vec<String> = all.iter().map(|it| it.of.to_string()).collect();
        assert_eq!(
            places,
            [
                "external-dns/cloudflare-api-token",
                "argocd/repository",
                "docs/registry-credentials",
                "shop/registry-credentials"
            ]
        );
        assert_eq!(value(&all[0], "token"), "cf-token");
        assert_eq!(value(&all[1], "password"), "git-token");
        assert_eq!(value(&all[1], "url"), "https://git.example.org/me/c.git");
        assert_eq!(
            all[1].labels["argocd.argoproj.io/secret-type"],
            "repository"
        );
        let pull: Value = serde_json::from_str(&value(&all[3], ".dockerconfigjson")).unwrap();
        let entry = &pull["auths"]["ghcr.io"];
        assert_eq!(entry["password"], "pull-token");
        assert_eq!(entry["auth"], STANDARD.encode("me:pull-token"));
        for each in &all {
            let keys: Vec<&str> = each
                .values
                .as_ref()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let mut expected = each.keys.to_vec();
            expected.sort_unstable();
            assert_eq!(keys, expected);
        }
        let shown = format!("{all:?}");
        for secret in ["cf-token", "git-token", "pull-token"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[rstest]
    #[case::nothing("", &[])]
    #[case::an_open_repository("[gitops]\nrepository = 'https://git.example.org/me/c.git'", &[])]
    #[case::in_user_data(
        "[bootstrap]\nsecrets = 'user-data'\n[gitops]\nrepository = 'https://git.example.org/c.git'\n\
         token = { file = 'git' }\n[registry]\nusername = 'me'\ntoken = { file = 'pull' }",
        &["docs/registry-credentials"]
    )]
    fn only_what_is_ours_to_place(#[case] text: &str, #[case] places: &[&str]) {
        let all: Vec<String> = of(text).iter().map(|it| it.of.to_string()).collect();
        assert_eq!(all, places);
    }

    #[test]
    fn docker_hub_has_a_name_of_its_own() {
        let text = "[registry]\nserver = 'docker.io'\nusername = 'me'\ntoken = { file = 'pull' }";
        assert!(value(&of(text)[0], ".dockerconfigjson").contains("https://index.docker.io/v1/"));
    }

    #[test]
    fn a_secret_that_is_not_there_says_so_and_the_others_are_wanted() {
        let all = of(&ALL.replace("'git'", "'gone'"));
        let why = all[1].values.as_ref().unwrap_err();
        assert!(why.contains("gone"), "{why}");
        assert!(all[0].values.is_ok());
    }

    #[test]
    fn what_is_no_secret_is_not_masked() {
        let all = of(ALL);
        let hidden: Vec<String> = all[1]
            .secrets()
            .map(|it| it.expose_secret().to_owned())
            .collect();
        assert_eq!(hidden, ["git-token"]);
    }
}
