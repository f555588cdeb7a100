//! The statements of a compartment quota: `set compute-core quota standard-a1-core-count to 2 in
//! compartment k3s`, and the forms with `zero` and `unset`, without conditions or patterns.

use super::answer::Refusal;
use super::place::Place;

/// Families of quotas with the limits that they hold.
const FAMILIES: [(&str, &[&str]); 4] = [
    (
        "compute-core",
        &[
            "standard-a1-core-count",
            "standard-a1-core-regional-count",
            "standard-e2-micro-core-count",
        ],
    ),
    (
        "compute-memory",
        &[
            "standard-a1-memory-count",
            "standard-a1-memory-regional-count",
        ],
    ),
    ("block-storage", &["total-storage-gb"]),
    ("vcn", &["vcn-count", "reserved-public-ip-count"]),
];

/// Where a statement holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Tenancy,
    Compartment(String),
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    /// The limits that it is about.
    pub(super) names: Vec<&'static str>,
    /// What may be used; `None` takes an earlier statement back.
    pub(super) value: Option<f64>,
    pub(super) scope: Scope,
}

/// Reads a statement.
pub(super) fn parse(text: &str, place: &Place) -> Result<Statement, Refusal> {
    read(text, place)
        .ok_or_else(|| Refusal::invalid(format!("statements: {text:?} is not a quota statement")))
}

fn read(text: &str, place: &Place) -> Option<Statement> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let [verb, family, "quota" | "quotas", rest @ ..] = lower.as_slice() else {
        return None;
    };
    let (_, known) = FAMILIES.iter().find(|(name, _)| name == family)?;
    let place_words = words.get(lower.iter().position(|word| *word == "in")? + 1..)?;
    let one = |wanted: &str| Some(vec![known.iter().copied().find(|name| *name == wanted)?]);
    let (names, value) = match (*verb, rest) {
        ("set", [name, "to", value, "in", ..]) => {
            let value = f64::from(value.parse::<u32>().ok()?);
            (one(name)?, Some(value))
        }
        ("zero", ["in", ..]) => (known.to_vec(), Some(0.0)),
        ("zero", [name, "in", ..]) => (one(name)?, Some(0.0)),
        ("unset", ["in", ..]) => (known.to_vec(), None),
        ("unset", [name, "in", ..]) => (one(name)?, None),
        _ => return None,
    };
    Some(Statement {
        names,
        value,
        scope: scope(place_words, place)?,
    })
}

fn scope(words: &[&str], place: &Place) -> Option<Scope> {
    let compartment = match words {
        [word] if word.eq_ignore_ascii_case("tenancy") => return Some(Scope::Tenancy),
        [word, name] if word.eq_ignore_ascii_case("compartment") => (name
            .eq_ignore_ascii_case(&place.compartment_name))
        .then(|| place.compartment.clone())?,
        [word, id, ocid]
            if word.eq_ignore_ascii_case("compartment") && id.eq_ignore_ascii_case("id") =>
        {
            place.has_compartment(ocid).then(|| (*ocid).to_owned())?
        }
        _ => return None,
    };
    Some(Scope::Compartment(compartment))
}
