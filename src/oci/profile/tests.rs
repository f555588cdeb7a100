//! The rules of the configuration file, on files.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rstest::rstest;
use secrecy::SecretString;
use tempfile::TempDir;

use super::reading::is_ocid;
use super::{Profile, ProfileError, pick_path};
use crate::oci::key::KeyError;
use crate::oci::vectors::{self, PASSPHRASE};

const TENANCY: &str = "ocid1.tenancy.oc1..aaaatenancy";
const USER: &str = "ocid1.user.oc1..aaaauser";
const OTHER: &str = "20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34";

/// A configuration file, and a plain and an encrypted key beside it.
fn folder(config: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, form) in [
        ("plain.pem", "key_pkcs8"),
        ("locked.pem", "key_pkcs8_encrypted"),
    ] {
        fs::write(folder.path().join(name), vectors::key(form)).unwrap();
    }
    let path = folder.path().join("config");
    fs::write(&path, config).unwrap();
    (folder, path)
}

fn load(config: &str, profile: &str) -> Result<Profile, ProfileError> {
    let (_folder, path) = folder(config);
    Profile::load(&path, profile, None)
}

fn complete() -> String {
    format!(
        "[DEFAULT]\ntenancy={TENANCY}\nuser={USER}\nfingerprint={OTHER}\nkey_file=plain.pem\nregion=us-ashburn-1\n"
    )
}

#[test]
fn a_profile_inherits_from_default() {
    let config = format!(
        "{}[work]\n; a comment\nregion : eu-frankfurt-1\n",
        complete()
    );
    let work = load(&config, "work").unwrap();
    assert_eq!(work.tenancy(), TENANCY);
    assert_eq!(work.user(), Some(USER));
    assert_eq!(work.region(), Some("eu-frankfurt-1"));
    assert_eq!(
        load(&config, "DEFAULT").unwrap().region(),
        Some("us-ashburn-1")
    );
    let (_folder, path) = folder(&config);
    assert_eq!(Profile::names(&path).unwrap(), ["DEFAULT", "work"]);
}

#[test]
fn a_fingerprint_of_another_key_is_noticed() {
    let profile = load(&complete(), "DEFAULT").unwrap();
    assert_eq!(profile.fingerprint(), OTHER);
    assert_eq!(
        profile.computed_fingerprint(),
        vectors::all()["generated_2048"]["fingerprint"]
    );
    assert!(!profile.fingerprint_matches());
    assert_eq!(*profile.key_id(), format!("{TENANCY}/{USER}/{OTHER}"));
}

#[rstest]
#[case::value("user=", "user=nobody", 3, "user: expected an OCID")]
#[case::upper_case("fingerprint=", "fingerprint=AA:BB", 4, "lower-case hex")]
#[case::region("region=", "region=US Ashburn", 6, "us-ashburn-1")]
#[case::no_equals("region=", "region us-ashburn-1", 6, "key=value")]
#[case::indented("region=", "  region=us-ashburn-1", 6, "indented")]
#[case::twice("region=", "user=ocid1.user.oc1..b", 6, "already, at line 3")]
#[case::key_in_file("region=", "key_content=-----BEGIN", 6, "key_file")]
#[case::no_such_key("key_file=", "key_file=nowhere.pem", 5, "nowhere.pem")]
fn what_is_wrong_is_said_with_its_line(
    #[case] replaced: &str,
    #[case] by: &str,
    #[case] line: usize,
    #[case] said: &str,
) {
    let complete = complete();
    let config = complete
        .lines()
        .map(|old| if old.starts_with(replaced) { by } else { old })
        .collect::<Vec<_>>()
        .join("\n");
    let error = load(&config, "DEFAULT").unwrap_err().to_string();
    assert!(error.contains(&format!("config:{line}: ")), "{error}");
    assert!(error.contains(said), "{error}");
    assert!(!error.contains("-----BEGIN"), "{error}");
}

