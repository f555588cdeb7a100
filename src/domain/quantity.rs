//! Amounts as Kubernetes writes them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Thousandths of a processor.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Millicores(pub u64);

/// Bytes of memory or storage.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl Millicores {
    /// Reads a quantity of processors (`2`, `250m`, `1532n`); rounds up.
    pub fn parse(text: &str) -> Option<Self> {
        nano(text).map(|nano| Self(u64::try_from(nano.div_ceil(1_000_000)).unwrap_or(u64::MAX)))
    }
}

impl Bytes {
    /// Reads a quantity of bytes (`6Gi`, `128974848`, `129M`); rounds up.
    pub fn parse(text: &str) -> Option<Self> {
        nano(text).map(|nano| Self(u64::try_from(nano.div_ceil(1_000_000_000)).unwrap_or(u64::MAX)))
    }
}

/// A quantity in thousand-millionths (the smallest unit that Kubernetes knows).
fn nano(text: &str) -> Option<u128> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(digits)?;
    let scale: u128 = match suffix {
        "n" => 1,
        "u" => 1_000,
        "m" => 1_000_000,
        "" => 1_000_000_000,
        "k" => 1_000_000_000_000,
        "M" => 1_000_000_000_000_000,
        "G" => 1_000_000_000_000_000_000,
        "T" => 1_000_000_000_000_000_000_000,
        "P" => 1_000_000_000_000_000_000_000_000,
        "Ki" => 1_000_000_000 << 10,
        "Mi" => 1_000_000_000 << 20,
        "Gi" => 1_000_000_000 << 30,
        "Ti" => 1_000_000_000 << 40,
        "Pi" => 1_000_000_000 << 50,
        _ => return None,
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let mut amount = whole.parse::<u128>().ok()?.checked_mul(scale)?;
    let mut place = scale;
    for digit in part.bytes() {
        place /= 10;
        amount = amount.checked_add(place.checked_mul(u128::from(digit - b'0'))?)?;
    }
    Some(amount)
}

impl fmt::Display for Millicores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}m", self.0)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const STEPS: &[(u64, &str)] = &[
            (1 << 40, "Ti"),
            (1 << 30, "Gi"),
            (1 << 20, "Mi"),
            (1 << 10, "Ki"),
        ];
        let Some((unit, name)) = STEPS.iter().find(|(unit, _)| self.0 >= *unit) else {
            return write!(f, "{} B", self.0);
        };
        let tenths = (u128::from(self.0) * 10) / u128::from(*unit);
        write!(f, "{}.{} {name}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2", Some(2_000))]
    #[case("250m", Some(250))]
    #[case("0.5", Some(500))]
    #[case("1532n", Some(1))]
    #[case("-1", None)]
    #[case("1.x", None)]
    #[case("", None)]
    fn processors(#[case] text: &str, #[case] milli: Option<u64>) {
        assert_eq!(Millicores::parse(text), milli.map(Millicores));
    }

    #[rstest]
    #[case("6Gi", Some(6 << 30))]
    #[case("129M", Some(129_000_000))]
    #[case("1.5Ki", Some(1_536))]
    #[case("128974848", Some(128_974_848))]
    #[case("99999999999999999999999999999999999Pi", None)]
    fn memory(#[case] text: &str, #[case] bytes: Option<u64>) {
        assert_eq!(Bytes::parse(text), bytes.map(Bytes));
    }

    #[test]
    fn shown_with_one_decimal() {
        assert_eq!(Bytes(6 << 30).to_string(), "6.0 Gi");
        assert_eq!(Bytes(1_536).to_string(), "1.5 Ki");
        assert_eq!(Bytes(12).to_string(), "12 B");
    }
}
