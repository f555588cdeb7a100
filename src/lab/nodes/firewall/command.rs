//! An `iptables` command line: what it asks, before anything is looked up or changed.

use super::chain::Policy;
use super::change::{Change, Refusal};
use super::rule::Rule;

const FILTER: &str = "filter";

/// What a command line asks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one lives at a time, and a rule is nearly always in it"
)]
pub(in crate::lab) enum Command {
    /// To change a chain, or to check a rule.
    Change {
        /// The table.
        table: String,
        /// The chain.
        chain: String,
        /// What is done to it.
        change: Change,
    },
    /// To empty all chains of a table.
    Flush(String),
    /// To list rules as commands (`-S`).
    List(String, Option<String>),
    /// To say which version it is.
    Version,
}

impl Command {
    /// Reads the arguments of `iptables`.
    pub(in crate::lab) fn read(arguments: &[String]) -> Result<Self, Refusal> {
        let mut table = FILTER.to_owned();
        let mut verb: Option<(&'static str, Vec<String>)> = None;
        let mut rule = Vec::new();
        let mut rest = arguments.iter();
        while let Some(word) = rest.next() {
            if let Some(name) = word.strip_prefix("--table=") {
                name.clone_into(&mut table);
                continue;
            }
            match word.as_str() {
                "-t" | "--table" => {
                    let name = rest.next();
                    let missing =
                        || Refusal::usage(&format!("option \"{word}\" requires an argument"));
                    name.ok_or_else(missing)?.clone_into(&mut table);
                }
                "-w" | "--wait" | "-n" | "--numeric" | "-v" | "--verbose" => {}
                "-V" | "--version" => return Ok(Self::Version),
                word => match verb_of(word) {
                    Some(found) if verb.is_none() => verb = Some((found, Vec::new())),
                    _ => match &mut verb {
                        Some((_, places)) if rule.is_empty() && !word.starts_with(['-', '!']) => {
                            places.push(word.to_owned());
                        }
                        _ => rule.push(word.to_owned()),
                    },
                },
            }
        }
        let (verb, places) = verb.ok_or_else(|| Refusal::usage("no command specified"))?;
        let chain = places.first().cloned();
        match (verb, chain) {
            ("-S", chain) => Ok(Self::List(table, chain)),
            ("-L", _) => Err(Refusal::usage(
                "-L is not played here: -S and iptables-save show the same",
            )),
            ("-F", None) => Ok(Self::Flush(table)),
            (verb, None) => Err(Refusal::usage(&format!(
                "option \"{verb}\" requires an argument"
            ))),
            (verb, Some(chain)) => Ok(Self::Change {
                change: change(verb, places.get(1).map(String::as_str), &rule)?,
                table,
                chain,
            }),
        }
    }
}

fn verb_of(word: &str) -> Option<&'static str> {
    const VERBS: [(&str, &str); 11] = [
        ("-A", "--append"),
        ("-I", "--insert"),
        ("-R", "--replace"),
        ("-D", "--delete"),
        ("-C", "--check"),
        ("-F", "--flush"),
        ("-P", "--policy"),
        ("-N", "--new-chain"),
        ("-X", "--delete-chain"),
        ("-S", "--list-rules"),
        ("-L", "--list"),
    ];
    let found = VERBS
        .iter()
        .find(|(short, long)| *short == word || *long == word);
    found.map(|(short, _)| *short)
}

/// The change of a verb, with the word after the chain's name and the rule.
fn change(verb: &str, second: Option<&str>, rule: &[String]) -> Result<Change, Refusal> {
    let read = || Rule::read(rule).map_err(|problem| Refusal::usage(&problem));
    let number = |usual: usize| match second {
        None => Ok(usual),
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::usage(&format!("Invalid rule number `{text}'"))),
    };
    match verb {
        "-A" => Ok(Change::Append(read()?)),
        "-I" => Ok(Change::Insert(number(1)?, read()?)),
        "-R" => Ok(Change::Replace(number(0)?, read()?)),
        "-D" if second.is_some() => Ok(Change::DeleteAt(number(0)?)),
        "-D" => Ok(Change::Delete(read()?)),
        "-C" => Ok(Change::Check(read()?)),
        "-F" => Ok(Change::Flush),
        "-N" => Ok(Change::New),
        "-X" => Ok(Change::Remove),
        _ => {
            let policy: Option<Policy> = second.and_then(|word| word.parse().ok());
            let bad = || Refusal {
                text: "iptables: Bad policy name. Run `dmesg' for more information.".to_owned(),
                exit: 1,
            };
            Ok(Change::Policy(policy.ok_or_else(bad)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, Refusal> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Command::read(&words)
    }

    #[test]
    fn verbs_numbers_and_rules_are_told_apart() {
        let insert = read("-w -I INPUT 3 -p udp --dport 8472 -j DROP").unwrap();
        let Command::Change {
            table,
            chain,
            change,
        } = insert
        else {
            panic!("{insert:?}")
        };
        assert_eq!((table.as_str(), chain.as_str()), ("filter", "INPUT"));
        let Change::Insert(3, rule) = change else {
            panic!("{change:?}")
        };
        assert_eq!(rule.to_string(), " -p udp -m udp --dport 8472 -j DROP");
        let list = Command::List("nat".to_owned(), None);
        assert_eq!(read("-t nat -S").unwrap(), list);
        assert_eq!(read("-t nat -F").unwrap(), Command::Flush("nat".to_owned()));
        let policy = Command::Change {
            table: "filter".to_owned(),
            chain: "FORWARD".to_owned(),
            change: Change::Policy(Policy::Drop),
        };
        assert_eq!(read("-P FORWARD DROP").unwrap(), policy);
    }

    #[test]
    fn what_cannot_be_read_is_refused_in_iptables_words() {
        for (line, exit, text) in [
            ("", 2, "no command specified"),
            ("-P INPUT FOO", 1, "Bad policy name"),
            ("-A INPUT --bogus", 2, "unknown option \"--bogus\""),
            ("-n -L INPUT", 2, "-L is not played here"),
            ("-A", 2, "option \"-A\" requires an argument"),
        ] {
            let refusal = read(line).unwrap_err();
            assert!(
                refusal.exit == exit && refusal.text.contains(text),
                "{refusal}"
            );
        }
    }
}
