//! The word that somebody probably meant.

/// The nearest of `known` to `given`, if it is near enough to be meant: a third of its letters,
/// and at least one, may differ.
pub(super) fn nearest<'k>(
    given: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    known
        .into_iter()
        .map(|word| (distance(&given.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= (word.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Edit distance in which exchanging two neighbours counts once (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    let mut previous_char = None;
    for (row, c) in one.chars().enumerate() {
        let mut line = vec![row + 1];
        for (column, d) in other.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let changed = at(&last, column) + usize::from(c != *d);
            let mut best = changed
                .min(at(&last, column + 1) + 1)
                .min(at(&line, column) + 1);
            let left = column.checked_sub(1).and_then(|left| other.get(left));
            if previous_char == Some(*d) && left == Some(&c) {
                best = best.min(at(&before, column - 1).saturating_add(1));
            }
            line.push(best);
        }
        before = std::mem::replace(&mut last, line);
        previous_char = Some(c);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::letter_missing("ocpu", Some("ocpus"))]
    #[case::exchanged("nmae", Some("name"))]
    #[case::case("Role", Some("role"))]
    #[case::hyphen("memory-gb", Some("memory_gb"))]
    #[case::nothing_near("shape", None)]
    #[case::empty("", None)]
    fn a_slip_is_understood(#[case] given: &str, #[case] meant: Option<&str>) {
        assert_eq!(
            nearest(given, ["name", "role", "ocpus", "memory_gb"]),
            meant
        );
    }

    #[rstest]
    #[case("kitten", "sitting", 3)]
    #[case("ab", "ba", 1)]
    #[case("", "abc", 3)]
    fn distances(#[case] one: &str, #[case] other: &str, #[case] edits: usize) {
        assert_eq!(distance(one, other), edits);
    }
}
