//! Whether K3s still runs once the script has started it: its markers cannot tell that it died later.

use std::time::Duration;

use crate::domain::line::Line;
use crate::domain::topology::Role;
use crate::ssh::Session;

/// What K3s printed last.
const JOURNAL: &str = "sudo -n journalctl --no-pager -o cat -n 40 -u k3s -u k3s-agent";

/// What an agent says of a server that its certificates do not vouch for.
pub(super) const UNTRUSTED: &str = "certificate signed by unknown authority";

/// The pace of looks while it runs, and while it does not.
const WELL: Duration = Duration::from_secs(15);
const UNWELL: Duration = Duration::from_secs(5);
/// So many looks at a unit that is stopped, and it is not only being restarted.
const STOPPED: u32 = 3;
/// So many looks at a unit that starts, and it does not come up: the server takes its time.
const STARTING: u32 = 12;

/// How the service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// It runs.
    Runs,
    /// It does not run now, and may come back by itself: systemd's word.
    Wavers(Line),
    /// It does not run: systemd's word.
    Dead(Line),
}

/// Looks at the service, one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watch {
    bad: u32,
}

/// The unit that K3s is on a node of this role.
pub(super) fn unit(role: Role) -> &'static str {
    match role {
        Role::Server => "k3s",
        Role::Ingress | Role::Worker => "k3s-agent",
    }
}

/// What K3s printed last on a node; nothing where it does not answer.
pub(super) async fn journal(session: &Session) -> String {
    let printed = session.run(JOURNAL).await;
    let printed = printed.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&printed).into_owned()
}

impl Watch {
    /// Takes in what `systemctl is-active` answered; nothing when it is no answer.
    pub(super) fn judge(&mut self, answer: &str) -> Option<Service> {
        let word = answer.trim();
        let patience = match word {
            "active" | "reloading" | "refreshing" => {
                self.bad = 0;
                return Some(Service::Runs);
            }
            "activating" | "deactivating" | "maintenance" => STARTING,
            "inactive" => STOPPED,
            "failed" => 0,
            _ => return None,
        };
        self.bad = self.bad.saturating_add(1);
        let word = Line::new(word);
        Some(if self.bad >= patience {
            Service::Dead(word)
        } else {
            Service::Wavers(word)
        })
    }

    /// The wait before the next look.
    pub(super) fn pace(self) -> Duration {
        if self.bad == 0 { WELL } else { UNWELL }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(answers: &[&str]) -> Option<Service> {
        let mut watch = Watch::default();
        answers.iter().fold(None, |_, answer| watch.judge(answer))
    }

    #[test]
    fn a_restart_is_no_failure_and_what_stays_down_is() {
        assert_eq!(judged(&["active\n"]), Some(Service::Runs));
        let wavers = |word: &str| Some(Service::Wavers(word.into()));
        assert_eq!(judged(&["active\n", "inactive\n"]), wavers("inactive"));
        assert_eq!(judged(&["activating\n"; 11]), wavers("activating"));
        let dead = |word: &str| Some(Service::Dead(word.into()));
        assert_eq!(judged(&["inactive\n"; 3]), dead("inactive"));
        assert_eq!(judged(&["activating\n"; 12]), dead("activating"));
        assert_eq!(judged(&["failed\n"]), dead("failed"));
        let back = ["inactive\n", "inactive\n", "active\n", "inactive\n"];
        assert_eq!(judged(&back), wavers("inactive"));
    }

    #[test]
    fn what_is_no_answer_says_nothing() {
        assert_eq!(judged(&["sh: systemctl: not found"]), None);
        assert_eq!(judged(&[""]), None);
    }

    #[test]
    fn what_does_not_run_is_looked_at_more_often() {
        let mut watch = Watch::default();
        assert_eq!(watch.pace(), WELL);
        watch.judge("inactive");
        assert_eq!(watch.pace(), UNWELL);
    }
}
