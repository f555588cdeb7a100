//! The forms that the schema names by `format`: how a text is parsed, and what to say when it
//! cannot be.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::domain::topology::Cidr;

/// A form: its name in the schema, what it is in words, and whether a text has it.
type Form = (&'static str, &'static str, fn(&str) -> bool);

const FORMS: &[Form] = &[
    ("line", "one line of text", is_line),
    ("path", "a path, on one line", is_line),
    (
        "label",
        "lower-case letters, digits and `-`, beginning and ending with a letter or digit",
        is_label,
    ),
    ("ipv4", "an IPv4 address, such as 10.0.2.10", |text| {
        text.parse::<Ipv4Addr>().is_ok()
    }),
    (
        "cidr",
        "an IPv4 network as ADDRESS/PREFIX, such as 10.0.0.0/16",
        |text| text.parse::<Cidr>().is_ok(),
    ),
    (
        "duration",
        "a length of time, such as 12h, 90m or 0s",
        |text| duration(text).is_some(),
    ),
    ("region", "a region, such as eu-frankfurt-1", is_region),
    (
        "ocid-compartment",
        "an OCID of a compartment or tenancy, such as ocid1.compartment.oc1..aaaa",
        |text| is_ocid(text, &["compartment", "tenancy"]),
    ),
    (
        "ocid-image",
        "an OCID of an image, such as ocid1.image.oc1.eu-frankfurt-1.aaaa",
        |text| is_ocid(text, &["image"]),
    ),
    (
        "domain-name",
        "a domain name, such as example.org",
        is_domain_name,
    ),
    ("zone-id", "32 hexadecimal digits", |text| {
        text.len() == 32 && text.chars().all(|c| c.is_ascii_hexdigit())
    }),
    (
        "service-url",
        "an https URL, or an http URL of a loopback address such as http://127.0.0.1:8080",
        is_service_url,
    ),
    (
        "socket-address",
        "ip:port, such as 127.0.0.1:5353",
        |text| {
            text.parse::<SocketAddr>()
                .is_ok_and(|address| address.port() != 0)
        },
    ),
    (
        "name-server",
        "ip or ip:port of a resolver, such as 192.0.2.53",
        |text| name_server(text).is_some(),
    ),
    (
        "loopback-address",
        "an IP address of this machine and a port, such as 127.0.0.1:19000",
        |text| {
            text.parse::<SocketAddr>()
                .is_ok_and(|address| address.port() != 0 && address.ip().is_loopback())
        },
    ),
    (
        "repository-url",
        "an https URL of a Git repository, without a user or password, such as \
         https://github.com/you/cluster.git",
        is_repository_url,
    ),
    (
        "git-revision",
        "a branch, tag or commit, such as main",
        is_git_revision,
    ),
    (
        "folder",
        "a folder inside the repository, such as argocd or deploy/argocd",
        is_folder,
    ),
    (
        "email",
        "an e-mail address, such as you@example.org",
        is_email,
    ),
    (
        "k3s-version",
        "a version of K3s, such as v1.36.4+k3s1",
        is_k3s_version,
    ),
    ("sha256", "64 hexadecimal digits in lower case", |text| {
        text.len() == 64
            && text
                .chars()
                .all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
    }),
    (
        "host-port",
        "host:port, such as docs.example.org:443",
        is_host_port,
    ),
    (
        "registry",
        "the host of a registry, such as ghcr.io or registry.example.org:5000",
        |text| host_and_port(text).is_some(),
    ),
    (
        "variable",
        "the name of an environment variable, such as CLOUDFLARE_API_TOKEN",
        is_variable,
    ),
];

/// A length of time as people write it: `12h`, `1h 30m`, `0s`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let parsed: jiff::SignedDuration = text.parse().ok()?;
    parsed.try_into().ok()
}

/// Where a resolver answers: at port 53 where none is named.
pub fn name_server(text: &str) -> Option<SocketAddr> {
    let plain = text.parse::<IpAddr>();
    let plain = plain.map(|address| SocketAddr::new(address, 53));
    let server = plain.or_else(|_| text.parse()).ok()?;
    (server.port() != 0).then_some(server)
}

/// What `format` is in words.
pub(super) fn in_words(format: &str) -> Option<&'static str> {
    FORMS
        .iter()
        .find(|(name, ..)| *name == format)
        .map(|(_, words, _)| *words)
}

