//! What OCI's provider for Terraform is told of the account, by environment variables of its own and
//! of the rendered folder. A key's content never is; a passphrase stands nowhere else.
//!
//! What the rendered folder's files say goes before these variables.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::config::Loaded;
use crate::oci::Profile;

/// What the profile of `loaded` and where it stands come to.
pub(super) struct Account<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) profile: &'a Profile,
    pub(super) region: &'a str,
    pub(super) passphrase: Option<&'a SecretString>,
}

/// The provider reads a session's token from the usual file only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the profile {profile} is a session, which Terraform's provider reads from ~/.oci/config only, \
     and cluster.toml names {file}: move the profile there, use one with an API key, or set engine = \
     \"direct\" under [provision]"
)]
pub struct Elsewhere {
    profile: String,
    file: String,
}

impl Account<'_> {
    /// The variables; `home` is the home folder.
    pub(super) fn variables(
        &self,
        home: Option<&Path>,
    ) -> Result<Vec<(String, SecretString)>, Elsewhere> {
        let mut given = Vec::new();
        let mut give = |name: &str, value: &str| given.push((name.to_owned(), value.into()));
        give("TF_VAR_region", self.region);
        give("TF_VAR_tenancy_ocid", self.profile.tenancy());
        let oci = &self.loaded.config.oci;
        if self.profile.is_session() {
            if home.is_none_or(|home| oci.config_file != home.join(".oci/config")) {
                return Err(Elsewhere {
                    profile: oci.profile.clone(),
                    file: oci.config_file.display().to_string(),
                });
            }
            give("TF_VAR_auth", "SecurityToken");
            give("TF_VAR_config_file_profile", &oci.profile);
        } else {
            // The provider may not read the file that has them.
            give("OCI_fingerprint", self.profile.fingerprint());
            if let Some(user) = self.profile.user() {
                give("OCI_user_ocid", user);
            }
            let key = self.profile.key_file().display().to_string();
            give("OCI_private_key_path", &key);
        }
        if let Some(passphrase) = self.passphrase {
            give("OCI_private_key_password", passphrase.expose_secret());
        }
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::config::Config;
    use crate::oci::NewKey;

    /// A home folder with a session's profile and one with an API key.
    fn home() -> (tempfile::TempDir, String) {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".oci");
        fs::create_dir(&folder).unwrap();
        let key = NewKey::make().unwrap();
        fs::write(folder.join("key.pem"), key.private.expose_secret()).unwrap();
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"me","exp":4000000000}"#);
        let token = format!("e30.{claims}.sig");
        fs::write(folder.join("token"), &token).unwrap();
        let tenancy = "tenancy=ocid1.tenancy.oc1..t\nkey_file=key.pem\n";
        let (user, fingerprint) = ("ocid1.user.oc1..u", &key.fingerprint);
        let text = format!(
            "[SESSION]\n{tenancy}security_token_file=token\n[KEY]\n{tenancy}user={user}\n\
             fingerprint={fingerprint}\n"
        );
        fs::write(folder.join("config"), text).unwrap();
        (home, token)
    }

    fn variables(
        home: &Path,
        name: &str,
        passphrase: Option<&SecretString>,
        usual: &Path,
    ) -> Result<Vec<(String, SecretString)>, Elsewhere> {
        let file = home.join(".oci/config");
        let text = format!(
            "[oci]\nconfig_file = \"{}\"\nprofile = \"{name}\"\n",
            file.display()
        );
        let path = home.join("cluster.toml");
        fs::write(&path, text).unwrap();
        let loaded = Config::load(&path).unwrap();
        let profile = Profile::load(&file, name, None).unwrap();
        Account {
            loaded: &loaded,
            profile: &profile,
            region: "eu-frankfurt-1",
            passphrase,
        }
        .variables(Some(usual))
    }

    fn shown(variables: &[(String, SecretString)]) -> Vec<String> {
        let shown = |(name, value): &(String, SecretString)| {
            let value = value.expose_secret();
            format!("{name}={value}")
        };
        variables.iter().map(shown).collect()
    }

    #[test]
    fn a_session_is_named_and_its_token_is_not() {
        let (home, token) = home();
        let given = shown(&variables(home.path(), "SESSION", None, home.path()).unwrap());
        let wanted = [
            "TF_VAR_region=eu-frankfurt-1",
            "TF_VAR_tenancy_ocid=ocid1.tenancy.oc1..t",
            "TF_VAR_auth=SecurityToken",
            "TF_VAR_config_file_profile=SESSION",
        ];
        assert_eq!(given, wanted);
        assert!(!given.join(" ").contains(&token));
    }

    #[test]
    fn an_api_key_is_named_by_its_file_and_its_passphrase_is_hidden() {
        let (home, _) = home();
        let passphrase = SecretString::from("hunter2");
        let given = variables(home.path(), "KEY", Some(&passphrase), home.path()).unwrap();
        assert!(!format!("{given:?}").contains("hunter2"));
        let given = shown(&given);
        let key = home.path().join(".oci/key.pem");
        for line in [
            "OCI_user_ocid=ocid1.user.oc1..u".to_owned(),
            format!("OCI_private_key_path={}", key.display()),
            "OCI_private_key_password=hunter2".to_owned(),
        ] {
            assert!(given.contains(&line), "{given:?}");
        }
        assert!(!given.iter().any(|it| it.starts_with("TF_VAR_auth")));
        assert!(!given.join(" ").contains("PRIVATE KEY"));
    }

    #[test]
    fn a_session_that_the_provider_would_not_find_is_refused_with_the_ways_out() {
        let (home, _) = home();
        let elsewhere = tempfile::tempdir().unwrap();
        let refused = variables(home.path(), "SESSION", None, elsewhere.path()).unwrap_err();
        let said = refused.to_string();
        assert!(
            said.contains("~/.oci/config") && said.contains("\"direct\""),
            "{said}"
        );
    }
}
