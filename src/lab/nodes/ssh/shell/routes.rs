//! `ip`: a machine's addresses and routes, from OCI's subnet and from flannel while K3s runs.

use std::net::Ipv4Addr;

use super::Shell;
use super::io::Io;
use super::run::{Outcome, said};
use crate::lab::nodes::firewall::Net;
use crate::lab::nodes::netfilter::CARD;

const USAGE: &str = "Usage: ip [ -o ] { route [ show | get ADDRESS ] | -br addr }\n";

impl Shell {
    pub(super) async fn ip(&self, arguments: &[String], io: &Io) -> Outcome {
        let words = arguments.iter().map(String::as_str);
        let (options, words): (Vec<&str>, Vec<&str>) = words.partition(|one| one.starts_with('-'));
        let has = |names: &[&str]| options.iter().any(|one| names.contains(one));
        let text = match words.as_slice() {
            ["r" | "ro" | "route", "get", to] => {
                let Ok(to) = to.parse() else {
                    let said =
                        format!("Error: any valid prefix is expected rather than \"{to}\".\n");
                    io.err(said).await?;
                    return Ok(1);
                };
                self.route_to(to, has(&["-o", "-oneline"]))
            }
            ["r" | "ro" | "route"] | ["r" | "ro" | "route", "s" | "show" | "list"] => self.routes(),
            ["a" | "addr" | "address", ..] if has(&["-br", "-brief"]) => self.addresses(),
            _ => {
                io.err(USAGE).await?;
                return Ok(255);
            }
        };
        said(io, text).await
    }

    /// The machine's subnet, and the router in it.
    fn subnet(&self) -> (Net, Ipv4Addr) {
        let own = self.machine.private_address();
        let net = self.machine.subnet();
        let net = net.unwrap_or_else(|| Net::around(own));
        (net, net.first())
    }

    fn route_to(&self, to: Ipv4Addr, one_line: bool) -> String {
        let own = self.machine.private_address();
        let (net, router) = self.subnet();
        let pods = self.machines.pods_of(&self.machine);
        let uid = if self.user == super::User::Root {
            0
        } else {
            1000
        };
        let end = if one_line {
            "\\    cache "
        } else {
            "\n    cache "
        };
        if to == own || to.is_loopback() {
            let local = end.replace("cache ", "cache <local> ");
            return format!("local {to} dev lo src {to} uid {uid} {local}\n");
        }
        let way = match pods {
            Some(pods) if pods.own.contains(to) => format!("dev cni0 src {}", pods.own.first()),
            Some(pods) => match pods.others.iter().find(|net| net.contains(to)) {
                Some(other) => {
                    format!("via {} dev flannel.1 src {}", other.base(), pods.own.base())
                }
                None => card_way(to, own, (net, router)),
            },
            None => card_way(to, own, (net, router)),
        };
        format!("{to} {way} uid {uid} {end}\n")
    }

    fn routes(&self) -> String {
        let own = self.machine.private_address();
        let (net, router) = self.subnet();
        let mut lines = vec![
            format!("default via {router} dev {CARD} proto dhcp src {own} metric 100 "),
            format!("{net} dev {CARD} proto kernel scope link src {own} metric 100 "),
            format!("{router} dev {CARD} proto dhcp scope link src {own} metric 100 "),
        ];
        if let Some(pods) = self.machines.pods_of(&self.machine) {
            let mut ranges: Vec<Net> = pods.others.clone();
            ranges.push(pods.own);
            ranges.sort_by_key(|net| net.base());
            for net in ranges {
                lines.push(if net == pods.own {
                    format!(
                        "{net} dev cni0 proto kernel scope link src {} ",
                        net.first()
                    )
                } else {
                    format!("{net} via {} dev flannel.1 onlink ", net.base())
                });
            }
        }
        lines.push(format!(
            "169.254.0.0/16 dev {CARD} proto dhcp scope link src {own} metric 100 "
        ));
        lines.push(format!(
            "169.254.169.254 dev {CARD} proto dhcp scope link src {own} metric 100 "
        ));
        lines.join("\n") + "\n"
    }

    fn addresses(&self) -> String {
        let own = self.machine.private_address();
        let (net, _) = self.subnet();
        let line = |card: &str, state: &str, address: String| {
            format!("{card:<16} {state:<14} {address} \n")
        };
        let mut text = line("lo", "UNKNOWN", "127.0.0.1/8 ::1/128".to_owned());
        text += &line(CARD, "UP", format!("{own}/{} metric 100", net.prefix()));
        if let Some(pods) = self.machines.pods_of(&self.machine) {
            text += &line("flannel.1", "UNKNOWN", format!("{}/32", pods.own.base()));
            text += &line("cni0", "UP", format!("{}/24", pods.own.first()));
        }
        text
    }
}

/// The way through the network card.
fn card_way(to: Ipv4Addr, own: Ipv4Addr, (net, router): (Net, Ipv4Addr)) -> String {
    if net.contains(to) {
        format!("dev {CARD} src {own}")
    } else {
        format!("via {router} dev {CARD} src {own}")
    }
}
