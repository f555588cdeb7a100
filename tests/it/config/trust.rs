//! Keys that execute or redirect: held back until trusted, and bound to file, key and value.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use k3scope::config::{Config, Home, Loaded, SecretError, SecretRef, TrustStore, guarded};
use rstest::rstest;
use secrecy::ExposeSecret;
use tempfile::TempDir;

const GUARDED: &str = "notify_command = ['true']
[dns]
token = { command = ['echo', 'the-token'] }
[endpoints]
oci = 'https://example.org'
[dial]
'example.org:443' = '192.0.2.1:443'
";

struct Place {
    root: PathBuf,
    _folder: TempDir,
}

impl Place {
    fn with(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::write(root.join("cluster.toml"), text).unwrap();
        Self {
            root,
            _folder: folder,
        }
    }

    fn home(&self) -> Home {
        Home {
            folder: Some(self.root.join("home")),
            config: Some(self.root.join("home/.config")),
        }
    }

    fn file(&self) -> PathBuf {
        self.root.join("cluster.toml")
    }

    fn load(&self) -> Loaded {
        Config::load_for(&self.file(), &self.home()).unwrap()
    }

    fn trust(&self) {
        let (config, path) = Config::as_written(&self.file()).unwrap();
        TrustStore::of(&self.home())
            .add(&path, &guarded(&config))
            .unwrap();
    }

    fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.root.join(path), Permissions::from_mode(mode)).unwrap();
    }
}

fn ignored(loaded: &Loaded) -> Vec<String> {
    loaded
        .untrusted
        .iter()
        .map(|ignored| {
            format!(
                "{}:{} {}",
                ignored.position.line, ignored.position.column, ignored.key
            )
        })
        .collect()
}

#[test]
fn without_trust_nothing_executes_or_redirects() {
    let loaded = Place::with(GUARDED).load();
    assert_eq!(
        ignored(&loaded),
        [
            "7:21 dial.\"example.org:443\"",
            "3:9 dns.token",
            "5:7 endpoints.oci",
            "1:18 notify_command"
        ]
    );
    let config = &loaded.config;
    assert_eq!(config.notify_command, None);
    assert_eq!(config.dns.token, None);
    assert!(config.endpoints.is_empty() && config.dial.is_empty());
    let command = SecretRef::Command(vec!["echo".to_owned()]);
    assert!(matches!(
        loaded.secret(&command),
        Err(SecretError::NotTrusted)
    ));
}

#[test]
fn trusted_keys_count_and_the_command_gives_the_secret() {
    let place = Place::with(GUARDED);
    place.trust();
    let loaded = place.load();
    assert_eq!(ignored(&loaded), [""; 0]);
    let token = loaded.config.dns.token.clone().unwrap();
    assert_eq!(loaded.secret(&token).unwrap().expose_secret(), "the-token");
    assert_eq!(
        loaded.config.endpoints.oci.as_deref(),
        Some("https://example.org")
    );
}

#[test]
fn a_changed_value_another_folder_and_a_revocation_end_the_trust() {
    let place = Place::with(GUARDED);
    place.trust();
    fs::create_dir(place.root.join("copy")).unwrap();
    fs::copy(place.file(), place.root.join("copy/cluster.toml")).unwrap();
    let copy = Config::load_for(&place.root.join("copy/cluster.toml"), &place.home()).unwrap();
    assert_eq!(copy.untrusted.len(), 4);
    fs::write(place.file(), GUARDED.replace("the-token", "another")).unwrap();
    assert_eq!(place.load().untrusted.len(), 4);
    fs::write(
        place.file(),
        format!("{GUARDED}# a comment changes nothing\n"),
    )
    .unwrap();
    assert_eq!(place.load().untrusted.len(), 0);
    let store = TrustStore::of(&place.home());
    assert!(store.revoke(&place.file()).unwrap());
    assert!(!store.revoke(&place.file()).unwrap());
    assert_eq!(place.load().untrusted.len(), 4);
}

#[test]
fn the_list_of_trust_is_private_and_refused_when_others_could_write_it() {
    let place = Place::with(GUARDED);
    place.trust();
    let list = "home/.config/k3scope/trusted";
    let mode = fs::metadata(place.root.join(list))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    place.mode(list, 0o666);
    assert_eq!(place.load().untrusted.len(), 4);
}

const LAB: &str = "[endpoints]
oci = 'http://127.0.0.1:9000'
resolver = '[::1]:53'
certificate_authority = 'authority.pem'
pace = 10
[dial]
'example.org:443' = '127.0.0.1:443'
";

/// A lab's folder: private, with a marker that names the file.
fn lab(text: &str) -> Place {
    let place = Place::with(text);
    mark(&place, &place.file());
    fs::write(place.root.join("authority.pem"), "").unwrap();
    place.mode("", 0o700);
    place
}

