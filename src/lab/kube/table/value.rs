//! Headings and cells of a Table: dates as ages, and values as their column's type.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::kinds::Column;
use super::super::meta::text;

/// A column's definition.
pub(super) struct Heading {
    name: String,
    form: String,
    format: String,
    description: String,
    priority: i64,
}

impl Heading {
    /// A heading without a description.
    pub(super) fn new(name: &str, form: &str, priority: i64) -> Self {
        Self {
            name: name.to_owned(),
            form: form.to_owned(),
            format: String::new(),
            description: String::new(),
            priority,
        }
    }

    /// The first column of every kind.
    pub(super) fn name() -> Self {
        Self {
            format: "name".into(),
            description: "Name must be unique within a namespace.".into(),
            ..Self::new("Name", "string", 0)
        }
    }

    /// The only other column where a kind names none.
    pub(super) fn age() -> Self {
        Self::new("Age", "date", 0)
    }

    /// A column of a definition.
    pub(super) fn of(column: &Column) -> Self {
        let description = if column.description.is_empty() {
            format!(
                "Custom resource definition column (in JSONPath format): {}",
                column.path
            )
        } else {
            column.description.clone()
        };
        Self {
            format: column.format.clone(),
            description,
            ..Self::new(&column.name, &column.form, column.priority)
        }
    }

    /// As a Table has it.
    pub(super) fn to_value(&self) -> Value {
        json!({
            "name": self.name, "type": self.form, "format": self.format,
            "description": self.description, "priority": self.priority,
        })
    }
}

/// A found value as a column of this type shows it.
pub(super) fn cell(form: &str, found: &Value, now: Timestamp) -> Value {
    match (form, found) {
        ("date", Value::String(date)) => json!(since(date, now)),
        ("integer" | "number" | "boolean", _) | (_, Value::String(_)) => found.clone(),
        (_, other) => json!(other.to_string()),
    }
}

/// How long ago an object was created.
pub(super) fn age(object: &Value, now: Timestamp) -> String {
    since(text(object, "/metadata/creationTimestamp"), now)
}

/// How long ago a date was, as kubectl writes durations.
pub(super) fn since(date: &str, now: Timestamp) -> String {
    let Ok(then) = date.parse::<Timestamp>() else {
        return if date.is_empty() {
            "<unknown>"
        } else {
            "<invalid>"
        }
        .to_owned();
    };
    let seconds = now.as_second() - then.as_second();
    if seconds < -1 {
        return "<invalid>".into();
    }
    duration(seconds.max(0))
}

/// Two units at most, fewer the longer it is.
pub(super) fn duration(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let two = |big: i64, unit: &str, small: i64, rest: &str| {
        if small == 0 {
            format!("{big}{unit}")
        } else {
            format!("{big}{unit}{small}{rest}")
        }
    };
    if seconds < 120 {
        format!("{seconds}s")
    } else if minutes < 10 {
        two(minutes, "m", seconds % 60, "s")
    } else if minutes < 180 {
        format!("{minutes}m")
    } else if hours < 8 {
        two(hours, "h", minutes % 60, "m")
    } else if hours < 48 {
        format!("{hours}h")
    } else if hours < 192 {
        two(hours / 24, "d", hours % 24, "h")
    } else if hours < 24 * 365 * 2 {
        format!("{}d", hours / 24)
    } else if hours < 24 * 365 * 8 {
        two(hours / 24 / 365, "y", hours / 24 % 365, "d")
    } else {
        format!("{}y", hours / 24 / 365)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_shorten() {
        let shown = [
            0, 119, 120, 150, 600, 10_800, 11_000, 172_800, 180_000, 691_200,
        ];
        assert_eq!(
            shown.map(duration),
            [
                "0s", "119s", "2m", "2m30s", "10m", "3h", "3h3m", "2d", "2d2h", "8d"
            ]
        );
    }
}
