//! Pinned host keys: which keys belong to which instance, in a file of OpenSSH's `known_hosts` format.
//!
//! Each line names the node and the instance's OCID, so that OpenSSH finds a pin with
//! `-o HostKeyAlias=OCID`. An instance keeps its keys for life: other keys under the same OCID are
//! refused, and a new instance of the same name takes the old one's place.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::host_key::{HostKey, HostKeys};
use crate::domain::line::Line;

/// A file with as many nodes as a cluster can have stays far below this.
const MOST_BYTES: u64 = 1 << 20;

/// The keys of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The node's name.
    pub node: Line,
    /// The instance's OCID.
    pub instance: Line,
    /// Its keys.
    pub keys: HostKeys,
}

/// The file of pins, as it was read.
#[derive(Clone, Debug)]
pub struct Pins {
    path: PathBuf,
    pins: Vec<Pin>,
}

/// Pins that cannot be read, written or changed.
#[derive(Debug, thiserror::Error)]
pub enum PinsError {
    /// Something with the file system.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What.
        source: io::Error,
    },
    /// A line that is no pin.
    #[error("{path}:{line}: this is no pinned host key (`NODE,OCID ssh-ed25519 AAAA…`); remove the line, and k3scope bootstrap reads the keys again", path = .path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// A name that would break the format.
    #[error("`{0}` cannot stand in a file of host keys")]
    Name(Line),
    /// Other keys for an instance that has some.
    #[error("the host keys of {node} have changed, and its instance has not: pinned {}, shown {}", .pinned.join(" "), .shown.join(" "))]
    Changed {
        /// Which node.
        node: Line,
        /// The fingerprints of the pinned keys.
        pinned: Vec<String>,
        /// The fingerprints of the keys that it shows.
        shown: Vec<String>,
    },
}

impl Pins {
    /// Reads the pins of `path`; a file that is missing has none.
    pub fn load(path: &Path) -> Result<Self, PinsError> {
        let text = match read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => {
                return Err(PinsError::Io {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let mut pins = Self {
            path: path.to_owned(),
            pins: Vec::new(),
        };
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (node, instance, key) = parse(line).ok_or_else(|| PinsError::Line {
                path: path.to_owned(),
                line: index + 1,
            })?;
            pins.add(node, instance, HostKeys::new([key]));
        }
        Ok(pins)
    }

    /// The pin of an instance.
    pub fn of_instance(&self, instance: &str) -> Option<&Pin> {
        self.pins.iter().find(|pin| pin.instance == *instance)
    }

    /// The pin of the newest instance that bears a node's name.
    pub fn of_node(&self, node: &str) -> Option<&Pin> {
        self.pins.iter().rev().find(|pin| pin.node == *node)
    }

    /// Every pin.
    pub fn iter(&self) -> impl Iterator<Item = &Pin> {
        self.pins.iter()
    }

    /// Pins `keys` to an instance and writes the file; tells whether anything was new. Keys that
    /// contradict those of the same instance are refused.
    pub fn pin(&mut self, node: &str, instance: &str, keys: &HostKeys) -> Result<bool, PinsError> {
        for name in [node, instance] {
            if !is_name(name) {
                return Err(PinsError::Name(Line::new(name)));
            }
        }
        if let Some(known) = self.of_instance(instance) {
            if !known.keys.agrees_with(keys) {
                return Err(PinsError::Changed {
                    node: Line::new(node),
                    pinned: known.keys.fingerprints(),
                    shown: keys.fingerprints(),
                });
            }
            if keys.iter().all(|key| known.keys.contains(key)) {
                return Ok(false);
            }
        }
        let before = self.pins.clone();
        self.pins
            .retain(|pin| pin.node != *node || pin.instance == *instance);
        self.add(Line::new(node), Line::new(instance), keys.clone());
        self.keep_or(before)?;
        Ok(true)
    }

    /// Pins `keys` to an instance in place of all that was pinned for it and for its node's name.
    /// Only a person may want this: see [`Pins::pin`] for what is read by ourselves.
    pub fn replace(
        &mut self,
        node: &str,
        instance: &str,
        keys: &HostKeys,
    ) -> Result<(), PinsError> {
        for name in [node, instance] {
            if !is_name(name) {
                return Err(PinsError::Name(Line::new(name)));
            }
        }
        let before = self.pins.clone();
        self.pins
            .retain(|pin| pin.node != *node && pin.instance != *instance);
        self.add(Line::new(node), Line::new(instance), keys.clone());
        self.keep_or(before)
    }

    /// Writes the file; where that fails, the pins are again what they were `before`.
    fn keep_or(&mut self, before: Vec<Pin>) -> Result<(), PinsError> {
        self.write().map_err(|source| {
            self.pins = before;
            PinsError::Io {
                path: self.path.clone(),
                source,
            }
        })
    }

    fn add(&mut self, node: Line, instance: Line, keys: HostKeys) {
        let known = self.pins.iter_mut().find(|pin| pin.instance == instance);
        match known {
            Some(pin) => {
                let all = pin.keys.iter().chain(keys.iter()).cloned();
                pin.keys = HostKeys::new(all.collect::<Vec<_>>());
            }
            None => self.pins.push(Pin {
                node,
                instance,
                keys,
            }),
        }
    }

    /// Writes a new file and puts it in the old one's place, so that nobody ever reads half of it.
    fn write(&self) -> io::Result<()> {
        let mut text = String::new();
        for pin in &self.pins {
            for key in pin.keys.iter() {
                writeln!(text, "{},{} {key}", pin.node, pin.instance).map_err(io::Error::other)?;
            }
        }
        let beside = self.path.with_extension("new");
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)
    }
}

fn read(path: &Path) -> io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    fs::File::open(path)?
        .take(MOST_BYTES)
        .read_to_string(&mut text)?;
    Ok(text)
}

