//! Versions as images, charts and labels have them.

use crate::domain::line::Line;
use crate::domain::pod::Pod;

/// Major, minor and patch.
pub(super) type Version = (u64, u64, u64);

/// The version that a text is, with a `v` before it perhaps; what comes after the numbers is let go.
pub(super) fn parse(text: &str) -> Option<Version> {
    let mut parts = text.trim_start_matches('v').splitn(3, '.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    let patch = parts.next().map_or(Some(0), |part| {
        let end = part
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(part.len());
        part.get(..end)?.parse().ok()
    })?;
    Some((major, minor, patch))
}

/// The version of what a pod runs: by its label, or by the tag of its first image.
pub(super) fn of_pod(pod: &Pod) -> Option<(String, Version)> {
    let label = pod.labels.get("app.kubernetes.io/version");
    let image = pod.containers.first().map(|first| first.image.as_str());
    let tag = image.and_then(|image| {
        let named = image.split('@').next()?;
        Some(named.rsplit_once(':')?.1)
    });
    let mut told = label.map(Line::as_str).into_iter().chain(tag);
    told.find_map(|text| Some((text.to_owned(), parse(text)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_what_stands_around_them() {
        assert_eq!(parse("v1.21.1"), Some((1, 21, 1)));
        assert_eq!(parse("10.1.0-rc1"), Some((10, 1, 0)));
        assert_eq!(parse("1.15"), Some((1, 15, 0)));
        assert_eq!(parse("main"), None);
    }
}
