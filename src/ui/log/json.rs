//! A line that is a JSON object, as words: how grave, what is said, and then the rest.

use serde_json::{Map, Value};

/// What programs call how grave a line is, and what it says.
const LEVELS: [&str; 4] = ["level", "severity", "lvl", "log.level"];
const SAYS: [&str; 3] = ["msg", "message", "event"];
/// When it was written: that stands before every line already.
const TIMES: [&str; 5] = ["ts", "time", "timestamp", "@timestamp", "t"];

/// The line as words; nothing where it is not a JSON object.
pub(super) fn words(line: &str) -> Option<String> {
    let line = line.trim();
    if !line.starts_with('{') || !line.ends_with('}') {
        return None;
    }
    let fields: Map<String, Value> = serde_json::from_str(line).ok()?;
    let first = |names: &[&str]| {
        let name = names.iter().find(|name| fields.contains_key(**name))?;
        Some(((*name).to_owned(), plain(fields.get(*name)?)))
    };
    let (level, says) = (first(&LEVELS), first(&SAYS));
    let mut words = Vec::with_capacity(fields.len());
    if let Some((_, level)) = &level {
        words.push(format!("level={level}"));
    }
    words.extend(says.as_ref().map(|(_, says)| says.clone()));
    let told = |name: &str| {
        let is = |of: &Option<(String, String)>| of.as_ref().is_some_and(|(it, _)| it == name);
        is(&level) || is(&says) || TIMES.contains(&name)
    };
    let rest = fields.iter().filter(|(name, _)| !told(name));
    words.extend(rest.map(|(name, value)| format!("{name}={}", plain(value))));
    Some(words.join("  "))
}

/// A value; a text without quotation marks.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => crate::domain::text::line(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            crate::domain::text::line(&value.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::zap(
        r#"{"level":"error","ts":1.7,"msg":"no route","name":"docs","code":404}"#,
        Some("level=error  no route  code=404  name=docs")
    )]
    #[case::nested(
        r#"{"severity":"INFO","message":"up","labels":{"a":[1]}}"#,
        Some(r#"level=INFO  up  labels={"a":[1]}"#)
    )]
    #[case::escapes(r#"{"msg":"\u001b[31mred"}"#, Some("red"))]
    #[case::text("listening on :8080", None)]
    #[case::cut(r#"{"level":"error","ms…"#, None)]
    fn a_json_line_reads_as_words(#[case] line: &str, #[case] expected: Option<&str>) {
        assert_eq!(words(line).as_deref(), expected);
    }
}
