//! `secrets.auto.tfvars.json`: the secrets, and what belongs to this machine's account alone.
//!
//! Variables that somebody else put there stay. Knows the text, not the file.

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::config::AgentToken;

const AGENT_TOKEN: &str = "agent_token";
const REPOSITORY_TOKEN: &str = "repository_token";
const TENANCY: &str = "tenancy_ocid";

/// What is known for the file; what is not keeps the value that stands there.
#[derive(Debug)]
pub struct SecretVariables<'a> {
    /// With which agents join.
    pub agent: &'a AgentToken,
    /// Which reads the Git repository, where user data is to hold it.
    pub repository: Option<&'a SecretString>,
    /// The tenancy of the profile.
    pub tenancy: Option<&'a str>,
}

/// The file is no JSON object. Tells none of what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it holds no JSON object of variables")]
pub struct Unreadable;

impl SecretVariables<'_> {
    /// The agents' token that a file holds.
    pub fn agent_in(standing: &str) -> Result<Option<SecretString>, Unreadable> {
        let variables = read(standing)?;
        let token = variables.get(AGENT_TOKEN).and_then(Value::as_str);
        Ok(token.map(SecretString::from))
    }

    /// The file's text; `standing` is what it holds now.
    pub fn text(&self, standing: Option<&str>) -> Result<Zeroizing<String>, Unreadable> {
        let mut variables = standing.map_or_else(|| Ok(Map::new()), read)?;
        let known = [
            (AGENT_TOKEN, Some(self.agent.secret().expose_secret())),
            (
                REPOSITORY_TOKEN,
                self.repository.map(ExposeSecret::expose_secret),
            ),
            (TENANCY, self.tenancy),
        ];
        for (name, value) in known {
            if let Some(value) = value {
                variables.insert(name.to_owned(), Value::from(value));
            }
        }
        let text = serde_json::to_string_pretty(&variables).map_err(|_| Unreadable)?;
        Ok(Zeroizing::new(text + "\n"))
    }
}

fn read(text: &str) -> Result<Map<String, Value>, Unreadable> {
    serde_json::from_str(text).map_err(|_| Unreadable)
}