fn parse(line: &str) -> Option<(Line, Line, HostKey)> {
    let (names, key) = line.split_once(' ')?;
    let (node, instance) = names.split_once(',')?;
    let key = HostKey::parse(key)?;
    let is_pin = is_name(node) && is_name(instance);
    is_pin.then(|| (Line::new(node), Line::new(instance), key))
}

/// No separator, pattern or mark of the format.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const ONE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK7/ZCdxzmfu5NBrNKGosVrDh6ZeAcarx+am58pLtKgH";
    const OTHER: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN+Wjn4+4Fcvl2JlKpggT+wCRxpSvtqqpVrQrKN1/A22";
    const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBNenG8Gg05WYW6eTG1TIKB2n49oNTkYmIA0HZVPfb8bdQH/2BVJOmgAxzPUJRM82AoX2aRhBbdERynfPt9IRGlc=";

    fn keys(lines: &[&str]) -> HostKeys {
        HostKeys::new(lines.iter().filter_map(|line| HostKey::parse(line)))
    }

    fn pins() -> (tempfile::TempDir, Pins) {
        let folder = tempfile::tempdir().unwrap();
        let pins = Pins::load(&folder.path().join("known_hosts")).unwrap();
        (folder, pins)
    }

    #[test]
    fn what_is_pinned_is_read_again() {
        let (_folder, mut pins) = pins();
        assert!(
            pins.pin("k3s-worker", "ocid1.instance.a", &keys(&[ONE, ECDSA]))
                .unwrap()
        );
        assert!(
            !pins
                .pin("k3s-worker", "ocid1.instance.a", &keys(&[ONE]))
                .unwrap()
        );
        let again = Pins::load(&pins.path).unwrap();
        assert_eq!(
            again.of_node("k3s-worker").unwrap().keys,
            keys(&[ONE, ECDSA])
        );
        assert_eq!(
            again.of_instance("ocid1.instance.a"),
            again.of_node("k3s-worker")
        );
        let text = fs::read_to_string(&pins.path).unwrap();
        assert!(
            text.starts_with(&format!("k3s-worker,ocid1.instance.a {ONE}\n")),
            "{text}"
        );
        let mode = fs::metadata(&pins.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_changed_key_is_refused_with_both_fingerprints_and_a_new_instance_is_not() {
        let (_folder, mut pins) = pins();
        pins.pin("k3s-worker", "ocid1.instance.a", &keys(&[ONE]))
            .unwrap();
        let refused = pins.pin("k3s-worker", "ocid1.instance.a", &keys(&[OTHER]));
        let told = refused.unwrap_err().to_string();
        for key in [ONE, OTHER] {
            assert!(
                told.contains(&HostKey::parse(key).unwrap().fingerprint()),
                "{told}"
            );
        }
        pins.pin("k3s-worker", "ocid1.instance.b", &keys(&[OTHER]))
            .unwrap();
        let again = Pins::load(&pins.path).unwrap();
        assert_eq!(
            again.of_node("k3s-worker").unwrap().instance,
            "ocid1.instance.b"
        );
        assert_eq!(again.iter().count(), 1);
    }

    #[test]
    fn a_person_may_replace_what_is_pinned() {
        let (_folder, mut pins) = pins();
        pins.pin("k3s-worker", "ocid1.instance.a", &keys(&[ONE, ECDSA]))
            .unwrap();
        pins.pin("k3s-server", "ocid1.instance.s", &keys(&[ONE]))
            .unwrap();
        pins.replace("k3s-worker", "ocid1.instance.a", &keys(&[OTHER]))
            .unwrap();
        let again = Pins::load(&pins.path).unwrap();
        let worker = again.of_instance("ocid1.instance.a").unwrap();
        assert_eq!(worker.keys, keys(&[OTHER]));
        assert_eq!(again.iter().count(), 2);
        assert!(
            pins.replace("a b", "ocid1.instance.a", &keys(&[ONE]))
                .is_err()
        );
    }

    #[test]
    fn a_line_that_is_no_pin_is_named() {
        let (_folder, pins) = pins();
        fs::write(
            &pins.path,
            format!("# ours\nk3s-worker,ocid1.a {ONE}\nnonsense\n"),
        )
        .unwrap();
        let told = Pins::load(&pins.path).unwrap_err().to_string();
        assert!(told.contains("known_hosts:3:"), "{told}");
    }

    #[test]
    fn a_name_cannot_smuggle_a_line_in() {
        let (_folder, mut pins) = pins();
        for name in ["a b", "a\nb", "*", "a,b", ""] {
            assert!(pins.pin(name, "ocid1.instance.a", &keys(&[ONE])).is_err());
        }
        assert!(!pins.path.exists());
    }
}
