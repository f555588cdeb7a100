//! What a node's lines tell of its boots: the kernel's first line, and cloud-init's own lines, which
//! bear a date and the node's uptime.
//!
//! Console and log tell the same lines at different times, so they are put in the order of their
//! dates. Where nobody can log in they are all that is known of cloud-init.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::domain::line::Line;

/// cloud-init's lines that are remembered; the oldest are forgotten.
const KEPT: usize = 64;
/// Lines of failed modules that are remembered of each of them.
const FAILURES: usize = 8;
/// cloud-init's first stage in a boot.
const FIRST: &str = "init-local";

/// When a line was printed: the date, and the uptime.
type Printed = (Timestamp, Duration);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Runs(Line),
    Finished,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    word: Word,
    failures: Vec<Line>,
}

/// How far cloud-init is in the newest boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CloudInit {
    /// In this stage of its own.
    Runs(Line),
    /// It has ended well.
    Done {
        /// How many seconds it took, where its beginning was seen as well.
        took: Option<u64>,
    },
    /// It has ended, and these modules failed.
    Failed(Vec<Line>),
}

/// All of it that was seen of one node.
#[derive(Clone, Debug, Default)]
pub(super) struct BootLines {
    kernels: u32,
    said: BTreeMap<Printed, Said>,
    last: Option<Printed>,
}

impl BootLines {
    /// Takes in a line of the console.
    pub(super) fn console(&mut self, line: &str) {
        if is_kernel(line) {
            self.kernels = self.kernels.saturating_add(1);
        }
        self.cloud_init(line);
    }

    /// Takes in a line of the console or of cloud-init's log.
    pub(super) fn cloud_init(&mut self, line: &str) {
        if let Some((printed, word)) = read(line) {
            let failures = Vec::new();
            self.said.entry(printed).or_insert(Said { word, failures });
            self.last = Some(printed);
            if self.said.len() > KEPT {
                self.said.pop_first();
            }
        } else if let Some((_, module)) = line.split_once("Failed to run module ") {
            let module = Line::new(module);
            let said = self.last.and_then(|last| self.said.get_mut(&last));
            if let Some(said) = said
                && said.failures.len() < FAILURES
                && !said.failures.contains(&module)
            {
                said.failures.push(module);
            }
        }
    }

    /// How many boots were seen.
    pub(super) fn boots(&self) -> u32 {
        let begun = self.said.values().filter(|said| said.is_first()).count();
        self.kernels.max(u32::try_from(begun).unwrap_or(u32::MAX))
    }

    /// How far cloud-init is; nothing where it has said nothing.
    pub(super) fn state(&self) -> Option<CloudInit> {
        let begun = self.said.iter().rfind(|(_, said)| said.is_first());
        let (end, newest) = self.said.last_key_value()?;
        let from = begun.map(|(printed, _)| *printed);
        Some(match &newest.word {
            Word::Runs(stage) => CloudInit::Runs(stage.clone()),
            Word::Finished => {
                let boot = self
                    .said
                    .iter()
                    .filter(|(at, _)| from.is_none_or(|from| **at >= from));
                let failed: Vec<Line> = boot.flat_map(|(_, said)| said.failures.clone()).collect();
                let took = from.map(|(_, up)| end.1.saturating_sub(up).as_secs());
                if failed.is_empty() {
                    CloudInit::Done { took }
                } else {
                    CloudInit::Failed(failed)
                }
            }
        })
    }
}

impl Said {
    fn is_first(&self) -> bool {
        matches!(&self.word, Word::Runs(stage) if stage.as_str() == FIRST)
    }
}

/// Whether it is the line with which a kernel introduces itself.
fn is_kernel(line: &str) -> bool {
    line.split_once("] Linux version ")
        .is_some_and(|(before, _)| before.trim_start_matches(['[', ' ']) == "0.000000")
}