fn mark(place: &Place, file: &Path) {
    let marker = serde_json::json!({ "ready": true, "cluster_toml": file });
    fs::write(place.root.join("lab.json"), marker.to_string()).unwrap();
}

#[test]
fn a_lab_s_own_file_may_redirect_to_loopback() {
    let loaded = lab(LAB).load();
    assert_eq!(ignored(&loaded), [""; 0]);
    let endpoints = &loaded.config.endpoints;
    assert_eq!(endpoints.pace, Some(10.0));
    let authority = loaded.path.with_file_name("authority.pem");
    assert_eq!(endpoints.certificate_authority.as_ref(), Some(&authority));
}

#[rstest]
#[case::address("127.0.0.1:443", "192.0.2.1:443")]
#[case::service("http://127.0.0.1:9000", "https://example.org")]
#[case::name("http://127.0.0.1:9000", "https://localhost")]
#[case::foreign_authority("'authority.pem'", "'/etc/passwd'")]
#[case::authority_above("'authority.pem'", "'../authority.pem'")]
#[case::authority_at_home("'authority.pem'", "'~/authority.pem'")]
#[case::no_authority("'authority.pem'", "'none.pem'")]
#[case::command("[endpoints]", "notify_command = ['true']\n[endpoints]")]
#[case::secret("[dial]", "[dns]\ntoken = { command = ['true'] }\n[dial]")]
fn a_lab_s_file_may_do_no_more(#[case] from: &str, #[case] to: &str) {
    assert!(!lab(&LAB.replace(from, to)).load().untrusted.is_empty());
}

#[test]
fn a_marker_alone_proves_nothing() {
    let open = lab(LAB);
    open.mode("", 0o755);
    assert_eq!(
        open.load().untrusted.len(),
        5,
        "a folder that others can list"
    );
    let unmarked = lab(LAB);
    fs::remove_file(unmarked.root.join("lab.json")).unwrap();
    assert_eq!(unmarked.load().untrusted.len(), 5, "no marker");
    let foreign = lab(LAB);
    mark(&foreign, Path::new("/somewhere/else/cluster.toml"));
    assert_eq!(
        foreign.load().untrusted.len(),
        5,
        "a marker that was copied"
    );
    let linked = lab(LAB);
    fs::rename(linked.root.join("lab.json"), linked.root.join("real.json")).unwrap();
    std::os::unix::fs::symlink("real.json", linked.root.join("lab.json")).unwrap();
    assert_eq!(linked.load().untrusted.len(), 5, "a link");
}

#[test]
fn secrets_come_from_files_without_their_last_line_break() {
    let place = Place::with("");
    fs::write(place.root.join("token"), "s3cret\n").unwrap();
    fs::write(place.root.join("empty"), "\n").unwrap();
    let loaded = place.load();
    let file = |name: &str| loaded.secret(&SecretRef::File(name.into()));
    assert_eq!(file("token").unwrap().expose_secret(), "s3cret");
    assert!(!format!("{:?}", file("token")).contains("s3cret"));
    assert!(matches!(file("empty"), Err(SecretError::Unusable(_))));
    assert!(matches!(file("none"), Err(SecretError::File { .. })));
    let unset = SecretRef::Env("K3SCOPE_TEST_UNSET".to_owned());
    assert!(matches!(
        loaded.secret(&unset),
        Err(SecretError::NoVariable(_))
    ));
}

#[rstest]
#[case::repository("[gitops]\n", "2:9 gitops.token")]
#[case::registry("[registry]\nusername = 'me'\n", "3:9 registry.token")]
fn a_program_that_prints_a_token_needs_trust_too(#[case] head: &str, #[case] at: &str) {
    let place = Place::with(&format!(
        "{head}token = {{ command = ['echo', 'the-token'] }}\n"
    ));
    let token = |config: &Config| {
        let tokens = [&config.gitops.token, &config.registry.token];
        tokens.into_iter().flatten().next().cloned()
    };
    let loaded = place.load();
    assert_eq!(ignored(&loaded), [at]);
    assert_eq!(token(&loaded.config), None);
    place.trust();
    let loaded = place.load();
    let token = token(&loaded.config).unwrap();
    assert_eq!(loaded.secret(&token).unwrap().expose_secret(), "the-token");
}

#[test]
fn a_text_that_is_not_written_yet_counts_no_more_than_one_that_is() {
    let place = Place::with(GUARDED);
    let loaded = Config::drafted(GUARDED, &place.file()).unwrap();
    assert_eq!(loaded.untrusted.len(), 4);
    assert!(loaded.config.endpoints.is_empty() && loaded.config.dns.token.is_none());
    assert!(loaded.config.ssh.private_key.is_absolute());
    let elsewhere = place.root.join("none/cluster.toml");
    let unwritten = Config::drafted(GUARDED, &elsewhere).unwrap();
    assert_eq!((unwritten.path, unwritten.untrusted.len()), (elsewhere, 4));
}
