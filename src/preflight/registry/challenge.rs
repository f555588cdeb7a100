//! What a registry asks for (`WWW-Authenticate`, RFC 9110 section 11; RFC 6750).

/// How a registry wants to be told who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// With a token that is had elsewhere.
    Bearer {
        /// Where.
        realm: String,
        /// For whom.
        service: Option<String>,
    },
    /// With the name and the password themselves.
    Basic,
}

impl Challenge {
    /// The first of `headers` that is understood; a token goes before a password.
    pub(super) fn of<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut understood: Vec<Self> = headers.filter_map(Self::read).collect();
        understood.sort_by_key(|each| *each == Self::Basic);
        understood.into_iter().next()
    }

    fn read(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        Some(Self::Bearer {
            realm: parameter(rest, "realm")?,
            service: parameter(rest, "service"),
        })
    }
}

/// The value of `name="value"`, or of `name=value`, among others that are separated by commas.
fn parameter(mut rest: &str, name: &str) -> Option<String> {
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once(',').unwrap_or((after, "")),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim().to_owned());
        }
        rest = next.trim_start().trim_start_matches(',');
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn bearer(realm: &str, service: Option<&str>) -> Challenge {
        Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
        }
    }

    #[rstest]
    #[case::of_a_hub(
        &["Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\""],
        Some(bearer("https://auth.docker.io/token", Some("registry.docker.io")))
    )]
    #[case::with_a_scope_before(
        &["bearer scope=\"a,b\", service=x, realm=\"https://r/t?a=b\""],
        Some(bearer("https://r/t?a=b", Some("x")))
    )]
    #[case::without_a_service(&["Bearer realm=\"https://r\""], Some(bearer("https://r", None)))]
    #[case::password(&["Basic realm=\"Registry\""], Some(Challenge::Basic))]
    #[case::bare(&["Basic"], Some(Challenge::Basic))]
    #[case::both(&["Basic realm=\"x\"", "Bearer realm=\"https://r\""], Some(bearer("https://r", None)))]
    #[case::nowhere(&["Bearer service=\"x\""], None)]
    #[case::other(&["Negotiate"], None)]
    #[case::open_quote(&["Bearer realm=\"https://r"], None)]
    #[case::none(&[], None)]
    fn what_is_asked_for_is_read(#[case] headers: &[&str], #[case] expected: Option<Challenge>) {
        assert_eq!(Challenge::of(headers.iter().copied()), expected);
    }
}
