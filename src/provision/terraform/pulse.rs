//! What a command that makes a plan is doing, from its messages; and that nothing comes where
//! nothing comes.
//!
//! The provider waits out refusals by itself and says nothing of it, so a silence is told as one.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::message::{Message, Said, Span};
use crate::clock::Clock;
use crate::domain::line::Line;
use crate::domain::planning::{Awaited, Planning};
use crate::provision::onlooker::Onlooker;

/// After how long a silence is told, and how often again.
const SILENCE: Duration = Duration::from_secs(20);
/// The longest words that are told of `init`, in characters: the rest are explanations.
const LONGEST: usize = 100;

/// Which command is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Init,
    Plan,
}

/// A command as far as it was heard.
pub(super) struct Pulse<'a> {
    command: Command,
    onlooker: &'a Onlooker,
    far: Mutex<Far>,
}

#[derive(Debug, Default)]
struct Far {
    /// How many resources the state has, where that is known.
    of: Option<usize>,
    done: usize,
    /// What is read at this moment.
    open: BTreeSet<Line>,
    compares: bool,
    /// Whether anything came since the last look.
    heard: bool,
    /// Seconds without a word.
    silent: u64,
}

impl<'a> Pulse<'a> {
    /// One that has heard nothing yet; `of` is how many resources the state has.
    pub(super) fn new(command: Command, of: Option<usize>, onlooker: &'a Onlooker) -> Self {
        let far = Far {
            of,
            ..Far::default()
        };
        Self {
            command,
            onlooker,
            far: Mutex::new(far),
        }
    }

    /// Hears a message.
    pub(super) fn on(&self, message: &Message) {
        let mut far = self.far();
        far.heard = true;
        let now = far.on(self.command, message);
        drop(far);
        if let Some(now) = now {
            self.onlooker.tell(now);
        }
    }

    /// Waits for the command, and tells a silence.
    pub(super) async fn beside<T>(&self, command: impl Future<Output = T>, clock: Clock) -> T {
        let mut command = pin!(command);
        loop {
            tokio::select! {
                answer = &mut command => return answer,
                () = clock.sleep(SILENCE) => self.listen(),
            }
        }
    }

    fn listen(&self) {
        let mut far = self.far();
        let now = far.listen(self.command);
        drop(far);
        if let Some(now) = now {
            self.onlooker.tell(now);
        }
    }

    fn far(&self) -> MutexGuard<'_, Far> {
        self.far.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Far {
    fn on(&mut self, command: Command, message: &Message) -> Option<Planning> {
        match (&message.said, command) {
            (Said::Init(_) | Said::Log, Command::Init) => said(&message.text),
            (Said::Version { .. }, Command::Plan) => Some(Planning::Begun {
                by: message.text.clone(),
            }),
            (Said::Refresh(span, hook) | Said::Apply(span, hook), Command::Plan) => {
                let address = hook.resource.addr.clone();
                let is_data = hook.resource.is_data();
                if *span == Span::Start {
                    self.open.insert(address.clone());
                } else if *span != Span::Progress {
                    self.open.remove(&address);
                    self.done += usize::from(!is_data);
                }
                Some(match (is_data, span) {
                    (true, Span::Start) => Planning::Reading { address },
                    (true, _) => return None,
                    (false, _) => Planning::Refreshing {
                        done: self.done,
                        of: self.of,
                        address,
                    },
                })
            }
            (Said::Planned(_), Command::Plan) if !self.compares => {
                self.compares = true;
                Some(Planning::Comparing)
            }
            _ => None,
        }
    }

    fn listen(&mut self, command: Command) -> Option<Planning> {
        if std::mem::take(&mut self.heard) {
            self.silent = 0;
            return None;
        }
        self.silent += SILENCE.as_secs();
        let on = match command {
            Command::Init => Awaited::Registry,
            Command::Plan => Awaited::Oci {
                address: self.open.first().cloned().unwrap_or_default(),
            },
        };
        Some(Planning::Waiting {
            on,
            seconds: self.silent,
        })
    }
}

fn said(text: &Line) -> Option<Planning> {
    let text = text.trim();
    let short = !text.is_empty() && text.chars().count() <= LONGEST;
    short.then(|| Planning::Initialising {
        said: Line::new(text),
    })
}

/// How many resources the state in this folder has; nothing where it is kept elsewhere, or has none.
pub(super) fn in_state(folder: &Path) -> Option<usize> {
    // It holds secrets: only the number leaves here.
    let text = std::fs::read(folder.join("terraform.tfstate")).ok()?;
    let state: Value = serde_json::from_slice(&text).ok()?;
    let resources = state.get("resources")?.as_array()?.iter();
    let managed = resources.filter(|it| it.get("mode").is_some_and(|mode| mode == "managed"));
    let count = managed
        .filter_map(|it| it.get("instances")?.as_array())
        .map(Vec::len)
        .sum();
    (count > 0).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision::terraform::Messages;

    fn told(command: Command, of: Option<usize>, sample: &str) -> Vec<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/terraform/samples");
        let stream = std::fs::read(format!("{folder}/{sample}")).unwrap();
        let mut far = Far {
            of,
            ..Far::default()
        };
        let messages = Messages::default().push(&stream);
        let told = messages.iter().filter_map(|it| far.on(command, it));
        told.map(|it| it.to_string()).collect()
    }

