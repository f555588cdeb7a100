//! The plot of a boot: what is printed on the console at which second of uptime, and what happens.
//!
//! It is a text (`assets/lab/nodes/boot.txt`) that reads like the console itself.

use std::time::Duration;

const BOOT: &str = include_str!("../../../assets/lab/nodes/boot.txt");

/// One step of the boot.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// The uptime at which it comes.
    pub(super) at: Duration,
    /// What comes.
    pub(super) what: What,
}

/// What a step is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A line on the console.
    Print(&'static str),
    /// A stage of cloud-init begins.
    Begin(&'static str),
    /// A stage of cloud-init ends.
    End(&'static str),
    /// The SSH server takes connections.
    Sshd,
    /// Something that is done once for an instance.
    Once(Once),
}

/// What cloud-init does once for an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Once {
    /// Lays down the files of `write_files`.
    Files,
    /// Makes the host keys.
    Keygen,
    /// Runs `runcmd`.
    Commands,
    /// Shows the host keys.
    Keys,
}

/// The steps in their order.
pub(super) fn steps() -> Vec<Step> {
    let mut at = Duration::ZERO;
    let mut steps = Vec::new();
    for line in BOOT.lines() {
        if line.starts_with("# ") {
            continue;
        }
        let what = if let Some(mark) = line.strip_prefix("@ ") {
            let (seconds, word) = mark.split_once(' ').unwrap_or((mark, ""));
            at = moment(seconds).unwrap_or(at);
            let Some(what) = event(word) else { continue };
            what
        } else {
            at = printed_at(line).unwrap_or(at);
            What::Print(line)
        };
        steps.push(Step { at, what });
    }
    steps
}

fn event(word: &'static str) -> Option<What> {
    let what = match word.split_once(' ') {
        Some(("begin", stage)) => What::Begin(stage),
        Some(("end", stage)) => What::End(stage),
        Some(("once", "files")) => What::Once(Once::Files),
        Some(("once", "keygen")) => What::Once(Once::Keygen),
        Some(("once", "commands")) => What::Once(Once::Commands),
        Some(("once", "keys")) => What::Once(Once::Keys),
        None if word == "sshd" => What::Sshd,
        _ => return None,
    };
    Some(what)
}

/// The uptime in a line's brackets.
fn printed_at(line: &str) -> Option<Duration> {
    let (time, _) = line.strip_prefix('[')?.split_once(']')?;
    moment(time.trim())
}

fn moment(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::nodes::cloud_init::STAGES;

    #[test]
    fn the_boot_goes_forward_and_every_mark_is_understood() {
        let steps = steps();
        assert!(steps.is_sorted_by_key(|step| step.at));
        let marks = BOOT.lines().filter(|line| line.starts_with("@ ")).count();
        let prints = |step: &&Step| matches!(step.what, What::Print(_));
        assert_eq!(steps.iter().filter(|step| !prints(step)).count(), marks);
        for stage in STAGES {
            let at = |wanted: What| steps.iter().find(|step| step.what == wanted).unwrap().at;
            assert!(at(What::Begin(stage)) < at(What::End(stage)), "{stage}");
        }
    }
}