/// `Cloud-init v. … running 'init' at DATE. Up 15.03 seconds.`, or `… finished at DATE. …`.
fn read(line: &str) -> Option<(Printed, Word)> {
    let (_, said) = line.split_once("Cloud-init v. ")?;
    let (what, dated) = said.split_once(" at ")?;
    let (date, rest) = dated.split_once(". ")?;
    let date = DateTimeParser::new().parse_timestamp(date).ok()?;
    let (_, up) = rest.split_once("Up ")?;
    let up: f64 = up.split_whitespace().next()?.parse().ok()?;
    let up = Duration::try_from_secs_f64(up).ok()?;
    let (_, what) = what.split_once(' ')?;
    let word = match what.split_once('\'') {
        None if what == "finished" => Word::Finished,
        Some(("running ", stage)) => Word::Runs(Line::new(stage.trim_end_matches('\''))),
        _ => return None,
    };
    Some(((date, up), word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CONSOLE: &str = include_str!("../../tests/data/cloud-init/console.worker-ok.txt");
    const KERNEL: &str = "[    0.000000] Linux version 6.8.0-1039-oracle (buildd@bos03-arm64-038)";

    fn runs(stage: &str, minute: u32, up: &str) -> String {
        format!(
            "[   11.6] cloud-init[512]: Cloud-init v. 26.1-0ubuntu1~24.04.1 running '{stage}' at \
             Sun, 22 Nov 2026 11:{minute:02}:11 +0000. Up {up} seconds."
        )
    }

    fn ends(minute: u32, up: &str) -> String {
        format!(
            "Cloud-init v. 26.1-0ubuntu1~24.04.1 finished at Sun, 22 Nov 2026 11:{minute:02}:44 \
             +0000. Datasource DataSourceOracle.  Up {up} seconds"
        )
    }

    fn read_all(lines: &[String]) -> BootLines {
        let mut seen = BootLines::default();
        for line in lines {
            seen.console(line);
        }
        seen
    }

    #[test]
    fn a_console_tells_of_cloud_init_from_its_first_word_to_its_last() {
        let mut seen = BootLines::default();
        let mut states = Vec::new();
        for line in CONSOLE.lines() {
            seen.console(line);
            if let Some(state) = seen.state()
                && states.last() != Some(&state)
            {
                states.push(state);
            }
        }
        let runs = |stage: &str| CloudInit::Runs(stage.into());
        let done = CloudInit::Done { took: Some(153) };
        let all = [
            runs("init-local"),
            runs("init"),
            runs("modules:config"),
            runs("modules:final"),
            done,
        ];
        assert_eq!(states, all);
        assert_eq!(seen.boots(), 1);
    }

    #[test]
    fn a_second_boot_begins_anew_and_the_log_that_tells_the_first_again_changes_nothing() {
        let mut seen = read_all(&[
            KERNEL.to_owned(),
            runs("init-local", 2, "11.42"),
            ends(3, "90.1"),
            KERNEL.to_owned(),
            runs("init-local", 9, "10.9"),
        ]);
        assert_eq!(seen.state(), Some(CloudInit::Runs("init-local".into())));
        seen.cloud_init(&ends(3, "90.1"));
        assert_eq!(seen.state(), Some(CloudInit::Runs("init-local".into())));
        assert_eq!(seen.boots(), 2);
        seen.console(&ends(10, "40"));
        assert_eq!(seen.state(), Some(CloudInit::Done { took: Some(29) }));
    }

    #[test]
    fn a_module_that_failed_is_a_failure_at_the_end_of_its_boot() {
        let failed = "[   29.3] cloud-init[934]: 2026-11-22 11:02:28,101 - cc_scripts_user.py[WARNING]: \
                      Failed to run module scripts_user (scripts in /var/lib/cloud/instance/scripts)";
        let first = [
            runs("init-local", 2, "11.42"),
            runs("modules:final", 3, "29.01"),
            failed.to_owned(),
            ends(4, "90.1"),
        ];
        let mut seen = read_all(&first);
        let Some(CloudInit::Failed(modules)) = seen.state() else {
            panic!("{:?}", seen.state());
        };
        assert!(modules[0].starts_with("scripts_user"), "{modules:?}");
        seen.console(&runs("init-local", 9, "10.9"));
        seen.console(&ends(10, "30.9"));
        assert_eq!(seen.state(), Some(CloudInit::Done { took: Some(20) }));
    }

    #[test]
    fn what_only_looks_like_it_does_not_count() {
        let seen = read_all(&[
            "[   50.1] app: Linux version 6.8 at 0.000000".to_owned(),
            runs("init-local", 2, "soon"),
            runs("init-local", 2, "11").replace("Nov", "Nom"),
            "Cloud-init v. 1 finished at once".to_owned(),
        ]);
        assert_eq!((seen.boots(), seen.state()), (0, None));
    }

    proptest! {
        #[test]
        fn any_order_and_repetition_gives_the_same_end(
            order in Just(vec![
                runs("init-local", 2, "11.4"), runs("init", 3, "15"), ends(4, "60"),
                runs("init-local", 9, "10"), runs("modules:final", 10, "29"), ends(11, "41"),
            ]).prop_shuffle(),
            times in 1_usize..3,
        ) {
            let lines: Vec<String> = (0..times).flat_map(|_| order.clone()).collect();
            let mut seen = BootLines::default();
            for line in &lines {
                seen.cloud_init(line);
            }
            prop_assert_eq!(seen.boots(), 2);
            prop_assert_eq!(seen.state(), Some(CloudInit::Done { took: Some(31) }));
        }
    }
}