    #[test]
    fn the_download_of_the_provider_is_told() {
        let told = told(Command::Init, None, "oci-init.jsonl");
        let wanted = "prepares tf-k3s/: Installing provider version: oracle/oci v8.28.0...";
        assert!(told.iter().any(|it| it == wanted), "{told:#?}");
        assert!(told.iter().all(|it| it.chars().count() < 140), "{told:#?}");
    }

    #[test]
    fn what_is_read_is_counted_without_data_sources() {
        let told = told(Command::Plan, Some(11), "oci-plan-drift.jsonl");
        assert_eq!(told[0], "Terraform 1.11.4 begins to plan");
        assert_eq!(told[1], "reads data.oci_identity_availability_domains.ads");
        let counted = "reads again what its state knows, 11 of 11: ";
        assert!(told.iter().any(|it| it.starts_with(counted)), "{told:#?}");
        assert!(!told.iter().any(|it| it.contains("12 of")), "{told:#?}");
        assert_eq!(told.last().unwrap(), "works out what is to be done");
    }

    #[test]
    fn a_silence_is_told_with_what_is_read_and_ends_with_the_next_word() {
        let line = r#"{"@level":"info","@message":"m","type":"refresh_start","hook":{"resource":{"addr":"oci_core_vcn.this","resource":"oci_core_vcn.this"}}}"#;
        let told = Mutex::new(Vec::new());
        let told = std::sync::Arc::new(told);
        let ear = std::sync::Arc::clone(&told);
        let onlooker = Onlooker::new(move |it| ear.lock().unwrap().push(it.to_string()));
        let pulse = Pulse::new(Command::Plan, None, &onlooker);
        pulse.on(&Message::of(line.as_bytes()));
        for _ in 0..3 {
            pulse.listen();
        }
        pulse.on(&Message::of(line.as_bytes()));
        pulse.listen();
        let told = told.lock().unwrap().clone();
        let waits = |seconds: u64| {
            format!(
                "waits for oci_core_vcn.this, {seconds} s; too many requests (429) are waited out \
                 for up to 10 min"
            )
        };
        assert_eq!(told[1..3], [waits(20), waits(40)]);
        assert_eq!(told.len(), 4, "{told:#?}");
    }

    #[test]
    fn only_resources_of_the_state_count() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(in_state(folder.path()), None);
        let state = serde_json::json!({ "resources": [
            { "mode": "data", "instances": [{}] },
            { "mode": "managed", "instances": [{}, {}] },
        ] });
        std::fs::write(folder.path().join("terraform.tfstate"), state.to_string()).unwrap();
        assert_eq!(in_state(folder.path()), Some(2));
    }
}
