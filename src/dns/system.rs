//! The resolvers that this machine is told to use.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::ask::PORT;

const FILE: &str = "/etc/resolv.conf";
/// As many as the C library asks (resolv.conf(5)).
const MOST: usize = 3;

/// The system's resolvers. Where its file names none, that is the machine itself (resolv.conf(5)).
pub async fn system_resolvers() -> Vec<SocketAddr> {
    let text = tokio::fs::read_to_string(FILE).await.unwrap_or_default();
    let mut found = named(&text);
    if found.is_empty() {
        found.push(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)));
    }
    found
}

fn named(text: &str) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if words.next() != Some("nameserver") {
            continue;
        }
        // An address with a zone (`fe80::1%eth0`) cannot be dialled by the address alone.
        let Some(Ok(address)) = words.next().map(str::parse::<IpAddr>) else {
            continue;
        };
        let server = SocketAddr::from((address, PORT));
        if found.len() < MOST && !found.contains(&server) {
            found.push(server);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_addresses_count() {
        let text = "# made by something\nsearch example.com\nnameserver 192.0.2.53\n\
                    nameserver fe80::1%eth0\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n\
                    options edns0\nnameserver 192.0.2.54\nnameserver 192.0.2.55\n";
        let said: Vec<String> = named(text).iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            ["192.0.2.53:53", "[2001:db8::53]:53", "192.0.2.54:53"]
        );
        assert!(named("domain example.com\n").is_empty());
    }
}