#[test]
fn what_is_missing_is_named() {
    let config = "[a]\nregion=us-ashburn-1\n[b]\n";
    let error = load(config, "a").unwrap_err();
    assert!(
        matches!(
            &error,
            ProfileError::Missing {
                line: 1,
                key: "tenancy",
                ..
            }
        ),
        "{error:?}"
    );
    let error = load(config, "c").unwrap_err();
    assert!(
        error.to_string().ends_with("no profile [c]; it has a, b"),
        "{error}"
    );
    let error = Profile::load(Path::new("/nowhere/config"), "a", None).unwrap_err();
    assert!(
        matches!(error, ProfileError::Unreadable { .. }),
        "{error:?}"
    );
    assert!(matches!(
        load("tenancy=x\n", "a").unwrap_err(),
        ProfileError::Syntax { line: 1, .. }
    ));
}

#[test]
fn a_passphrase_comes_from_the_caller_or_the_file() {
    let config = complete().replace("plain.pem", "locked.pem");
    let missing = load(&config, "DEFAULT").unwrap_err();
    assert!(missing.wants_passphrase(), "{missing:?}");
    let wrong = load(&format!("{config}pass_phrase=hunter2\n"), "DEFAULT").unwrap_err();
    assert!(
        matches!(
            &wrong,
            ProfileError::Key {
                source: KeyError::WrongPassphrase,
                line: 5,
                ..
            }
        ),
        "{wrong:?}"
    );
    assert!(!format!("{wrong} {wrong:?}").contains("hunter2"));
    assert!(load(&format!("{config}passphrase={PASSPHRASE}\n"), "DEFAULT").is_ok());
    let (_folder, path) = folder(&format!("{config}pass_phrase=hunter2\n"));
    let given = SecretString::from(PASSPHRASE);
    assert!(Profile::load(&path, "DEFAULT", Some(&given)).is_ok());
}

#[test]
fn a_session_signs_with_its_token() {
    let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"me","exp":1793000000}"#);
    let config = format!("[s]\ntenancy={TENANCY}\nkey_file=plain.pem\nsecurity_token_file=token\n");
    let (folder, path) = folder(&config);
    fs::write(folder.path().join("token"), format!("e30.{claims}.sig\n")).unwrap();
    let session = Profile::load(&path, "s", None).unwrap();
    assert!(session.is_session());
    assert_eq!(session.user(), None);
    assert_eq!(session.session_expiry().unwrap().as_second(), 1_793_000_000);
    assert_eq!(*session.key_id(), format!("ST$e30.{claims}.sig"));
    assert!(session.fingerprint_matches());
    assert!(!format!("{session:?}").contains(&claims));

    fs::write(&path, format!("{config}user={USER}\nfingerprint={OTHER}\n")).unwrap();
    let user = Profile::load(&path, "s", None).unwrap();
    assert!(!user.is_session());

    fs::write(&path, format!("[DEFAULT]\nuser={USER}\n{config}")).unwrap();
    let inherited = Profile::load(&path, "s", None).unwrap();
    assert!(inherited.is_session());

    fs::write(&path, &config).unwrap();
    fs::write(folder.path().join("token"), "two words").unwrap();
    assert!(matches!(
        Profile::load(&path, "s", None).unwrap_err(),
        ProfileError::Invalid { line: 4, .. }
    ));
}

#[rstest]
#[case(TENANCY, true)]
#[case("ocid1.tenancy.oc1.", false)]
#[case("ocid1.user.oc1.iad.a/b", false)]
#[case("tenancy", false)]
#[case("..oc1..a", false)]
fn ids_have_a_form(#[case] text: &str, #[case] good: bool) {
    assert_eq!(is_ocid(text), good);
}

#[rstest]
#[case(&["/h/.oci/config", "/h/.oraclebmc/config"], Some("/x"), "/h/.oci/config")]
#[case(&["/h/.oraclebmc/config"], Some("/x"), "/x")]
#[case(&["/h/.oraclebmc/config"], None, "/h/.oraclebmc/config")]
#[case(&[], None, "/h/.oci/config")]
fn the_file_is_looked_for_in_order(
    #[case] there: &[&str],
    #[case] named: Option<&str>,
    #[case] found: &str,
) {
    let exists = |path: &Path| there.iter().any(|name| Path::new(name) == path);
    let picked = pick_path(Path::new("/h"), named.map(OsString::from), exists);
    assert_eq!(picked, Path::new(found));
}

#[test]
fn nothing_read_is_endless() {
    let (_folder, path) = folder(&"# padding\n".repeat(200_000));
    let error = Profile::names(&path).unwrap_err();
    assert!(error.to_string().contains("longer than 1 MiB"), "{error}");
}
