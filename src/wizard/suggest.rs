//! What stands in a field that nobody has typed into: what was found out, what follows from other
//! fields, or what the file has. A proposal never stands against what was typed.

use std::path::Path;

use super::document::TokenRef;
use super::key::Key;
use super::machine::Wizard;
use crate::domain::setup::{AccountFound, ProfileFound};
use crate::domain::topology::Cidr;

/// The variable that Cloudflare's own tools read.
const TOKEN_VARIABLE: &str = "CLOUDFLARE_API_TOKEN";

impl Wizard {
    /// What stands in a field, without the blanks around it.
    pub fn value(&self, key: Key) -> String {
        self.raw(key).trim().to_owned()
    }

    /// What stands in a field, as it is typed.
    pub(super) fn raw(&self, key: Key) -> String {
        match self.answers.typed.get(&key) {
            Some(typed) => typed.clone(),
            None => self.proposed(key).unwrap_or_else(|| self.given(key)),
        }
    }

    /// Whether a person has filled it in.
    pub(super) fn is_typed(&self, key: Key) -> bool {
        self.answers.typed.contains_key(&key)
    }

    /// What the file has, or what is usual.
    fn given(&self, key: Key) -> String {
        if let Some(path) = key.path() {
            return self.document.shown(path);
        }
        let token = self.document.token();
        match (key, token) {
            (Key::Access, _) => "profile".to_owned(),
            (Key::TokenFrom, TokenRef::File(_)) => "file".to_owned(),
            (Key::TokenFrom, TokenRef::Other) => "kept".to_owned(),
            (Key::TokenFrom, TokenRef::None | TokenRef::Env(_)) => "env".to_owned(),
            (Key::TokenEnv, TokenRef::Env(name)) => name,
            (Key::TokenEnv, _) => TOKEN_VARIABLE.to_owned(),
            (Key::TokenFile, TokenRef::File(file)) => file,
            _ => String::new(),
        }
    }

    fn proposed(&self, key: Key) -> Option<String> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is not proposed")]
        match key {
            Key::Access => (self.profiles()?.is_empty()).then(|| "new".to_owned()),
            Key::Profile => self.usual_profile(),
            Key::SshPublic => {
                let private = self.answers.typed.get(&Key::SshPrivate)?;
                Some(format!("{private}.pub"))
            }
            Key::Region => {
                let region = self.profile()?.region.to_string();
                (!self.document.has("oci.region") && !region.is_empty()).then_some(region)
            }
            Key::Compartment => {
                let root = self.account()?.compartments.first()?;
                (!self.document.has("oci.compartment")).then(|| root.id.to_string())
            }
            Key::Layout => {
                let plain = !self.exists && self.document.shown("cluster.layout") == "reference";
                (plain && self.reference_costs()).then(|| "compact".to_owned())
            }
            Key::PublicSubnet => self.subnet(1),
            Key::PrivateSubnet => self.subnet(2),
            Key::HostDocs => self.host("dns.hosts.docs", "docs"),
            Key::HostArgocd => self.host("dns.hosts.argocd", "argocd"),
            _ => None,
        }
    }

    /// The first profile that can be used, where the file's own is not there.
    fn usual_profile(&self) -> Option<String> {
        let profiles = self.profiles()?;
        let own = self.document.shown("oci.profile");
        if profiles.iter().any(|profile| profile.name == own.as_str()) {
            return None;
        }
        let usable = profiles.iter().find(|profile| profile.problem.is_none());
        usable.map(|profile| profile.name.to_string())
    }

    /// A subnet of a VCN that was typed, at the place that it has in the usual one.
    fn subnet(&self, number: u32) -> Option<String> {
        let vcn: Cidr = self.answers.typed.get(&Key::Vcn)?.parse().ok()?;
        if vcn.prefix() > 22 {
            return None;
        }
        Some(Cidr::of(vcn.host(number * 256)?, 24).to_string())
    }

    fn host(&self, path: &str, name: &str) -> Option<String> {
        let zone = self.value(Key::Zone);
        let own = self.document.shown(path);
        let inside = own.ends_with(&format!(".{zone}"));
        (!zone.is_empty() && (own.is_empty() || !inside)).then(|| format!("{name}.{zone}"))
    }

    /// The profiles that were found.
    pub fn profiles(&self) -> Option<&[ProfileFound]> {
        self.facts.profiles.known().map(Vec::as_slice)
    }

    /// The profile that is chosen, if it was found.
    pub fn profile(&self) -> Option<&ProfileFound> {
        let name = self.value(Key::Profile);
        let mut profiles = self.profiles()?.iter();
        profiles.find(|profile| profile.name == name.as_str())
    }

    /// The account that the chosen profile opens, once it is known.
    pub fn account(&self) -> Option<&AccountFound> {
        let account = self.facts.account.known()?;
        (account.profile == self.value(Key::Profile).as_str()).then_some(account)
    }

    /// OCI's configuration file.
    pub(super) fn config_file(&self) -> std::path::PathBuf {
        Path::new(&self.value(Key::ConfigFile)).to_owned()
    }
}
