//! Reads a rule from the words of a command or of a saved line, and says what is wrong as iptables does.

use super::net::Net;
use super::rule::{Asked, Extension, Rule, Target};

/// What a value has to be.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Port,
    Ports,
    States,
}

/// Option, its other name, the module it belongs to (`ports`: that of the rule's protocol), its form.
const CONDITIONS: [(&str, &str, &str, Form); 15] = [
    ("--sport", "--source-port", "ports", Form::Port),
    ("--dport", "--destination-port", "ports", Form::Port),
    ("--icmp-type", "--icmp-type", "icmp", Form::Text),
    ("--state", "--state", "state", Form::States),
    ("--ctstate", "--ctstate", "conntrack", Form::States),
    ("--uid-owner", "--uid-owner", "owner", Form::Text),
    ("--comment", "--comment", "comment", Form::Text),
    ("--mark", "--mark", "mark", Form::Text),
    ("--src-type", "--src-type", "addrtype", Form::Text),
    ("--dst-type", "--dst-type", "addrtype", Form::Text),
    ("--sports", "--source-ports", "multiport", Form::Ports),
    ("--dports", "--destination-ports", "multiport", Form::Ports),
    ("--nfacct-name", "--nfacct-name", "nfacct", Form::Text),
    ("--limit", "--limit", "limit", Form::Text),
    ("--limit-burst", "--limit-burst", "limit", Form::Text),
];
/// Options of targets, and whether they take a value.
const DETAILS: [(&str, bool); 9] = [
    ("--reject-with", true),
    ("--set-xmark", true),
    ("--to-ports", true),
    ("--to-source", true),
    ("--to-destination", true),
    ("--log-prefix", true),
    ("--log-level", true),
    ("--random-fully", false),
    ("--clamp-mss-to-pmtu", false),
];
const MODULES: [&str; 11] = [
    "tcp",
    "udp",
    "icmp",
    "state",
    "conntrack",
    "owner",
    "comment",
    "mark",
    "addrtype",
    "multiport",
    "limit",
];
const STATES: [&str; 7] = [
    "INVALID",
    "NEW",
    "RELATED",
    "ESTABLISHED",
    "UNTRACKED",
    "SNAT",
    "DNAT",
];
const PROTOCOLS: [(&str, &str); 6] = [
    ("1", "icmp"),
    ("6", "tcp"),
    ("17", "udp"),
    ("47", "gre"),
    ("50", "esp"),
    ("132", "sctp"),
];
const WHOLE_MARK: &str = "0xffffffff";

impl Rule {
    /// Reads a rule's words; the message is iptables' own.
    pub(in crate::lab) fn read(words: &[String]) -> Result<Self, String> {
        let mut reader = Reader::default();
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            reader.take(word, &mut rest)?;
        }
        let mut rule = reader.rule;
        if let Some(target) = rule.target.as_mut().filter(|it| it.name == "REJECT")
            && target.options.is_empty()
        {
            let usual = "icmp-port-unreachable".to_owned();
            target.options.push(("--reject-with", Some(usual)));
        }
        Ok(rule)
    }
}

#[derive(Default)]
struct Reader {
    rule: Rule,
    not: bool,
}