/// Whether `text` has the form; a form that has no row here is any text.
pub(super) fn has_form(text: &str, format: &str) -> bool {
    FORMS
        .iter()
        .find(|(name, ..)| *name == format)
        .is_none_or(|(.., test)| test(text))
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn is_label(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    !text.is_empty()
        && text.len() <= 63
        && text.chars().all(|c| plain(c) || c == '-')
        && text.starts_with(plain)
        && text.ends_with(plain)
}

fn is_domain_name(text: &str) -> bool {
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

fn is_region(text: &str) -> bool {
    is_label(text) && text.matches('-').count() >= 2 && text.ends_with(|c: char| c.is_ascii_digit())
}

/// `ocid1.TYPE.REALM.[REGION].UNIQUE`, as OCI's documentation of identifiers has it.
pub(super) fn is_ocid(text: &str, types: &[&str]) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    matches!(parts.as_slice(), ["ocid1", kind, realm, .., unique]
        if types.contains(kind) && !realm.is_empty() && !unique.is_empty() && parts.len() >= 5)
        && parts.iter().all(|part| part.chars().all(plain))
}

fn is_variable(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A URL that holds no credentials: this file is read by others, and so is the root Application.
fn is_repository_url(text: &str) -> bool {
    let path = text
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'));
    is_service_url(text)
        && path.is_some_and(|(authority, path)| !authority.contains('@') && !path.is_empty())
}

/// What Git takes for a name of a revision (git-check-ref-format), in plain characters.
fn is_git_revision(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+".contains(c);
    is_line(text)
        && text.len() <= 200
        && text.chars().all(plain)
        && !text.contains("..")
        && !text.starts_with(['-', '/', '.'])
        && !text.ends_with(['/', '.'])
}

fn is_folder(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    text.len() <= 200
        && text
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && part.chars().all(plain))
}

fn is_email(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".!#$%&*+/=?^_{|}~-".contains(c);
    text.rsplit_once('@').is_some_and(|(user, domain)| {
        !user.is_empty() && user.len() <= 64 && user.chars().all(plain) && is_domain_name(domain)
    })
}

/// `vX.Y.Z+k3sN`, or with a release candidate's `-rcN` before the plus sign.
fn is_k3s_version(text: &str) -> bool {
    let number =
        |text: &str| (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let Some((kubernetes, ours)) = text
        .strip_prefix('v')
        .and_then(|rest| rest.split_once("+k3s"))
    else {
        return false;
    };
    let (release, candidate) = kubernetes.split_once("-rc").unwrap_or((kubernetes, "1"));
    number(ours)
        && number(candidate)
        && release.split('.').count() == 3
        && release.split('.').all(number)
}

fn is_host_port(text: &str) -> bool {
    host_and_port(text).is_some_and(|(_, port)| port.is_some())
}

fn is_service_url(text: &str) -> bool {
    let (scheme, authority) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme, rest.split_once('/').map_or(rest, |(host, _)| host)),
        None => return false,
    };
    let Some((host, _)) = host_and_port(authority) else {
        return false;
    };
    let harmless = |c: char| c.is_ascii_graphic() && !"?#\\".contains(c);
    text.chars().all(harmless) && (scheme == "https" || scheme == "http" && is_loopback(host))
}

/// Whether a URL or an `ip:port` leads to this machine and nowhere else. A name does not count:
/// what it resolves to is not ours to say.
pub(super) fn leads_to_loopback(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split_once('/').map_or(rest, |(host, _)| host);
    host_and_port(authority).is_some_and(|(host, _)| is_loopback(host))
}

fn is_loopback(host: &str) -> bool {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback())
}

/// The parts of `host[:port]`, where host is a name, an IPv4 address or an IPv6 one in brackets.
fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    let end = text.find(']').unwrap_or(0);
    let (host, port) = match text.get(end..)?.rfind(':') {
        Some(colon) => {
            let port = text.get(end + colon + 1..)?;
            let port = port.parse().ok().filter(|port| *port != 0)?;
            (text.get(..end + colon)?, Some(port))
        }
        None => (text, None),
    };
    let is_v6 = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
    (is_v6 || host.split('.').all(is_label)).then_some((host, port))
}
