//! User data: what a launch gave a machine to do at its first boot.
//!
//! Of cloud-config, `write_files`, `runcmd` and `ssh.emit_keys_to_console` are understood; other
//! modules are passed over, and other formats are not run.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::Value;

/// What user data may be when it is unpacked.
const UNPACKED_BYTES: u64 = 1024 * 1024;
const GZIP: [u8; 2] = [0x1f, 0x8b];
const DEFAULT_MODE: u32 = 0o644;

/// What is to be done once for an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CloudConfig {
    pub(super) files: Vec<LaidFile>,
    pub(super) commands: Vec<String>,
    /// Whether cloud-init itself shows the host keys on the console.
    pub(super) shows_keys: bool,
}

/// A file of `write_files`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LaidFile {
    pub(super) path: String,
    pub(super) content: Vec<u8>,
    pub(super) mode: u32,
    pub(super) append: bool,
}

/// User data that cloud-init cannot use, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unusable(String);

impl CloudConfig {
    /// Reads `metadata.user_data`: base64 of text, or of gzip of it. None is none.
    pub(super) fn read(user_data: Option<&str>) -> Result<Self, Unusable> {
        let bare = Self {
            shows_keys: true,
            ..Self::default()
        };
        let Some(encoded) = user_data else {
            return Ok(bare);
        };
        let packed = STANDARD
            .decode(encoded.trim())
            .map_err(|error| Unusable(format!("user_data is not base64: {error}")))?;
        let text = String::from_utf8(unpacked(packed)?)
            .map_err(|_| Unusable("user_data is not text".to_owned()))?;
        if text.trim().is_empty() {
            return Ok(bare);
        }
        if !text.starts_with("#cloud-config") {
            let first = text.lines().next().unwrap_or_default();
            return Err(Unusable(format!(
                "Unhandled non-multipart (text/x-not-multipart) userdata: '{first}...'"
            )));
        }
        let parsed: Value = serde_saphyr::from_str(&text)
            .map_err(|error| Unusable(format!("Failed loading yaml blob. {error}")))?;
        Self::understood(&parsed)
    }

    fn understood(parsed: &Value) -> Result<Self, Unusable> {
        let list = |name: &str| {
            let found = parsed.get(name).and_then(Value::as_array);
            found.cloned().unwrap_or_default()
        };
        Ok(Self {
            files: list("write_files")
                .iter()
                .map(laid)
                .collect::<Result<_, _>>()?,
            commands: list("runcmd").iter().map(command).collect(),
            shows_keys: parsed.pointer("/ssh/emit_keys_to_console") != Some(&Value::Bool(false)),
        })
    }
}

fn unpacked(bytes: Vec<u8>) -> Result<Vec<u8>, Unusable> {
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    GzDecoder::new(bytes.as_slice())
        .take(UNPACKED_BYTES)
        .read_to_end(&mut plain)
        .map_err(|error| Unusable(format!("gzip: {error}")))?;
    Ok(plain)
}

fn laid(entry: &Value) -> Result<LaidFile, Unusable> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let path = text("path");
    if !path.starts_with('/') {
        return Err(Unusable(format!(
            "write_files: {path:?} is not an absolute path"
        )));
    }
    let plain = text("content").as_bytes().to_vec();
    let decoded = |bytes: &[u8]| {
        let joined: Vec<u8> = bytes
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        STANDARD
            .decode(joined)
            .map_err(|error| Unusable(format!("write_files: {path}: {error}")))
    };
    let content = match text("encoding") {
        "b64" | "base64" => decoded(&plain)?,
        "gz" | "gzip" => unpacked(plain)?,
        "gz+b64" | "gz+base64" | "gzip+b64" | "gzip+base64" => unpacked(decoded(&plain)?)?,
        _ => plain,
    };
    let mode = match entry.get("permissions") {
        Some(Value::String(octal)) => u32::from_str_radix(octal, 8).ok(),
        Some(Value::Number(number)) => number.as_u64().and_then(|mode| u32::try_from(mode).ok()),
        _ => None,
    };
    Ok(LaidFile {
        path: path.to_owned(),
        content,
        mode: mode.unwrap_or(DEFAULT_MODE),
        append: entry.get("append") == Some(&Value::Bool(true)),
    })
}

/// A command as one line, whether it was written as a list or as a string.
fn command(entry: &Value) -> String {
    if let Some(words) = entry.as_array() {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return words.join(" ");
    }
    entry.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const TEXT: &str = "#cloud-config\nssh: {emit_keys_to_console: false}\nwrite_files:\n\
        - {path: /etc/a, content: \"one\\n\", permissions: '0600'}\n\
        - {path: /etc/b, content: dHdvCg==, encoding: b64, append: true}\n\
        runcmd:\n- [systemctl, start, --no-block, k3scope-bootstrap.service]\n- echo hello\n";

    #[test]
    fn files_and_commands_are_read_packed_or_plain() {
        let plain = CloudConfig::read(Some(&STANDARD.encode(TEXT))).unwrap();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(TEXT.as_bytes()).unwrap();
        let packed = STANDARD.encode(gzip.finish().unwrap());
        assert_eq!(CloudConfig::read(Some(&packed)).unwrap(), plain);
        let files: Vec<_> = plain
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.content.as_slice(), file.mode))
            .collect();
        assert_eq!(
            files,
            [
                ("/etc/a", b"one\n".as_slice(), 0o600),
                ("/etc/b", b"two\n".as_slice(), 0o644)
            ]
        );
        assert_eq!(
            plain.commands,
            [
                "systemctl start --no-block k3scope-bootstrap.service",
                "echo hello"
            ]
        );
        assert!(!plain.shows_keys);
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let read = |text: &str| CloudConfig::read(Some(&STANDARD.encode(text)));
        assert!(
            read("#!/bin/sh\n")
                .unwrap_err()
                .to_string()
                .contains("#!/bin/sh")
        );
        assert!(read("#cloud-config\na: [").is_err());
        assert!(read("#cloud-config\nwrite_files: [{path: etc}]").is_err());
        assert!(CloudConfig::read(Some("*")).is_err());
        assert_eq!(
            read("#cloud-config\n").unwrap(),
            CloudConfig::read(None).unwrap()
        );
    }
}