impl Reader {
    fn take<'a>(
        &mut self,
        word: &str,
        rest: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), String> {
        if word == "!" {
            self.not = true;
            return Ok(());
        }
        let not = std::mem::take(&mut self.not);
        let mut value = || {
            rest.next()
                .map(str::to_owned)
                .ok_or_else(|| format!("option \"{word}\" requires an argument"))
        };
        let rule = &mut self.rule;
        match word {
            "-s" | "--source" | "--src" => rule.source = net(not, &value()?)?,
            "-d" | "--destination" | "--dst" => rule.destination = net(not, &value()?)?,
            "-i" | "--in-interface" => rule.comes = asked(not, value()?),
            "-o" | "--out-interface" => rule.leaves = asked(not, value()?),
            "-p" | "--protocol" | "--proto" => {
                let name = protocol(&value()?)?;
                rule.protocol = (name != "all" || not).then_some(Asked { not, value: name });
            }
            "-m" | "--match" => self.module(&value()?)?,
            "-j" | "--jump" | "-g" | "--goto" => {
                rule.target = Some(Target {
                    goes: matches!(word, "-g" | "--goto"),
                    name: value()?,
                    options: Vec::new(),
                });
            }
            "--set-mark" => self.detail(
                "--set-xmark",
                Some(format!("{}/{WHOLE_MARK}", hex(&value()?))),
            ),
            "--or-mark" => {
                let bits = hex(&value()?);
                self.detail("--set-xmark", Some(format!("{bits}/{bits}")));
            }
            word => {
                if let Some((name, takes)) = DETAILS.iter().find(|(name, _)| *name == word) {
                    let value = if *takes { Some(value()?) } else { None };
                    self.detail(name, value);
                    return Ok(());
                }
                let known = CONDITIONS
                    .iter()
                    .find(|(name, other, ..)| *name == word || *other == word);
                let Some((name, _, module, form)) = known else {
                    return Err(format!("unknown option \"{word}\""));
                };
                let value = form.read(&value()?)?;
                self.condition((name, module), Asked { not, value })
                    .ok_or_else(|| format!("unknown option \"{word}\""))?;
            }
        }
        Ok(())
    }

    fn module(&mut self, name: &str) -> Result<(), String> {
        if !MODULES.contains(&name) && name != "nfacct" {
            return Err(format!(
                "Couldn't load match `{name}':No such file or directory\n"
            ));
        }
        self.rule.extensions.push(Extension {
            module: name.to_owned(),
            options: Vec::new(),
        });
        Ok(())
    }

    fn detail(&mut self, name: &'static str, value: Option<String>) {
        if let Some(target) = &mut self.rule.target {
            target.options.push((name, value));
        }
    }

    /// Adds to the module that is loaded; that of the protocol loads by itself.
    fn condition(
        &mut self,
        (name, module): (&'static str, &str),
        asked: Asked<String>,
    ) -> Option<()> {
        let protocol = self.rule.protocol.as_ref().map(|it| it.value.as_str());
        let own = matches!(module, "ports" | "icmp");
        let module = match module {
            "ports" => protocol.filter(|name| matches!(*name, "tcp" | "udp"))?,
            module => module,
        };
        let module = module.to_owned();
        let loaded = self.rule.extensions.iter().any(|it| it.module == module);
        if !loaded && own {
            self.rule.extensions.push(Extension {
                module: module.clone(),
                options: Vec::new(),
            });
        }
        let mut extensions = self.rule.extensions.iter_mut();
        let extension = extensions.rfind(|it| it.module == module)?;
        extension.options.push((name, asked));
        Some(())
    }
}

impl Form {
    fn read(self, value: &str) -> Result<String, String> {
        match self {
            Self::Text => {}
            Self::Port => ports(value.split(':'))?,
            Self::Ports => ports(value.split([',', ':']))?,
            Self::States => {
                let given: Vec<&str> = value.split(',').collect();
                if let Some(bad) = given.iter().find(|one| !STATES.contains(one)) {
                    return Err(format!("Bad ctstate \"{bad}\""));
                }
                let known = STATES.iter().filter(|one| given.contains(one));
                return Ok(known.copied().collect::<Vec<_>>().join(","));
            }
        }
        Ok(value.to_owned())
    }
}

fn ports<'a>(mut given: impl Iterator<Item = &'a str>) -> Result<(), String> {
    match given.find(|port| port.parse::<u16>().is_err()) {
        Some(bad) => Err(format!("invalid port/service `{bad}' specified")),
        None => Ok(()),
    }
}

fn net(not: bool, text: &str) -> Result<Option<Asked<Net>>, String> {
    let value: Net = text.parse().map_err(|error| format!("{error}"))?;
    Ok((not || !value.is_all()).then_some(Asked { not, value }))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the fields that it fills are optional"
)]
fn asked(not: bool, value: String) -> Option<Asked<String>> {
    Some(Asked { not, value })
}

fn protocol(text: &str) -> Result<String, String> {
    let name = text.to_lowercase();
    let known = PROTOCOLS
        .iter()
        .find(|(number, known)| *number == name || *known == name);
    match known {
        Some((_, known)) => Ok((*known).to_owned()),
        None if matches!(name.as_str(), "all" | "0") => Ok("all".to_owned()),
        None => Err(format!("unknown protocol \"{text}\" specified")),
    }
}

/// A number as marks are printed.
fn hex(text: &str) -> String {
    number(text).map_or_else(|| text.to_owned(), |number| format!("{number:#x}"))
}

/// A number in decimal or with `0x`.
pub(super) fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
