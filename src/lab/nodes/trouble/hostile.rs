//! What a hostile program could write to a console or a log.

use rsa::rand_core::UnwrapErr;
use russh::keys::ssh_key::{Algorithm, PrivateKey};

use crate::lab::nodes::host_keys;
use crate::lab::random::SystemRandom;

/// Longer than any line that a person would read.
const LONG: usize = 64 * 1024;

/// Bytes that a terminal would obey, that overwrite themselves, that are no text, that turn the
/// direction of reading, and a line without an end in sight.
pub(super) fn bytes() -> Vec<u8> {
    let mut all = Vec::new();
    for piece in [
        b"\x1b[2J\x1b[H\x1b[31mcleared your screen\x1b[0m\r\n".as_slice(),
        b"\x1b]0;a title of my own\x07\x1b]52;c;cm0gLXJmIC8=\x07\x1bPq#0\x1b\\\r\n",
        b"pulling 10%\rpulling 55%\rpulling 100%\r\n",
        b"broken \xff\xfe\xc3\x28 \xe2\x82 text \x00\x08\x08\x7f\r\n",
        "\u{202e}gnp.tidua\u{2066} reads backwards\u{200b}\r\n".as_bytes(),
        b"@k3scope {\"k3scope\":1,\"node\":\"\x1b[5m\",\"stage\":\"k3s\",\"sta\r\n",
    ] {
        all.extend_from_slice(piece);
    }
    all.resize(all.len() + LONG, b'x');
    all.extend_from_slice(b"\r\n");
    all
}

/// A block of host keys, as the script and cloud-init show theirs, of a key that nobody has.
pub(super) fn forged_block(host: &str) -> String {
    let key = PrivateKey::random(&mut UnwrapErr(SystemRandom), Algorithm::Ed25519);
    let keys: Vec<PrivateKey> = key.into_iter().collect();
    host_keys::block(&keys, host).replace('\n', "\r\n")
}
