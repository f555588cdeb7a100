//! Reads the protobuf form that client-go sends for core kinds into JSON.
//!
//! Only what a table of messages knows is read: a request with other fields in it is refused, never
//! half understood. Answers are JSON, which such clients accept too.

mod messages;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use messages::{Form, message};

/// What stands before every object.
const MAGIC: &[u8] = b"k8s\0";

/// The object in a body; none when it has parts that the table does not know.
pub(super) fn read(body: &[u8]) -> Option<Value> {
    let mut envelope = Reader(body.strip_prefix(MAGIC)?);
    let (mut kind, mut raw) = (Value::Null, &[][..]);
    while let Some((number, field)) = envelope.field()? {
        match (number, field) {
            (1, Field::Bytes(bytes)) => kind = object(bytes, "TypeMeta")?,
            (2, Field::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let name = kind.get("kind")?.as_str()?.to_owned();
    let mut value = object(raw, &name)?;
    let map = super::meta::map(&mut value);
    for part in ["kind", "apiVersion"] {
        map.insert(part.to_owned(), kind.get(part).cloned()?);
    }
    Some(value)
}

fn object(bytes: &[u8], name: &str) -> Option<Value> {
    let known = message(name)?;
    let mut reader = Reader(bytes);
    let mut out = Map::new();
    while let Some((number, field)) = reader.field()? {
        match known.iter().find(|(at, ..)| *at == number) {
            Some((_, name, form)) => put(&mut out, name, *form, &field)?,
            None if field.is_empty() => {}
            None => return None,
        }
    }
    Some(Value::Object(out))
}

fn put(out: &mut Map<String, Value>, name: &str, form: Form, field: &Field<'_>) -> Option<()> {
    match (form, field) {
        (Form::Ignored, _) => {}
        (Form::Number, Field::Number(number)) => {
            out.insert(name.to_owned(), json!(number.cast_signed()));
        }
        (Form::Flag, Field::Number(number)) => {
            if *number != 0 {
                out.insert(name.to_owned(), json!(true));
            }
        }
        (Form::Text, Field::Bytes(bytes)) => {
            if !bytes.is_empty() {
                out.insert(name.to_owned(), json!(std::str::from_utf8(bytes).ok()?));
            }
        }
        (Form::Message(inner), Field::Bytes(bytes)) => {
            let value = object(bytes, inner)?;
            if value.as_object().is_some_and(|map| !map.is_empty()) {
                out.insert(name.to_owned(), value);
            }
        }
        (Form::Texts, Field::Bytes(bytes)) => {
            push(out, name, json!(std::str::from_utf8(bytes).ok()?));
        }
        (Form::Messages(inner), Field::Bytes(bytes)) => push(out, name, object(bytes, inner)?),
        (Form::TextMap | Form::BytesMap, Field::Bytes(bytes)) => {
            let (key, value) = entry(bytes)?;
            let value = if form == Form::TextMap {
                json!(std::str::from_utf8(value).ok()?)
            } else {
                json!(STANDARD.encode(value))
            };
            super::meta::member(out, name).insert(key, value);
        }
        _ => return None,
    }
    Some(())
}

fn push(out: &mut Map<String, Value>, name: &str, value: Value) {
    let list = out.entry(name).or_insert_with(|| json!([]));
    if let Value::Array(list) = list {
        list.push(value);
    }
}

fn entry(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (mut key, mut value) = (String::new(), &[][..]);
    let mut reader = Reader(bytes);
    while let Some((number, field)) = reader.field()? {
        match (number, field) {
            (1, Field::Bytes(bytes)) => key = String::from_utf8(bytes.to_vec()).ok()?,
            (2, Field::Bytes(bytes)) => value = bytes,
            _ => return None,
        }
    }
    Some((key, value))
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl Field<'_> {
    fn is_empty(&self) -> bool {
        match self {
            Self::Number(number) => *number == 0,
            Self::Bytes(bytes) => bytes.is_empty(),
        }
    }
}

/// Fields of a message, one after another.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next field; the inner none is the end, the outer one a broken message.
    #[expect(
        clippy::option_option,
        reason = "an end and a broken message are different things, and `?` tells them apart"
    )]
    fn field(&mut self) -> Option<Option<(u64, Field<'a>)>> {
        if self.0.is_empty() {
            return Some(None);
        }
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => Field::Number(self.varint()?),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Field::Bytes(bytes)
            }
            _ => return None,
        };
        Some(Some((tag >> 3, field)))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
        out.extend(bytes);
        out
    }

    fn envelope(kind: &str, raw: &[u8]) -> Vec<u8> {
        let types = [part(1, b"v1"), part(2, kind.as_bytes())].concat();
        [MAGIC.to_vec(), part(1, &types), part(2, raw)].concat()
    }

    #[test]
    fn known_messages_are_read() {
        let data = part(2, &[part(1, b"key"), part(2, b"value")].concat());
        let metadata = part(1, &[part(1, b"settings"), part(8, b"")].concat());
        let body = envelope("ConfigMap", &[metadata, data].concat());
        assert_eq!(
            read(&body),
            Some(json!({"kind": "ConfigMap", "apiVersion": "v1",
                        "metadata": {"name": "settings"}, "data": {"key": "value"}}))
        );
    }

    #[test]
    fn what_is_not_known_or_broken_is_refused() {
        assert_eq!(read(&envelope("ConfigMap", &part(15, b"x"))), None);
        assert_eq!(read(&envelope("Whatever", b"")), None);
        let whole = envelope("ConfigMap", &part(1, &part(1, b"settings")));
        assert_eq!(read(&whole[..whole.len() - 3]), None);
    }
}
